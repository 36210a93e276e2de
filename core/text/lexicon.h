// The words of a language by category. The corpus of stage 1 and the tasks of stage 2 draw from the same lexicon, so
// the frozen language model has met every word of every task, but no answer to one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

class Lexicon {
 public:
  // Parses "category: word word ..." lines. UsageError on a word that is repeated, not lower-case ASCII or without
  // category.
  static absl::StatusOr<Lexicon> Parse(const std::string& table);

  // The words of a category in table order; an unknown category has none.
  const std::vector<std::string>& Words(const std::string& category) const;

  // The category of a word, "" if the word is not in the lexicon.
  std::string CategoryOf(const std::string& word) const;

  // Names split for honest grading: every fifth name is held out, i.e. never used while stage 2 trains.
  const std::vector<std::string>& training_names() const { return training_names_; }
  const std::vector<std::string>& held_out_names() const { return held_out_names_; }

  const std::vector<std::string>& relations() const { return Words("relation"); }
  const std::vector<std::string>& attributes() const { return Words("attribute"); }
  const std::vector<std::string>& comparatives() const { return Words("comparative"); }
  const std::vector<std::string>& operators() const { return Words("operator"); }
  const std::vector<std::string>& digits() const { return Words("digit"); }
  const std::vector<std::string>& squares() const { return Words("square"); }

  // Every word of every category, in table order.
  const std::vector<std::string>& AllWords() const { return all_words_; }

 private:
  std::map<std::string, std::vector<std::string>> words_;
  std::map<std::string, std::string> category_of_;
  std::vector<std::string> all_words_, training_names_, held_out_names_;
};

// The built-in English subset; parsed on first use, thread-safe.
const Lexicon& EnglishLexicon();

}  // namespace trivium
