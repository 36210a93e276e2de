// Writes the sentences of a generated document: the statements and questions of the tasks, other wordings of them, and
// small stories from a grammar file (stage1_language/data/). Torch-free.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/text/sentences.h"
#include "core/text/wording.h"

namespace trivium {

// group -> templates, each a list of words
using CorpusGrammar = std::map<std::string, std::vector<std::vector<std::string>>>;
const CorpusGrammar& EnglishGrammar();
const CorpusGrammar& WideGrammar();
const CorpusGrammar& ConstructedGrammar();

// A word and, if it is inflected irregularly, the form that says so: the plural of a noun, the past of a verb.
struct Lexeme {
  std::string base, irregular;
};
// category -> words of data/english.words. Categories of verbs begin with "act_".
const std::map<std::string, std::vector<Lexeme>>& WideWords();

// The words of one document. Its few people return from sentence to sentence, as in texts about people.
class CorpusWriter {
 public:
  // translation: says the words that fill the grammar's slots, if not null.
  CorpusWriter(const CorpusGrammar& grammar, const Wording* translation, Rng& rng);

  // A fact in the canonical form of the tasks.
  std::string Statement();
  // `count` facts of that form about one person, who stands to a different other in each: in different relations, or
  // compared in different ways. Only who knows which words mean the same knows which of them is said again. The lexicon
  // holds more relations and comparatives than any document needs.
  std::vector<std::string> StatementsAboutOne(int64_t count);
  // A question in the canonical form of the tasks: a statement with its last word asked for, or one of its own.
  std::string Question();

  // Sentences of the grammar: a fact in other words, a question that is no task's, the next sentence of a story (about
  // its hero so far by pronoun, or about anyone).
  std::string Reworded();
  std::string FreeQuestion();
  std::string StorySentence();

 private:
  void Begin();  // casts the people of a sentence anew
  std::string FromGrammar(const std::string& group);
  void Expand(const std::string& group, std::vector<std::string>& words);
  std::string Slot(const std::string& name);
  // A word of the wider vocabulary in one of the forms "", "s", "ed", "ing", "er" and "est".
  std::string Inflected(const std::string& category, const std::string& form);
  std::string Spoken(const std::string& word) const;
  std::string Person(size_t i);
  const std::string& AnyWord(const std::string& category);
  // Not met in the sentence before, so that nothing is taller than itself; digits may repeat.
  const std::string& Word(const std::string& category);
  Literal AnyLiteral();
  std::string GameSentence();

  const CorpusGrammar& grammar_;
  const Wording* translation_;
  Rng& rng_;
  std::vector<std::string> people_;  // the first is the hero of the sentence
  const uint64_t she_;
  std::vector<const std::string*> used_;
  bool in_story_ = false;
};

}  // namespace trivium
