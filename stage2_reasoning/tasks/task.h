// What a task is: an item (facts, question, answer), a family that generates and solves items, and the JSON line form
// in which any corpus can be brought along. Torch-free.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/text/spelling.h"
#include "core/text/wording.h"
#include "stage2_reasoning/tasks/derivation.h"

namespace trivium {

struct Item {
  std::string id;
  std::string task;                 // name of the family
  int64_t tier = 2;                 // 1 language, 2 reasoning, 3 specialisation (graded only)
  std::vector<std::string> facts;   // sentences, as they are told; in random order where order means nothing
  std::vector<double> confidences;  // as many as facts, in (0, 1]; empty: all are sure
  std::string question;
  std::string answer;
  std::vector<std::string> answers;      // all accepted answers; contains `answer`
  int64_t depth = 0;                     // steps of the shortest derivation
  std::vector<int64_t> support;          // indices of the facts that the derivation needs; empty if not known
  std::vector<std::string> conclusions;  // TaskFamily::Conclusions of these facts, while training; else empty
  nlohmann::json meta = nlohmann::json::object();
  std::string where;  // FILE:LINE of an item that was read from a file

  double confidence(size_t fact) const { return confidences.empty() ? 1.0 : confidences[fact]; }
};

struct GenerateOptions {
  int64_t depth = 1;
  const std::vector<std::string>* names = nullptr;  // names that may be used; REQUIRES: 20 at least, outlives the call
  int64_t min_facts = 8, max_facts = 16;            // a family may need one or two more to be well posed
  double unknown_share = 0.0;   // share of items with a needed fact deleted: the answer is "unknown"
  bool held_out_rules = false;  // by rules that training never draws, where the family has such
};

// Everything that stage 2 knows of a family: one file derives from this, one line of family_list.inc names it.
class TaskFamily {
 public:
  virtual ~TaskFamily() = default;
  virtual std::string name() const = 0;
  virtual int64_t tier() const { return 2; }
  // The family that is to be mastered first, if both are trained in the adaptive order; "" for none.
  virtual std::string builds_on() const { return ""; }
  // Whether stage 2 trains on it where data.families is not given.
  virtual bool by_default() const { return true; }
  // What the facts do not show is false, and no fact alone is needed: items name no support, none is unknown.
  virtual bool closed_world() const { return false; }
  // Whether facts that differ in their last word alone contradict each other.
  virtual bool one_value() const { return false; }
  // Whether its sentences are no forms of any language: they are said as they stand in every wording.
  virtual bool own_words() const { return false; }
  // Whether its items are of several sets of rules, some of them kept out of training
  // (GenerateOptions::held_out_rules).
  virtual bool has_rule_sets() const { return false; }
  // Depths that training draws from, ascending. Others are graded only.
  virtual std::vector<int64_t> training_depths() const = 0;
  // A fresh random item whose shortest derivation has exactly options.depth steps.
  virtual Item Generate(Rng& rng, const GenerateOptions& options) const = 0;
  // Every right answer, derived from the text alone by exhaustive search; {"unknown"} if none can be derived.
  virtual std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const = 0;
  // The same, if there is one answer, by a slower way that shares nothing with Solve but the text.
  virtual Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const = 0;
  // Loops that an item of that depth takes, where the usual number may not suffice: a depth of several steps.
  virtual int64_t LoopsFor(int64_t) const { return 0; }
  // How many facts an item of that depth needs.
  virtual int64_t SupportSize(int64_t depth) const { return depth; }
  // The best score of an answerer that sees only which answers are possible, on items that have one (share of the
  // commonest answer).
  virtual double Floor() const = 0;
  // The least share of training items that lack a needed fact, where any do (data.unknown_share > 0).
  virtual double LeastUnknownShare() const { return 0; }
  // What a guesser would choose from who knows the item but cannot reason, "unknown" apart; otherwise FactValues(item).
  virtual std::vector<std::string> Guesses(const Item& item) const;
  // What facts that think are to come to (train.thought_loss), by the solver: of each fact a word of the item, or
  // "" where it comes to nothing; an empty list where the family does not know.
  virtual std::vector<std::string> Conclusions(const std::vector<std::string>& /*facts*/) const { return {}; }
  // Words that can stand in for `word` in a fact when a counterfactual twin is made; "not " + word denies it.
  virtual std::vector<std::string> Alternatives(const std::string& word, const Item& item) const = 0;
  // Words that it answers with though they stand in neither facts nor question; "unknown" needs no mention.
  virtual std::vector<std::string> ClosedAnswers() const { return {}; }
  // Sentence forms of its own: sections of a wording file (core/text/data/english.wording) for each language, "" where
  // the forms of the built-in language are all it uses. Their canonical form is that of English.
  virtual std::string EnglishForms() const { return ""; }
  virtual std::string ConstructedForms() const { return ""; }
  // Whether `answer` is right. A family whose answers have many right forms or orders overrides this; otherwise it is
  // Accepts(item, answer).
  virtual bool Verify(const Item& item, const std::string& answer) const;
};

// Whether `answer` is one of item.answers, or, where item.meta has "any_order": true, has the words of one of them.
bool Accepts(const Item& item, const std::string& answer);
// By the verifier of the family that item.task names; by Accepts for tasks of the user's own.
bool Verify(const Item& item, const std::string& answer);

// The last words of the facts, each once.
std::vector<std::string> FactValues(const Item& item);
// Those of the family that item.task names; for tasks of the user's own yes and no if the answer is one of them,
// otherwise FactValues(item).
std::vector<std::string> Guesses(const Item& item);

// The twin of an item: one needed fact changed so that the answer changes, everything else equal.
// Returns false (twin untouched) if a few tries find none.
bool MakeTwin(const TaskFamily& family, const Item& item, Rng& rng, Item* twin);

// All families that stage 2 may train on; the list is family_list.inc.
const std::vector<std::unique_ptr<TaskFamily>>& AllTaskFamilies();
// The names of those that it trains on by default, from general to specific.
std::vector<std::string> DefaultFamilyNames();
// The family of that name, or UsageError with the nearest name.
absl::StatusOr<const TaskFamily*> FindTaskFamily(const std::string& name);

// n items of one family and depth from their own branch of the seed tree: never met in training, equal for equal seeds.
std::vector<Item> HeldOutItems(const TaskFamily& family, int64_t n, SeedTree seeds, const GenerateOptions& options);

// Facts, question and answers of an item that a person wrote, in the words that the language model reads. in_place: a
// reasoner knows the canonical forms of questions alone (QuestionInPlace). is_mounted: whether a fact beside the item's
// has the word (PartOwners); may be empty.
void SpellItem(Item& item, const Spelling& spelling, bool in_place,
               const std::function<bool(const std::string&)>& is_mounted = {});

// Deletes one of the facts that item.support names: the answer is then "unknown". REQUIRES: support not empty.
void DropNeededFact(Item& item, Rng& rng);

// Shuffles item.facts and keeps item.support pointing at the same sentences.
void ShuffleFacts(Item& item, Rng& rng);

// One item a line:
// {"id","task","tier","facts","confidences","question","answer","answers","meta":{"depth","support",..}}. ReadItems
// gives the same item back.
std::string ToJsonLine(const Item& item);
// UsageError names file, line and field. Blank lines are skipped; an empty file is an error.
absl::StatusOr<std::vector<Item>> ReadItems(const std::filesystem::path& path);

}  // namespace trivium
