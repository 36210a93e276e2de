// See spelling.h: decode, clean, normalise, part.
#include "core/text/spelling.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace trivium {
namespace {

using CodePoints = std::vector<int32_t>;

constexpr int32_t kReplacement = 0xFFFD;
constexpr int32_t kRightQuote = 0x2019;

// What a code point is to the rules of SpellWords.
enum class Kind { kLetter, kDigit, kCombining, kSymbol, kPunctuation, kSpace, kRemoved };

Kind Classify(int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO:
      return Kind::kLetter;
    case UTF8PROC_CATEGORY_ND:
      return Kind::kDigit;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return Kind::kCombining;
    case UTF8PROC_CATEGORY_PO:
      return code < 0x80 && std::string_view("%&@#*/\\").find(static_cast<char>(code)) != std::string_view::npos
                 ? Kind::kSymbol
                 : Kind::kPunctuation;
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PD:
      return Kind::kPunctuation;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
      return Kind::kSpace;
    case UTF8PROC_CATEGORY_CF:
      return Kind::kRemoved;
    default:  // symbols, connectors such as "_", what this version of Unicode does not assign
      return Kind::kSymbol;
  }
}

bool IsDigit(int32_t code) { return Classify(code) == Kind::kDigit; }

// What an apostrophe or a hyphen can stand between.
bool IsInnerPart(int32_t code) {
  const Kind kind = Classify(code);
  return kind == Kind::kLetter || kind == Kind::kDigit || kind == Kind::kCombining;
}

CodePoints Decode(std::string_view text) {
  CodePoints codes;
  codes.reserve(text.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t at = 0; at < text.size();) {
    int32_t code = 0;
    const std::ptrdiff_t length = utf8proc_iterate(bytes + at, static_cast<std::ptrdiff_t>(text.size() - at), &code);
    codes.push_back(length > 0 ? code : kReplacement);
    at += length > 0 ? static_cast<size_t>(length) : 1;
  }
  return codes;
}

void AppendUtf8(int32_t code, std::string& text) {
  uint8_t bytes[4];
  const std::ptrdiff_t length = utf8proc_encode_char(code, bytes);
  text.append(bytes, bytes + length);
}

// Without format characters, and U+0020 for all that parts words.
void Clean(CodePoints& codes) {
  std::erase_if(codes, [](int32_t code) { return Classify(code) == Kind::kRemoved; });
  std::replace_if(
      codes.begin(), codes.end(), [](int32_t code) { return Classify(code) == Kind::kSpace; }, ' ');
}

// The canonical order: each run of combining marks by combining class, equal ones as they were.
void SortCombiningMarks(CodePoints& codes) {
  const auto order = [](int32_t code) { return utf8proc_get_property(code)->combining_class; };
  for (auto begin = codes.begin(); begin != codes.end();) {
    begin = std::find_if(begin, codes.end(), [&](int32_t code) { return order(code) != 0; });
    const auto end = std::find_if(begin, codes.end(), [&](int32_t code) { return order(code) == 0; });
    std::stable_sort(begin, end, [&](int32_t left, int32_t right) { return order(left) < order(right); });
    begin = end;
  }
}

// Normal form NFC. Not by utf8proc_map, which sorts combining marks in quadratic time: a hostile text would take hours.
CodePoints Compose(CodePoints codes) {
  constexpr int32_t kFirstCombining = 0x300;  // a text of smaller code points alone is in NFC
  if (std::all_of(codes.begin(), codes.end(), [](int32_t code) { return code < kFirstCombining; })) return codes;
  CodePoints parts;
  parts.reserve(codes.size());
  for (const int32_t code : codes) {
    int32_t some[4];  // Unicode decomposes canonically into at most 4
    const std::ptrdiff_t count =
        utf8proc_decompose_char(code, some, std::ssize(some), UTF8PROC_DECOMPOSE, /*last_boundclass=*/nullptr);
    parts.insert(parts.end(), some, some + count);
  }
  SortCombiningMarks(parts);
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  parts.resize(static_cast<size_t>(utf8proc_normalize_utf32(parts.data(), std::ssize(parts), options)));
  return parts;
}

