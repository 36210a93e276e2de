// See lexicon.h: parses the word table and splits the names.
#include "core/text/lexicon.h"

#include <sstream>

#include "core/text/text_data.h"

namespace trivium {
namespace {

constexpr size_t kHeldOutEvery = 5;

bool IsWord(const std::string& word) {
  for (char c : word) {
    if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) > '~' || (c >= 'A' && c <= 'Z'))
      return false;
  }
  return !word.empty();
}

}  // namespace

absl::StatusOr<Lexicon> Lexicon::Parse(const std::string& table) {
  Lexicon lexicon;
  std::istringstream lines(table);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const size_t colon = line.find(": ");
    if (colon == std::string::npos || colon == 0) {
      return UsageError("lexicon line " + std::to_string(number) + ": expected 'category: word word ...', got '" +
                        line + "'");
    }
    const std::string category = line.substr(0, colon);
    std::istringstream words(line.substr(colon + 1));
    std::string word;
    while (words >> word) {
      if (!IsWord(word)) {
        return UsageError("lexicon line " + std::to_string(number) + ": '" + word + "' is not a lower-case ASCII word");
      }
      if (!lexicon.category_of_.emplace(word, category).second) {
        return UsageError("lexicon line " + std::to_string(number) + ": '" + word + "' stands in the table twice");
      }
      lexicon.words_[category].push_back(word);
      lexicon.all_words_.push_back(word);
    }
  }
  const std::vector<std::string>& names = lexicon.Words("name");
  for (size_t i = 0; i < names.size(); ++i) {
    (i % kHeldOutEvery == kHeldOutEvery - 1 ? lexicon.held_out_names_ : lexicon.training_names_).push_back(names[i]);
  }
  return lexicon;
}

const std::vector<std::string>& Lexicon::Words(const std::string& category) const {
  static const std::vector<std::string> kNone;
  const auto it = words_.find(category);
  return it == words_.end() ? kNone : it->second;
}

std::string Lexicon::CategoryOf(const std::string& word) const {
  const auto it = category_of_.find(word);
  return it == category_of_.end() ? "" : it->second;
}

const Lexicon& EnglishLexicon() {
  // The embedded table is our own; a test parses it, so value() cannot fail here.
  static const Lexicon kLexicon = Lexicon::Parse(kEnglishLexicon).value();
  return kLexicon;
}

}  // namespace trivium
