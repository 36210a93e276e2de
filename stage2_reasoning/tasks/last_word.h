// What families share that ask for the last word of a stated fact: "ann is taller than who ?". Torch-free.
#pragma once

#include <string>
#include <vector>

#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// All but the last word and the punctuation.
std::string Beginning(const std::string& sentence);

// Depth 1; the answer is the last word of the only fact that begins as the question does.
class LastWordFamily : public TaskFamily {
 public:
  std::vector<int64_t> training_depths() const override { return {1}; }
  bool one_value() const override { return true; }
  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override;
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override;
  std::vector<std::string> Alternatives(const std::string& word, const Item& item) const override;
};

// Makes `item`, whose facts stand, one that asks for the last word of `fact`, or with unknown one without that fact.
// REQUIRES: no other fact begins so.
void AskForLastWord(Item& item, size_t fact, const std::string& asking, bool unknown);

}  // namespace trivium
