// The generator of the built-in English subset: the statements and questions of the tasks, other wordings of them, and
// small stories (corpus_grammar.cc). In a document nothing but questions follows a question: no answer is ever given.
#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage1_language/corpus.h"
#include "stage1_language/corpus_grammar.h"

namespace trivium {
namespace {

using Template = std::vector<std::string>;
using Grammar = std::map<std::string, std::vector<Template>>;

const Grammar& CorpusGrammar() {
  static const Grammar kGrammar = [] {
    Grammar parsed;
    const std::string table = kCorpusGrammar;
    for (size_t begin = 0, end; begin < table.size(); begin = end + 1) {
      end = table.find('\n', begin);
      const std::string line = table.substr(begin, end - begin);
      const size_t colon = line.find(": ");
      if (colon != std::string::npos) parsed[line.substr(0, colon)].push_back(SplitWords(line.substr(colon + 2)));
    }
    return parsed;
  }();
  return kGrammar;
}

// The words of one document. Its few people return from sentence to sentence, as in texts about people.
class Writer {
 public:
  explicit Writer(Rng& rng)
      : rng_(rng),
        people_(rng.Sample(EnglishLexicon().Words("name"), static_cast<size_t>(rng.Between(2, 4)))),
        she_(rng.Next()) {}

  // A fact in a surface form of the tasks. (Words are drawn one statement at a time: the order in which a compiler
  // evaluates arguments is its own, and the corpus must be the same everywhere.)
  std::string Statement() {
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

  // A question in a surface form of the tasks: a statement with its last word asked for, or a question of its own.
  std::string Question() {
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

  std::string Reworded() {
    rng_.Shuffle(people_);
    return FromGrammar("reword");
  }
  std::string FreeQuestion() {
    rng_.Shuffle(people_);
    return FromGrammar("ask");
  }

  // The next sentence of a story: about its hero so far by pronoun, or about anyone.
  std::string StorySentence() {
    if (in_story_ && rng_.Chance(0.35)) return FromGrammar("follow");
    in_story_ = true;
    rng_.Shuffle(people_);
    return FromGrammar("story");
  }

 private:
  // Casts the people of a sentence anew.
  void Begin() {
    used_.clear();
    rng_.Shuffle(people_);
  }

  // A sentence of the group about the people as they are cast.
  std::string FromGrammar(const std::string& group) {
    used_.clear();
    std::vector<std::string> words;
    Expand(group, words);
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "a" && std::string("aeiou").find(words[i + 1][0]) != std::string::npos) words[i] = "an";
    }
    return JoinWords(words);
  }

  void Expand(const std::string& group, std::vector<std::string>& words) {
    for (const std::string& part : rng_.Pick(CorpusGrammar().at(group))) {
      if (part.front() == '<') {
        Expand(part.substr(1, part.size() - 2), words);
      } else {
        words.push_back(part.front() == '$' ? Slot(part.substr(1)) : part);
      }
    }
  }

  std::string Slot(const std::string& name) {
    if (name.size() == 1) return Person(static_cast<size_t>(name[0] - 'A'));
    // One bit for each initial: a name keeps its pronoun throughout the document.
    const bool she = (she_ >> (people_[0][0] % 64)) & 1;
    if (name == "he") return she ? "she" : "he";
    if (name == "him") return she ? "her" : "him";
    if (name == "his") return she ? "her" : "his";
    return Word(name);
  }

  std::string Person(size_t i) {
    while (people_.size() <= i) {
      const std::string& name = AnyWord("name");
      if (std::find(people_.begin(), people_.end(), name) == people_.end()) people_.push_back(name);
    }
    return people_[i];
  }

  const std::string& AnyWord(const std::string& category) { return rng_.Pick(EnglishLexicon().Words(category)); }

  // Not met in the sentence before, so that nothing is taller than itself; digits may repeat.
  const std::string& Word(const std::string& category) {
    const std::string* word = &AnyWord(category);
    while (category != "digit" && std::find(used_.begin(), used_.end(), word) != used_.end()) word = &AnyWord(category);
    used_.push_back(word);
    return *word;
  }

  Literal AnyLiteral() {
    const std::string attribute = Word("attribute");
    return {attribute, rng_.Chance(0.6)};
  }

  std::string GameSentence() {
    const uint64_t kind = rng_.Below(4);
    if (kind == 0) return StuckRule(rng_.Chance(0.5));
    const std::string square = Word("square");
    return kind == 1 ? GoalRule(square, rng_.Chance(0.5)) : MoveFact(square, Word("square"));
  }

  static std::string LastWordAskedFor(const std::string& statement) {
    std::vector<std::string> words = SplitWords(statement);
    const std::vector<std::string>& names = EnglishLexicon().Words("name");
    std::string& last = words[words.size() - 2];
    last = std::find(names.begin(), names.end(), last) != names.end() ? "who" : "what";
    words.back() = "?";
    return JoinWords(words);
  }

  Rng& rng_;
  std::vector<std::string> people_;  // the first is the hero of the sentence
  const uint64_t she_;
  std::vector<const std::string*> used_;
  bool in_story_ = false;
};

}  // namespace

std::string BuiltinDocument(Rng& rng) {
  Writer writer(rng);
  const double kind = rng.Uniform();
  std::string document;
  for (int64_t i = rng.Between(2, 8); i > 0; --i) {
    document += " ";
    if (kind < 0.15) {
      document += rng.Chance(0.7) ? writer.Question() : writer.FreeQuestion();
    } else if (kind < 0.35) {
      document += writer.StorySentence();
    } else if (kind < 0.55) {
      document += rng.Chance(0.7) ? writer.Reworded() : writer.StorySentence();
    } else if (kind < 0.7) {
      document += rng.Chance(0.6) ? writer.Statement() : writer.Reworded();
    } else {
      document += writer.Statement();
    }
  }
  // Some texts end in an open question.
  if (kind > 0.5 && kind < 0.85) document += " " + (rng.Chance(0.8) ? writer.Question() : writer.FreeQuestion());
  return document;
}

}  // namespace trivium
