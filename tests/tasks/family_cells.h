// What the tests of the task families walk over: every family at its training depths, one beyond, and the deepest that
// is graded.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/text/lexicon.h"
#include "stage2_reasoning/curriculum/item_source.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct FamilyCell {
  const TaskFamily* family;
  int64_t depth;
  bool trained;
  std::string text() const { return family->name() + ", depth " + std::to_string(depth); }
};

inline std::vector<FamilyCell> FamilyCells() {
  constexpr int64_t kDeepest = kDeeperSteps + 2;
  std::vector<FamilyCell> cells;
  for (const auto& family : AllTaskFamilies()) {
    const std::vector<int64_t> depths = family->training_depths();
    for (int64_t depth : depths) cells.push_back({family.get(), depth, true});
    if (depths.size() == 1) continue;  // a family of one depth has no other
    for (int64_t more : {int64_t{1}, kDeepest}) cells.push_back({family.get(), depths.back() + more, false});
  }
  return cells;
}

inline std::vector<Item> CellItems(const FamilyCell& cell, int64_t n, double unknown_share = 0.0, uint64_t seed = 11) {
  GenerateOptions options{cell.depth, &EnglishLexicon().training_names()};
  options.unknown_share = unknown_share;
  return HeldOutItems(*cell.family, n, SeedTree(seed), options);
}

inline std::string ItemText(const Item& item) {
  std::string text = item.id + "\n";
  for (const std::string& fact : item.facts) text += "  " + fact + "\n";
  return text + "  " + item.question + " -> " + item.answer;
}

// Four standard deviations of a share p measured on n items.
inline double FourSigma(double p, size_t n) { return 4 * std::sqrt(p * (1 - p) / static_cast<double>(n)); }

// Items of a family over the names that training uses.
inline std::vector<Item> RuledItems(const std::string& family, int64_t depth, bool held_out, int64_t count) {
  GenerateOptions options{depth, &EnglishLexicon().training_names()};
  options.held_out_rules = held_out;
  return HeldOutItems(*FindTaskFamily(family).value(), count, SeedTree(4), options);
}

}  // namespace trivium
