// See word_pieces.h.
#include "stage1_language/tokens/word_pieces.h"

#include <cstdlib>

namespace trivium {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsJoin(char c) { return c == '\'' || c == '-'; }

// U+2000-U+206F are E2 80 80 to E2 81 AF in UTF-8.
bool IsTypographic(const std::string& text, size_t at) {
  if (text.compare(at, 2, "\xE2\x80") == 0) return true;
  return text.compare(at, 2, "\xE2\x81") == 0 && at + 2 < text.size() &&
         static_cast<unsigned char>(text[at + 2]) <= 0xAF;
}

// A letter, digit or character beyond ASCII; of a character of several bytes each byte.
bool IsWordByte(const std::string& text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c >= 0x80) return !IsTypographic(text, at);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t WordBegin(const std::string& text) {
  size_t begin = 0;
  while (begin < text.size() && IsSpace(text[begin])) ++begin;
  return begin;
}

// The end of the run of word bytes and joins from `begin`; `begin` itself if none stands there.
size_t RunEnd(const std::string& text, size_t begin) {
  if (begin >= text.size() || !IsWordByte(text, begin)) return begin;
  size_t end = begin;
  while (end < text.size() && (IsWordByte(text, end) || IsJoin(text[end]))) ++end;
  return end;
}

// "<0x0A>" -> "\n"; anything else: U+2581 becomes a space.
std::string PieceText(const std::string& piece) {
  if (piece.size() == 6 && piece.starts_with("<0x") && piece.back() == '>') {
    return std::string(1, static_cast<char>(std::strtol(piece.substr(3, 2).c_str(), nullptr, 16)));
  }
  std::string text;
  for (size_t i = 0; i < piece.size();) {
    const bool is_space = piece.compare(i, 3, "\xE2\x96\x81") == 0;
    text += is_space ? ' ' : piece[i];
    i += is_space ? 3 : 1;
  }
  return text;
}

}  // namespace

std::string FirstWord(const std::string& text) {
  const size_t begin = WordBegin(text);
  size_t end = RunEnd(text, begin);
  if (end > begin) {
    while (IsJoin(text[end - 1])) --end;  // a closing quote is no part of the word
    return text.substr(begin, end - begin);
  }
  if (begin == text.size()) return "";
  for (end = begin + 1; end < text.size() && (text[end] & 0xC0) == 0x80;) ++end;  // the rest of one character
  return text.substr(begin, end - begin);
}

WordPieces::WordPieces(const Tokenizer& tokenizer) : kinds_(static_cast<size_t>(tokenizer.vocab_size())) {
  for (int32_t id = 0; id < static_cast<int32_t>(kinds_.size()); ++id) {
    Kind& kind = kinds_[static_cast<size_t>(id)];
    kind.is_text = id != tokenizer.unk() && id != tokenizer.bos() && id != tokenizer.eos() && id != tokenizer.pad();
    if (kind.is_text) kind.text = PieceText(tokenizer.Piece(id));
    kind.ends_word = kind.text.empty() || (!IsWordByte(kind.text, 0) && !IsJoin(kind.text[0]));
  }
}

bool WordPieces::may_begin(int32_t id, const std::string& prompt) const {
  const Kind& kind = kinds_[static_cast<size_t>(id)];
  if (!kind.is_text || kind.text.empty()) return false;
  return kind.ends_word || prompt.empty() || !IsWordByte(prompt, prompt.size() - 1);
}

bool WordPieces::IsComplete(const std::string& text) {
  const size_t begin = WordBegin(text);
  return begin < text.size() && RunEnd(text, begin) < text.size();
}

}  // namespace trivium
