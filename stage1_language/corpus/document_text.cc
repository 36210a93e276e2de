// See document_text.h.
#include "stage1_language/corpus/document_text.h"

#include <charconv>

#include "core/base/sha256.h"

namespace trivium {
namespace {

uint64_t ParseHex(std::string_view digits) {
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

void LowerCase(std::string* text) {
  for (size_t i = 0; i < text->size(); ++i) {
    char& c = (*text)[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    // U+00C0..U+00DE are C3 80..C3 9E in UTF-8, their small letters C3 A0..C3 BE.
    if (c != '\xC3' || i + 1 == text->size()) continue;
    const auto next = static_cast<unsigned char>((*text)[i + 1]);
    if (next >= 0x80 && next <= 0x9E && next != 0x97) (*text)[i + 1] = static_cast<char>(next + 0x20);
  }
}

bool DocumentSet::Insert(std::string_view text) {
  std::string key;
  key.reserve(text.size());
  for (const char c : text) {
    if (!IsSpace(c)) {
      key += c;
    } else if (!key.empty() && key.back() != ' ') {
      key += ' ';
    }
  }
  if (!key.empty() && key.back() == ' ') key.pop_back();
  LowerCase(&key);
  const std::string hex = Sha256Hex(key);
  const std::string_view digits = hex;
  return digests_.insert({ParseHex(digits.substr(0, 16)), ParseHex(digits.substr(16, 16))}).second;
}

}  // namespace trivium
