// What a suite grades: something that answers items. The reasoner is one (evaluation.h); an exact solver and a random
// guesser show what a suite's rows are for who knows all, and who knows nothing. (Answerer, answerer.h, is what the
// memory audit tells of changes.) Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "memory/fact.h"
#include "memory/trace.h"
#include "stage2_reasoning/reasoner/halting.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

class MountedRows;

// How items are put. Who has no loops and no memory passes over what speaks of them.
struct GradeOptions {
  Halting halting;
  int64_t top_k = 0;                                // 0: all rows; with shared_facts or mounted as Ask does
  std::vector<std::vector<std::string>> choices;    // forced choice among these, one list an item; empty: free answers
  const std::vector<Fact>* shared_facts = nullptr;  // read these instead of the items' own facts and what is mounted
  const MountedRows* mounted = nullptr;             // read these beside the items' own facts; of the same reasoner
  bool traces = false;                              // answers bring what was read for them; not from shared_facts
};

struct ItemAnswer {
  std::string text;
  double probability = 1;  // that it is right, as the answerer sees it
  int64_t loops = 0;
  Trace trace = {};  // if asked for: without steps where nothing is read
};

class ItemAnswerer {
 public:
  virtual ~ItemAnswerer() = default;
  // One answer an item. REQUIRES: items not empty.
  virtual absl::StatusOr<std::vector<ItemAnswer>> AnswerItems(const std::vector<Item>& items,
                                                              const GradeOptions& options) const = 0;
};

// What follows from the text alone, by the exact solver of the item's family or game; among choices the first that
// follows, or the first of them if none does. UsageError for an item of neither. REQUIRES: items in canonical wording,
// options.mounted null.
class SolverAnswerer : public ItemAnswerer {
 public:
  absl::StatusOr<std::vector<ItemAnswer>> AnswerItems(const std::vector<Item>& items,
                                                      const GradeOptions& options) const override;
};

// One of the choices, or of what a guesser would choose from (Guesses), at random; a function of the seed and of how
// many items stand before. "unknown" where there is nothing to choose from.
class RandomAnswerer : public ItemAnswerer {
 public:
  explicit RandomAnswerer(uint64_t seed) : seed_(seed) {}
  absl::StatusOr<std::vector<ItemAnswer>> AnswerItems(const std::vector<Item>& items,
                                                      const GradeOptions& options) const override;

 private:
  uint64_t seed_;
};

}  // namespace trivium