// In NFC before, so that equal texts have equal capitals (U+0130 and I with a dot above), and after, as small letters
// compose with marks that their capitals do not compose with.
CodePoints LowerCase(CodePoints codes) {
  std::transform(codes.begin(), codes.end(), codes.begin(), utf8proc_tolower);
  return Compose(std::move(codes));
}

// Whether the punctuation mark at `at` belongs to the word that began at `word`, or begins one if at == word. Looks
// only at what will be in the same word if it does: else spelling the result again could part more.
bool BelongsToWord(const CodePoints& codes, size_t word, size_t at) {
  const auto look = [&](size_t where) { return where < codes.size() ? codes[where] : ' '; };
  const int32_t code = codes[at];
  const int32_t before = at == word ? ' ' : codes[at - 1];
  const int32_t after = look(at + 1);
  switch (code) {
    case '.':
      return IsDigit(after) && (IsDigit(before) || at == word || (at == word + 1 && before == '-'));
    case ',':
    case ':':
      return IsDigit(before) && IsDigit(after);
    case '-':
      if (at == word) return IsDigit(after) || (after == '.' && IsDigit(look(at + 2)));
      return IsInnerPart(before) && IsInnerPart(after);
    case '\'':
    case kRightQuote:
      if (at == word && after == 's') {
        const int32_t behind = look(at + 2);
        return !IsInnerPart(behind) && behind != '\'' && behind != kRightQuote;
      }
      return IsInnerPart(before) && IsInnerPart(after);
    case 0x2010:  // hyphen
    case 0x2011:  // no-break hyphen
      return IsInnerPart(before) && IsInnerPart(after);
    default:
      return false;
  }
}

// The words of clean code points.
std::string PartWords(const CodePoints& codes) {
  std::string text;
  text.reserve(codes.size());
  size_t word = 0;  // where the word began
  for (size_t at = 0; at < codes.size();) {
    const int32_t code = codes[at];
    if (code == ' ') {
      word = ++at;
      continue;
    }
    const bool parted = Classify(code) == Kind::kPunctuation && !BelongsToWord(codes, word, at);
    if (!text.empty() && (parted || at == word)) text += ' ';
    AppendUtf8(code == kRightQuote && !parted ? '\'' : code, text);
    ++at;
    if (parted) {
      for (; at < codes.size() && Classify(codes[at]) == Kind::kCombining; ++at) AppendUtf8(codes[at], text);
      word = at;
    }
  }
  return text;
}

// Where the last word begins; 0 if there is none.
size_t LastWord(std::string_view words) {
  const size_t space = words.rfind(' ');
  return space == std::string_view::npos ? 0 : space + 1;
}

bool EndsSentence(std::string_view words) {
  constexpr std::string_view kEnds[] = {".", "!", "?", "\u3002", "\uFF61", "\uFF0E", "\uFF01", "\uFF1F"};
  return std::find(std::begin(kEnds), std::end(kEnds), words.substr(LastWord(words))) != std::end(kEnds);
}

}  // namespace

std::string SpellWords(std::string_view text, const Spelling& spelling) {
  CodePoints codes = Decode(text);
  Clean(codes);
  codes = Compose(std::move(codes));
  if (spelling.lower_case) codes = LowerCase(std::move(codes));
  return PartWords(codes);
}

std::string SpellLines(std::string_view text, const Spelling& spelling) {
  std::string lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (begin > 0) lines += '\n';
    lines += SpellWords(text.substr(begin, end - begin), spelling);
    begin = end + 1;
  }
  return lines;
}

std::string SpellFact(std::string_view text, const Spelling& spelling) {
  std::string words = SpellWords(text, spelling);
  if (!words.empty() && !EndsSentence(words)) words += " .";
  return words;
}

std::string SpellQuestion(std::string_view text, const Spelling& spelling) {
  std::string words = SpellWords(text, spelling);
  if (words.empty()) return words;
  while (EndsSentence(words)) words.resize(std::max<size_t>(LastWord(words), 1) - 1);  // with the space before it
  return words + (words.empty() ? "?" : " ?");
}

}  // namespace trivium
