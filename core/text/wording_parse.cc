// See wording.h: reads a wording file, and takes canonical sentences apart.
#include <set>
#include <sstream>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "core/text/wording.h"

namespace trivium {
namespace {

const std::set<std::string>& KnownSlots() {
  static const std::set<std::string> kSlots = {"$N", "$A", "$V", "$R", "$R.s", "$P", "$L", "$M",
                                               "$C", "$E", "$O", "$X", "$S",   "$T", "$W"};
  return kSlots;
}

// Slots that hold what a statement says, which must stand last.
bool IsValueSlot(const std::string& word) {
  return word == "$V" || word == "$L" || word == "$M" || word == "$T" || word == "$W";
}

bool IsCategory(const std::string& word, const char* category) { return EnglishLexicon().CategoryOf(word) == category; }

bool IsGap(const std::string& word) { return word == "who" || word == "what"; }

// Reads a sentence from the front, slot by slot.
class Matcher {
 public:
  Matcher(std::vector<std::string> words, Sentence* sentence) : words_(std::move(words)), sentence_(sentence) {}

  bool Match(const std::vector<std::string>& pattern) {
    for (const std::string& part : pattern) {
      if (part.front() == '$' ? !Slot(part) : !Word(part)) return false;
    }
    return at_ == words_.size();
  }

 private:
  bool Word(const std::string& word) {
    if (at_ >= words_.size() || words_[at_] != word) return false;
    ++at_;
    return true;
  }

  bool Slot(const std::string& slot) {
    std::vector<std::string>& filled = sentence_->slots[slot];
    filled.clear();
    if (slot == "$N") return NounPhrase(&filled);
    if (slot == "$E") return Expression(&filled);
    if ((slot == "$L" || slot == "$M") && Word("not")) filled.push_back("not");
    if (at_ >= words_.size()) return false;
    const std::string& word = words_[at_];
    const bool is_gap = IsGap(word) && sentence_->mood == Sentence::Mood::kValueAsked;
    if (slot == "$L" || slot == "$M" || slot == "$P") {
      if (!IsCategory(word, "attribute") && !is_gap) return false;
    } else if (slot == "$C") {
      if (!IsCategory(word, "comparative")) return false;
    } else if (slot == "$W") {
      if (word != "wins" && word != "loses" && !is_gap) return false;
    }
    filled.push_back(word);
    ++at_;
    return true;
  }

  // "the boss of the friend of ann" -> ann, friend, boss. At least one relation: a bare name is no noun phrase here.
  bool NounPhrase(std::vector<std::string>* filled) {
    std::vector<std::string> relations;
    while (at_ + 3 < words_.size() && words_[at_] == "the" && IsCategory(words_[at_ + 1], "relation") &&
           words_[at_ + 2] == "of") {
      relations.push_back(words_[at_ + 1]);
      at_ += 3;
    }
    if (relations.empty() || at_ >= words_.size()) return false;
    filled->push_back(words_[at_++]);
    filled->insert(filled->end(), relations.rbegin(), relations.rend());
    return true;
  }

  // "2 blip 3 zorp 1" -> 2, blip, 3, zorp, 1
  bool Expression(std::vector<std::string>* filled) {
    if (at_ >= words_.size() || !IsCategory(words_[at_], "digit")) return false;
    filled->push_back(words_[at_++]);
    while (at_ + 1 < words_.size() && IsCategory(words_[at_], "operator") && IsCategory(words_[at_ + 1], "digit")) {
      filled->push_back(words_[at_++]);
      filled->push_back(words_[at_++]);
    }
    return filled->size() > 1;
  }

