// See corpus_writer.h. Words are drawn one statement at a time: the order in which a compiler evaluates arguments is
// its own, and the corpus must be the same everywhere.
#include "stage1_language/corpus/corpus_writer.h"

#include <algorithm>

#include "core/text/inflection.h"
#include "core/text/lexicon.h"
#include "stage1_language/corpus/corpus_data.h"

namespace trivium {
namespace {

CorpusGrammar ParseGrammar(const std::string& table) {
  CorpusGrammar parsed;
  for (size_t begin = 0, end; begin < table.size(); begin = end + 1) {
    end = std::min(table.find('\n', begin), table.size());
    const std::string line = table.substr(begin, end - begin);
    const size_t colon = line.find(": ");
    if (line.starts_with('#') || colon == std::string::npos) continue;
    parsed[line.substr(0, colon)].push_back(SplitWords(line.substr(colon + 2)));
  }
  return parsed;
}

std::map<std::string, std::vector<Lexeme>> ParseWords(const std::string& table) {
  std::map<std::string, std::vector<Lexeme>> parsed;
  for (const auto& [category, lines] : ParseGrammar(table)) {
    for (const std::vector<std::string>& line : lines) {
      for (const std::string& word : line) {
        const size_t slash = std::min(word.find('/'), word.size());
        parsed[category].push_back({word.substr(0, slash), word.substr(std::min(slash + 1, word.size()))});
      }
    }
  }
  return parsed;
}

std::string LastWordAskedFor(const std::string& statement) {
  std::vector<std::string> words = SplitWords(statement);
  const std::vector<std::string>& names = EnglishLexicon().Words("name");
  std::string& last = words[words.size() - 2];
  last = std::find(names.begin(), names.end(), last) != names.end() ? "who" : "what";
  words.back() = "?";
  return JoinWords(words);
}

}  // namespace

const CorpusGrammar& EnglishGrammar() {
  static const CorpusGrammar kGrammar = ParseGrammar(kEnglishGrammar);
  return kGrammar;
}

const CorpusGrammar& WideGrammar() {
  static const CorpusGrammar kGrammar = ParseGrammar(kWideGrammar);
  return kGrammar;
}

const std::map<std::string, std::vector<Lexeme>>& WideWords() {
  static const std::map<std::string, std::vector<Lexeme>> kWords = ParseWords(kWideWords);
  return kWords;
}

const CorpusGrammar& ConstructedGrammar() {
  static const CorpusGrammar kGrammar = ParseGrammar(kConstructedGrammar);
  return kGrammar;
}

CorpusWriter::CorpusWriter(const CorpusGrammar& grammar, const Wording* translation, Rng& rng)
    : grammar_(grammar),
      translation_(translation),
      rng_(rng),
      people_(rng.Sample(EnglishLexicon().Words("name"), static_cast<size_t>(rng.Between(2, 4)))),
      she_(rng.Next()) {}

std::string CorpusWriter::Statement() {
  Begin();
  switch (rng_.Below(9)) {
    case 0:
    case 1:
      return RelationFact(Word("relation"), people_[0], people_[1]);
    case 2:
      return AttributeFact(people_[0], AnyLiteral());
    case 3: {
      const Literal condition = AnyLiteral();
      return Rule(condition, AnyLiteral());
    }
    case 4:
    case 5:
      return ComparisonFact(Word("comparative"), people_[0], people_[1]);
    case 6:
    case 7: {
      const std::string op = Word("operator"), left = Word("digit"), right = Word("digit");
      return OperatorFact(op, left, right, Word("digit"));
    }
    default:
      return GameSentence();
  }
}

std::vector<std::string> CorpusWriter::StatementsAboutOne(int64_t count) {
  Begin();
  const bool compares = rng_.Chance(0.35);
  const std::vector<std::string> ways =
      rng_.Sample(EnglishLexicon().Words(compares ? "comparative" : "relation"), static_cast<size_t>(count));
  std::vector<std::string> facts;
  for (size_t i = 0; i < ways.size(); ++i) {
    const std::string one = Person(0), other = Person(i + 1);
    facts.push_back(compares ? ComparisonFact(ways[i], one, other) : RelationFact(ways[i], one, other));
  }
  return facts;
}

std::string CorpusWriter::Question() {
  if (rng_.Chance(0.3)) return LastWordAskedFor(Statement());
  Begin();
  switch (rng_.Below(5)) {
    case 0: {
      std::vector<std::string> relations;
      for (int64_t i = rng_.Between(1, 4); i > 0; --i) relations.push_back(AnyWord("relation"));
      return RelationQuestion(relations, people_[0]);
    }
    case 1:
      return AttributeQuestion(people_[0], Word("attribute"));
    case 2:
      return ComparisonQuestion(Word("comparative"), people_[0], people_[1]);
    case 3: {
      std::vector<std::pair<std::string, std::string>> steps;
      for (int64_t i = rng_.Between(1, 3); i > 0; --i) {
        const std::string op = AnyWord("operator");
        steps.emplace_back(op, Word("digit"));
      }
      return OperatorQuestion(Word("digit"), steps);
    }
    default:
      return MoveQuestion(Word("square"));
  }
}

std::string CorpusWriter::Reworded() {
  rng_.Shuffle(people_);
  return FromGrammar("reword");
}

std::string CorpusWriter::FreeQuestion() {
  rng_.Shuffle(people_);
  return FromGrammar("ask");
}

std::string CorpusWriter::StorySentence() {
  if (in_story_ && rng_.Chance(0.35)) return FromGrammar("follow");
  in_story_ = true;
  rng_.Shuffle(people_);
  return FromGrammar("story");
}

void CorpusWriter::Begin() {
  used_.clear();
  rng_.Shuffle(people_);
}

// A sentence of the group about the people as they are cast.
std::string CorpusWriter::FromGrammar(const std::string& group) {
  used_.clear();
  std::vector<std::string> words;
  Expand(group, words);
  for (size_t i = 0; translation_ == nullptr && i + 1 < words.size(); ++i) {
    if (words[i] == "a" && std::string("aeiou").find(words[i + 1][0]) != std::string::npos) words[i] = "an";
  }
  return JoinWords(words);
}

void CorpusWriter::Expand(const std::string& group, std::vector<std::string>& words) {
  for (const std::string& part : rng_.Pick(grammar_.at(group))) {
    if (part.front() == '<') {
      Expand(part.substr(1, part.size() - 2), words);
    } else {
      words.push_back(part.front() == '$' ? Slot(part.substr(1)) : part);
    }
  }
}

std::string CorpusWriter::Slot(const std::string& name) {
  if (name.size() == 1) return Spoken(Person(static_cast<size_t>(name[0] - 'A')));
  // One bit for each initial: a name keeps its pronoun throughout the document.
  const bool she = (she_ >> (people_[0][0] % 64)) & 1;
  if (name == "he") return Spoken(she ? "she" : "he");
  if (name == "him") return Spoken(she ? "her" : "him");
  if (name == "his") return Spoken(she ? "her" : "his");
  const size_t colon = std::min(name.find(':'), name.size());
  const std::string category = name.substr(0, colon);
  if (WideWords().count(category) == 0) return Spoken(Word(name));
  return Inflected(category, name.substr(std::min(colon + 1, name.size())));
}

std::string CorpusWriter::Inflected(const std::string& category, const std::string& form) {
  const std::vector<Lexeme>& words = WideWords().at(category);
  const Lexeme* word = &rng_.Pick(words);
  while (std::find(used_.begin(), used_.end(), &word->base) != used_.end()) word = &rng_.Pick(words);
  used_.push_back(&word->base);
  const bool verb = category.starts_with("act_");
  if (form == (verb ? "ed" : "s") && !word->irregular.empty()) return word->irregular;
  if (form == "s") return RegularPlural(word->base);
  if (form == "ed") return RegularPast(word->base);
  if (form == "ing") return Participle(word->base);
  if (form == "er") return Comparative(word->base);
  return form == "est" ? Superlative(word->base) : word->base;
}

std::string CorpusWriter::Spoken(const std::string& word) const {
  return translation_ == nullptr ? word : translation_->WordsFor(word, WordingUse::Part::kTraining).front();
}

std::string CorpusWriter::Person(size_t i) {
  while (people_.size() <= i) {
    const std::string& name = AnyWord("name");
    if (std::find(people_.begin(), people_.end(), name) == people_.end()) people_.push_back(name);
  }
  return people_[i];
}

const std::string& CorpusWriter::AnyWord(const std::string& category) {
  return rng_.Pick(EnglishLexicon().Words(category));
}

const std::string& CorpusWriter::Word(const std::string& category) {
  const std::string* word = &AnyWord(category);
  while (category != "digit" && std::find(used_.begin(), used_.end(), word) != used_.end()) word = &AnyWord(category);
  used_.push_back(word);
  return *word;
}

Literal CorpusWriter::AnyLiteral() {
  const std::string attribute = Word("attribute");
  return {attribute, rng_.Chance(0.6)};
}

std::string CorpusWriter::GameSentence() {
  const uint64_t kind = rng_.Below(4);
  if (kind == 0) return StuckRule(rng_.Chance(0.5));
  const std::string square = Word("square");
  return kind == 1 ? GoalRule(square, rng_.Chance(0.5)) : MoveFact(square, Word("square"));
}

}  // namespace trivium
