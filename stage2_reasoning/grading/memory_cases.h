// The cases of the memory audit, as plain data: a world of facts, and edits, deletions, a swap and a long sequence of
// edits with the answers that are right before and after. Every answer follows from the facts alone. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "stage2_reasoning/grading/answerer.h"
#include "stage2_reasoning/tasks/world.h"

namespace trivium {

// How a question relates to the changed fact.
enum class QuestionKind {
  kDirect,         // asks for the fact, in the canonical wording
  kParaphrase,     // the same with another template that training in other wordings may use
  kNewParaphrase,  // the same with a template that is always held out
  kSynonym,        // the same with another word for the relation
  kChain,          // two or three hops, one of which is the fact; its answer changes
  kOther,          // does not pass the fact: its answer stays
};

struct AuditQuestion {
  QuestionKind kind = QuestionKind::kDirect;
  int64_t hops = 1;
  std::string text;
  std::string before, after;  // right answers before and after the change
  // How often the old answer is named by who takes a fact of the outermost relation at random, after the change.
  double chance = 0;
};

struct ChangeCase {
  AuditChange change;
  std::vector<AuditQuestion> questions;  // the direct one first
};

// Edits one after another without a way back.
struct EditSequence {
  std::vector<AuditChange> changes;
  std::vector<AuditQuestion> others;  // pass no fact that is ever edited
};

struct MemoryCaseOptions {
  int64_t facts = 500;            // of the world, about: people x relations
  int64_t edits = 100;            // each from the unchanged world
  int64_t deletions = 100;        // as edits
  int64_t world_questions = 200;  // a depth, about the world and about the one that takes its place
  int64_t sequence = 1000;        // edits one after another
  uint64_t seed = 1;
};

struct MemoryCases {
  std::vector<std::string> people, facts;
  std::vector<ChangeCase> edits, deletions;
  std::vector<AuditQuestion> world_questions;
  std::vector<std::string> swapped_people, swapped_facts;  // people of the first world do not occur
  std::vector<AuditQuestion> swapped_questions;
  EditSequence sequence;
  std::vector<AuditQuestion> direct_questions;  // one a fact of the world
};

// A world of about `facts` facts: 3 relations up to 120 facts, then more, at most all; people from the front of
// `names` after shuffling, at most all of them.
World MakeSizedWorld(const std::vector<std::string>& names, int64_t facts, Rng& rng);

// Equal options give equal cases. The world's people have training names; the swapped world's have held-out names, and
// where those do not suffice training names that the first world does not use.
MemoryCases MakeMemoryCases(const MemoryCaseOptions& options);
// The world of those cases, which the monolith learns.
World AuditWorld(const MemoryCaseOptions& options);

// `count` edits of random facts of `world`, different facts as far as there are enough. Two questions each of the
// kinds, two chains each over two and three hops, and six others: the same subject, the same relation, and two each
// over two and three hops.
std::vector<ChangeCase> MakeEdits(const World& world, int64_t count, Rng& rng);
// The same with the fact deleted and without rewordings: what passes it is "unknown" from then on.
std::vector<ChangeCase> MakeDeletions(const World& world, int64_t count, Rng& rng);
EditSequence MakeSequence(const World& world, int64_t count, Rng& rng);

}  // namespace trivium