  std::vector<std::string> words_;
  Sentence* sentence_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<Sentence> Wording::Understand(const std::string& canonical) const {
  std::vector<std::string> words = SplitWords(canonical);
  const bool question = !words.empty() && words.back() == "?";
  Sentence sentence;
  if (question) {
    words.back() = ".";
    const bool gap = words.size() > 1 && IsGap(words[words.size() - 2]);
    sentence.mood = gap ? Sentence::Mood::kValueAsked : Sentence::Mood::kTruthAsked;
  }
  for (const std::string& form : form_order_) {
    sentence.form = form;
    sentence.slots.clear();
    if (Matcher(words, &sentence).Match(forms_.at(form).front().words)) return sentence;
  }
  return UsageError("the sentence '" + canonical + "' is of none of the forms of the built-in language");
}

absl::Status Wording::ParseTranslations(const std::string& line) {
  for (const std::string& pair : SplitWords(line)) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      return UsageError("expected 'concept=word', got '" + pair + "'");
    const std::string key = pair.substr(0, equals);
    if (!words_[key].empty()) return UsageError("'" + key + "' is translated twice");
    concepts_.push_back(key);
    words_[key].push_back({pair.substr(equals + 1), false});
  }
  return absl::OkStatus();
}

absl::Status Wording::ParseWords(const std::string& kind, const std::string& line) {
  const size_t colon = line.find(':');
  if (colon == std::string::npos) return UsageError("expected 'word: word ...', got '" + line + "'");
  const std::string key = line.substr(0, colon);
  for (std::string word : SplitWords(line.substr(colon + 1))) {
    if (kind == "plurals") {
      plurals_[key] = word;
      continue;
    }
    if (kind == "typical") {
      typical_[key].push_back(word);
      continue;
    }
    const bool held_out = word.front() == '*';
    if (held_out) word.erase(0, 1);
    if (words_[key].empty()) {
      concepts_.push_back(key);
      words_[key].push_back({key, false});
    }
    words_[key].push_back({word, held_out});
  }
  return absl::OkStatus();
}

absl::Status Wording::ParseLine(const std::string& section, const std::string& line) {
  const size_t space = section.find(' ');
  const std::string kind = section.substr(0, space), form = space == std::string::npos ? "" : section.substr(space + 1);
  if (kind == "translations") return ParseTranslations(line);
  if (kind == "words" || kind == "plurals" || kind == "typical") return ParseWords(kind, line);
  Choice choice{SplitWords(line), false};
  if (choice.words.front() == "*") {
    choice.held_out = true;
    choice.words.erase(choice.words.begin());
  }
  for (const std::string& word : choice.words) {
    if (word.front() == '$' && KnownSlots().count(word) == 0) return UsageError("there is no slot '" + word + "'");
  }
  if (kind == "form") {
    const bool sentence = choice.words.back() == ".";
    if (sentence && (choice.words.size() < 2 || !IsValueSlot(choice.words[choice.words.size() - 2]))) {
      return UsageError("the value must stand last in a statement, before its full stop: '" + line + "'");
    }
    if (forms_.count(form) == 0) form_order_.push_back(form);
    forms_[form].push_back(choice);
  } else if (kind == "question") {
    questions_[form].push_back(choice);
  } else if (kind == "ask") {
    asks_[form].push_back(choice);
  } else {
    return UsageError("there is no section [" + kind +
                      "]; known are form, question, ask, words, typical, translations, plurals");
  }
  return absl::OkStatus();
}

absl::Status Wording::Check() const {
  std::map<std::string, std::string> concept_of;
  for (const auto& [key, words] : words_) {
    for (const ConceptWord& word : words) {
      const auto [it, fresh] = concept_of.emplace(word.word, key);
      if (!fresh) return UsageError("'" + word.word + "' stands for both '" + it->second + "' and '" + key + "'");
    }
  }
  for (const auto& [key, words] : typical_) {
    if (words_.count(key) == 0) return UsageError("[typical] '" + key + "' is none of the concepts of [words]");
    for (const std::string& word : words) {
      if (concept_of.count(word) > 0)
        return UsageError("[typical] '" + word + "' stands for '" + concept_of[word] + "'");
    }
  }
  for (const auto* templates : {&forms_, &questions_, &asks_}) {
    for (const auto& [form, choices] : *templates) {
      if (choices.front().held_out) return UsageError("the first template of '" + form + "' may not be held out");
    }
  }
  return absl::OkStatus();
}

void Wording::CollectPlainWords() {
  std::set<std::string> plain;
  for (const auto* templates : {&forms_, &questions_, &asks_}) {
    for (const auto& [form, choices] : *templates) {
      for (const Choice& choice : choices) {
        if (!choice.held_out) plain.insert(choice.words.begin(), choice.words.end());
      }
    }
  }
  // Words that turn a question round, and those that may be somebody's name.
  const std::set<std::string> turning = {"'s", "not", "no", "none", "other", "than", "far", ".", "?"};
  const auto is_plain = [&](const std::string& word) {
    const std::string category = EnglishLexicon().CategoryOf(word);
    return word.front() != '$' && turning.count(word) == 0 && (category.empty() || category == "function");
  };
  for (const auto& [key, words] : words_) {
    for (const ConceptWord& word : words) plain.erase(word.word);
  }
  for (const std::string& word : plain) {
    if (is_plain(word)) plain_words_.push_back(word);
  }
}

absl::StatusOr<Wording> Wording::Parse(const std::string& file, const std::string& name) {
  ASSIGN_OR_RETURN(Wording wording, Wording().With(file, name));
  wording.CollectPlainWords();
  return wording;
}

absl::StatusOr<Wording> Wording::With(const std::string& file, const std::string& name) const {
  Wording wording = *this;
  std::istringstream lines(file);
  std::string line, section;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string where = name + ":" + std::to_string(number) + ": ";
    if (SplitWords(line).empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      if (line.back() != ']') return UsageError(where + "a section ends with ']'");
      section = line.substr(1, line.size() - 2);
      continue;
    }
    if (section.empty()) return UsageError(where + "a line before the first [section]");
    RETURN_IF_ERROR(Annotate(wording.ParseLine(section, line), where));
  }
  RETURN_IF_ERROR(Annotate(wording.Check(), name + ": "));
  return wording;
}

}  // namespace trivium
