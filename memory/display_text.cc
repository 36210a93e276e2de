// See display_text.h.
#include "memory/display_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "core/base/utf8.h"

namespace trivium {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD
constexpr size_t kLongestSequence = 4;

// Bytes of the well-formed sequence at the start, 0 if there is none.
size_t SequenceAt(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : kLongestSequence;
  return length <= text.size() && IsUtf8(text.substr(0, length)) ? length : 0;
}

uint32_t CodePoint(std::string_view sequence) {
  const auto first = static_cast<uint8_t>(sequence[0]);
  uint32_t code = sequence.size() == 1 ? first : first & (0x7FU >> sequence.size());
  for (size_t i = 1; i < sequence.size(); ++i) code = (code << 6) | (static_cast<uint8_t>(sequence[i]) & 0x3FU);
  return code;
}

bool IsUnsafe(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0xFEFF ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || (code >= 0xE0000 && code <= 0xE007F);
}

}  // namespace

std::string DisplayText(std::string_view text, size_t most) {
  std::string shown;
  for (size_t count = 0; !text.empty(); ++count) {
    if (count == most) return shown + "…";
    const size_t length = SequenceAt(text);
    const std::string_view sequence = text.substr(0, std::max<size_t>(length, 1));
    if (length == 0 || IsUnsafe(CodePoint(sequence))) {
      shown += kReplacement;
    } else {
      shown += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  return shown;
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string DisplayNumber(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", number);
  return text;
}

std::string DayOf(const std::string& time) { return time.substr(0, 10); }

}  // namespace trivium
