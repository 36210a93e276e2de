// How a language words what it means. The tasks and the corpus make every sentence in one canonical form (sentences.h);
// a wording takes its meaning apart and says it again: with synonyms, paraphrase and inflection in English, or in
// another language altogether. Words and templates may be held out: known to the language model, never met while stage
// 2 trains. Torch-free.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"

namespace trivium {

// A sentence by its meaning: the form it has and what fills its slots.
struct Sentence {
  enum class Mood { kStatement, kValueAsked, kTruthAsked };
  std::string form;  // "relation", "rule" ...
  std::map<std::string, std::vector<std::string>>
      slots;  // slot -> words; a noun phrase is name, then relations outwards
  Mood mood = Mood::kStatement;
};

// Which words and templates may be used.
struct WordingUse {
  enum class Part { kTraining, kHeldOut, kAll };
  Part words = Part::kTraining, templates = Part::kTraining;
};

class Wording {
 public:
  // Parses a wording file (core/text/data/english.wording says how one is written). UsageError names the line: a slot
  // that is not known, a template whose value does not stand last, a word of two concepts.
  static absl::StatusOr<Wording> Parse(const std::string& file, const std::string& name);

  // The meaning of a canonical sentence. REQUIRES: this is the canonical wording, EnglishWording(), or made from it.
  // UsageError quotes a sentence that is of no form.
  absl::StatusOr<Sentence> Understand(const std::string& canonical) const;

  // This wording and the forms and words of one more file beside it. UsageError as of Parse.
  absl::StatusOr<Wording> With(const std::string& file, const std::string& name) const;

  struct Said {
    std::string text;
    std::string last;  // the word that stands for the value, "" where none is stated
  };
  // The sentence in this wording. The canonical wording is the first template with the concepts themselves.
  Said Say(const Sentence& sentence, const WordingUse& use, Rng& rng) const;
  Said SayCanonically(const Sentence& sentence) const;
  // Any template of the form, or of one part of them, its slots filled with the very words given.
  std::string SayExactly(const Sentence& sentence, Rng& rng, WordingUse::Part templates = WordingUse::Part::kAll) const;
  // A question in words that no template puts together: name and relations, the relations outermost first before the
  // name or innermost first behind it, and plain words of training at random between and around them. Whoever is taught
  // such questions learns to pick out what is asked, however it is said; not that "ann is the boss of who ?" asks the
  // other way round. REQUIRES: IsOfNoun(question).
  std::string SayLoosely(const Sentence& question, const WordingUse& use, Rng& rng) const;
  // Whether a question asks who a noun phrase is, "the boss of ann" or a longer one.
  static bool IsOfNoun(const Sentence& question);

  // Words for a concept, the usual one first. A concept that is not in the table stands for itself.
  std::vector<std::string> WordsFor(const std::string& concept_word, WordingUse::Part part) const;
  // Concepts with more than one word, in file order.
  const std::vector<std::string>& concepts() const { return concepts_; }
  // What talk of the concept brings to mind, in file order; may be empty.
  std::vector<std::string> TypicalOf(const std::string& concept_word) const;
  // Every word that stands for a concept, in file order.
  std::vector<std::string> AllWords() const;

 private:
  struct Choice {
    std::vector<std::string> words;  // of a template, slots as "$A"
    bool held_out = false;
  };
  struct ConceptWord {
    std::string word;
    bool held_out = false;
  };
  using Templates = std::map<std::string, std::vector<Choice>>;

  const Choice& Pick(const std::vector<Choice>& choices, WordingUse::Part part, Rng* rng) const;
  std::string PickWord(const std::string& concept_word, const WordingUse& use, Rng* rng) const;
  std::string Plural(const std::string& word) const;
  std::vector<std::string> NounPhrase(const std::vector<std::string>& parts, size_t count, const WordingUse& use,
                                      Rng* rng) const;
  std::vector<std::string> Expression(const std::vector<std::string>& parts, size_t count, const WordingUse& use,
                                      Rng* rng) const;
  std::vector<std::string> Literal(const std::vector<std::string>& parts, const WordingUse& use, Rng* rng) const;
  Said Fill(const std::vector<std::string>& pattern, const Sentence& sentence, const WordingUse& use, Rng* rng) const;
  std::vector<std::string> Pattern(const Sentence& sentence, const WordingUse& use, Rng* rng) const;
  absl::Status ParseLine(const std::string& section, const std::string& line);
  absl::Status ParseTranslations(const std::string& line);
  absl::Status ParseWords(const std::string& kind, const std::string& line);
  absl::Status Check() const;
  void CollectPlainWords();

  Templates forms_, questions_, asks_;
  std::vector<std::string> form_order_;
  std::vector<std::string> concepts_;
  std::map<std::string, std::vector<ConceptWord>> words_;
  std::map<std::string, std::vector<std::string>> typical_;
  std::map<std::string, std::string> plurals_;
  // Of the templates that are met in training, but for concepts, names and words that turn what is said; each once.
  std::vector<std::string> plain_words_;
};

// Where a concept has several words, itself is one of them ([words]); a translation replaces it ([translations]).
// The built-in English subset with its synonyms and paraphrases; its canonical forms are those of sentences.h.
const Wording& EnglishWording();
// The constructed language: its own lexicon, verb-final regular grammar, no synonyms.
const Wording& ConstructedWording();

}  // namespace trivium
