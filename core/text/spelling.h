// One way from a text that a person typed to the words that the language model knows: facts, questions, training items,
// corpora and prompts all go through it, so that the same words have the same bytes.
#pragma once

#include <string>
#include <string_view>

namespace trivium {

// How a language model's texts are written: what it was trained on.
struct Spelling {
  bool lower_case = true;  // the built-in corpora are written without capital letters
};

// The words of any bytes, apart by single spaces, no space at either end. The result is valid UTF-8 in normal form NFC.
// Idempotent; time and memory grow with the length of the text.
//   * A byte that is no UTF-8 becomes U+FFFD.
//   * Format characters (category Cf: byte order mark, zero-width and soft-hyphen characters, direction marks) are
//     removed. White space of any kind (no-break too) and control characters part words.
//   * Composed and decomposed letters are one spelling (NFC); capitals become small letters if spelling.lower_case.
//   * Letters, digits, symbols, private-use characters, "_" and % & @ # * / \ make words:
//     "#5", "50%", "a/b". Every other punctuation mark is a word of its own ("?!" -> "? !"), with the combining marks
//     on it, but for those that belong to a word:
//       - . , : between two digits: "3.5", "1,000", "10:30";
//       - a full stop before a digit and a minus (U+002D) before a number, at the beginning of a word: ".5", "-3",
//       "-.5";
//       - ' and the hyphens - U+2010 U+2011 between letters, digits, combining marks or private-use characters:
//       "ann's",
//         "well-known". U+2019 there becomes ' ; elsewhere it is a quotation mark and is kept;
//       - ' or U+2019 in an "'s" that stands alone: "ann 's boss".
std::string SpellWords(std::string_view text, const Spelling& spelling);

// Each line of a text by SpellWords, line breaks kept: for documents in which lines count, as in verse.
std::string SpellLines(std::string_view text, const Spelling& spelling);

// A statement: SpellWords, and " ." after it unless its last word is one of . ! ? or their full-width and CJK forms
// (U+3002, U+FF61, U+FF0E, U+FF01, U+FF1F). A text without words gives "". Idempotent.
std::string SpellFact(std::string_view text, const Spelling& spelling);

// A question: SpellWords with all words at its end that could end a statement (see SpellFact) replaced by one "?":
// "who is it", "who is it." and "who is it ?!" are "who is it ?". A text without words gives "". Idempotent.
std::string SpellQuestion(std::string_view text, const Spelling& spelling);

}  // namespace trivium
