// The generators of the built-in languages: the statements and questions of the tasks, other wordings of them, and
// small stories (data/*.grammar). In a document nothing but questions follows a question: no answer is ever given.
#include <functional>

#include "core/text/lexicon.h"
#include "core/text/wording.h"
#include "stage1_language/corpus/corpus.h"
#include "stage1_language/corpus/corpus_writer.h"

namespace trivium {
namespace {

constexpr double kDefinitions = 0.08;  // share of documents that say which words mean the same
constexpr double kWideStories = 0.5;   // share of documents in the wider vocabulary, where it is used
constexpr double kAboutOne = 0.6;      // share of said-again documents whose facts are about one person
constexpr WordingUse kAllWords = {WordingUse::Part::kAll, WordingUse::Part::kAll};

using Say = std::function<std::string(const std::string& canonical)>;

// A document of any language: `say` words the statements and questions of the tasks.
std::string Compose(CorpusWriter& writer, Rng& rng, const Say& say) {
  const double kind = rng.Uniform();
  std::string document;
  for (int64_t i = rng.Between(2, 8); i > 0; --i) {
    document += " ";
    if (kind < 0.15) {
      document += rng.Chance(0.7) ? say(writer.Question()) : writer.FreeQuestion();
    } else if (kind < 0.35) {
      document += writer.StorySentence();
    } else if (kind < 0.55) {
      document += rng.Chance(0.7) ? writer.Reworded() : writer.StorySentence();
    } else if (kind < 0.7) {
      document += rng.Chance(0.6) ? say(writer.Statement()) : writer.Reworded();
    } else {
      document += say(writer.Statement());
    }
  }
  // Some texts end in an open question.
  if (kind > 0.5 && kind < 0.85) document += " " + (rng.Chance(0.8) ? say(writer.Question()) : writer.FreeQuestion());
  return document;
}

// Says canonical sentences in `wording`. Every sentence of the writer is of a form of the language; a test goes through
// all of them, so value() cannot fail here.
Say SayIn(const Wording& wording, Rng& rng) {
  return [&wording, &rng](const std::string& canonical) {
    return wording.Say(EnglishWording().Understand(canonical).value(), kAllWords, rng).text;
  };
}

// A few facts, each said two or three times in other words: what the next word of the second saying is can be known
// from the first by who knows that both say the same.
std::string SayAgain(CorpusWriter& writer, Rng& rng) {
  const Say say = SayIn(EnglishWording(), rng);
  const int64_t count = rng.Between(2, 4);
  std::vector<std::string> facts;
  if (rng.Chance(kAboutOne)) facts = writer.StatementsAboutOne(count);
  while (std::ssize(facts) < count) facts.push_back(writer.Statement());
  std::string document;
  for (const std::string& fact : facts) document += " " + say(fact);
  std::vector<std::string> again = facts;
  if (rng.Chance(0.5)) again.push_back(rng.Pick(facts));
  rng.Shuffle(again);
  for (const std::string& fact : again) document += " " + say(fact);
  return document;
}

// Which words mean the same.
std::string Define(Rng& rng) {
  const Wording& wording = EnglishWording();
  std::string document;
  for (int64_t i = rng.Between(3, 6); i > 0; --i) {
    const std::vector<std::string> words =
        rng.Sample(wording.WordsFor(rng.Pick(wording.concepts()), kAllWords.words), 2);
    const Sentence definition{.form = "definition", .slots = {{"$A", {words[0]}}, {"$V", {words[1]}}}};
    document += " " + wording.SayExactly(definition, rng);
  }
  return document;
}

// What goes with what: words of one meaning are met in the same company, as in natural text.
std::string TellTypical(Rng& rng) {
  const Wording& wording = EnglishWording();
  const Lexicon& lexicon = EnglishLexicon();
  std::string document;
  for (int64_t i = rng.Between(3, 7); i > 0; --i) {
    const std::string& meant = rng.Pick(wording.concepts());
    const std::vector<std::string> company = wording.TypicalOf(meant);
    if (company.empty()) continue;
    const std::string category = lexicon.CategoryOf(meant), name = rng.Pick(lexicon.Words("name"));
    const Sentence sentence{.form = "typical_" + category,
                            .slots = {{"$A", {name}},
                                      {"$N", {name, meant}},
                                      {"$R", {meant}},
                                      {"$P", {meant}},
                                      {"$C", {meant}},
                                      {"$V", {rng.Pick(company)}}}};
    document += " " + wording.Say(sentence, kAllWords, rng).text;
  }
  return document;
}

// A story in the wider vocabulary.
std::string TellWide(Rng& rng) {
  CorpusWriter writer(WideGrammar(), nullptr, rng);
  std::string document;
  for (int64_t i = rng.Between(3, 9); i > 0; --i) document += " " + writer.StorySentence();
  return document;
}

}  // namespace

std::string BuiltinDocument(Rng& rng) {
  CorpusWriter writer(EnglishGrammar(), nullptr, rng);
  return Compose(writer, rng, [](const std::string& canonical) { return canonical; });
}

std::string RewordedDocument(double said_again, double typical, Rng& rng) {
  CorpusWriter writer(EnglishGrammar(), nullptr, rng);
  const double kind = rng.Uniform();
  if (kind < said_again) return SayAgain(writer, rng);
  if (kind < said_again + typical) return TellTypical(rng);
  if (said_again > 0 && kind < said_again + typical + kDefinitions) return Define(rng);
  return Compose(writer, rng, SayIn(EnglishWording(), rng));
}

std::string WideDocument(double said_again, double typical, Rng& rng) {
  return rng.Chance(kWideStories) ? TellWide(rng) : RewordedDocument(said_again, typical, rng);
}

std::string ConstructedDocument(Rng& rng) {
  CorpusWriter writer(ConstructedGrammar(), &ConstructedWording(), rng);
  return Compose(writer, rng, SayIn(ConstructedWording(), rng));
}

}  // namespace trivium
