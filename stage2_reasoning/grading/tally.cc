// See tally.h.
#include "stage2_reasoning/grading/tally.h"

#include <algorithm>

namespace trivium {

void Tally::Count(const std::string& setting, int64_t depth, bool good, const std::string& right, double chance) {
  const auto [it, is_new] = index_.try_emplace({setting, depth}, cells_.size());
  if (is_new) cells_.push_back({setting, depth, 0, 0, 0, {}});
  Cell& cell = cells_[it->second];
  ++cell.n;
  cell.good += good;
  cell.chance += chance;
  if (!right.empty()) ++cell.right_answers[right];
}

std::vector<ResultRow> Tally::Rows() const {
  std::vector<Cell> sorted;
  for (const Cell& first : cells_) {
    const bool is_new =
        std::none_of(sorted.begin(), sorted.end(), [&](const Cell& cell) { return cell.setting == first.setting; });
    if (!is_new) continue;
    const auto begin = index_.lower_bound({first.setting, INT64_MIN});
    for (auto it = begin; it != index_.end() && it->first.first == first.setting; ++it) {
      sorted.push_back(cells_[it->second]);
    }
  }
  std::vector<ResultRow> rows;
  for (const Cell& cell : sorted) {
    int64_t most = 0;
    for (const auto& [answer, count] : cell.right_answers) most = std::max(most, count);
    const auto n = static_cast<double>(cell.n);
    const double best_guess = std::max(static_cast<double>(most), cell.chance) / n;
    rows.push_back(
        MakeRow(family_, cell.depth, cell.setting, loops_, cell.good, cell.n, std::max(random_floor_, best_guess)));
  }
  return rows;
}

}  // namespace trivium
