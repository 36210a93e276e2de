// Where words begin and end in a stream of tokens, for the measures that ask for the next word. Torch-free.
// A word is the longest run of letters, digits, characters beyond ASCII (but for U+2000-U+206F, the typographic
// punctuation) and inner apostrophes and hyphens; any other visible character is a word of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace trivium {

// The first word of a text, white space before it passed over; "" if there is none.
std::string FirstWord(const std::string& text);

class WordPieces {
 public:
  explicit WordPieces(const Tokenizer& tokenizer);

  // True if the token cannot belong to a word that is already begun: it begins with white space or punctuation, or ends
  // the text.
  bool ends_word(int32_t id) const { return kinds_[static_cast<size_t>(id)].ends_word; }
  // False for a token that would lengthen the last word of `prompt` and so is not the beginning of the next.
  bool may_begin(int32_t id, const std::string& prompt) const;
  // The token's text; "" for one that ends the text or only marks it.
  const std::string& text(int32_t id) const { return kinds_[static_cast<size_t>(id)].text; }
  // True if `text`, the beginning of a continuation, holds a complete first word whatever follows: the word is
  // punctuation, or something that is no part of it stands behind it.
  static bool IsComplete(const std::string& text);

 private:
  struct Kind {
    std::string text;
    bool ends_word = false, is_text = false;
  };
  std::vector<Kind> kinds_;  // by token
};

}  // namespace trivium
