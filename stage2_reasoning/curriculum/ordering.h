// In which order training meets the families and depths: a distribution over cells (family, depth) for each step.
// Torch-free; its state is part of a checkpoint.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"

namespace trivium {

struct Cell {
  std::string family;
  int64_t depth = 1;
  int64_t rank = 0;  // position of the depth within its family, from 0
};

enum class OrderKind { kShuffle, kAdaptive, kEasyFirst };
absl::StatusOr<OrderKind> ParseOrder(const std::string& name);

// shuffle:    every cell equally often.
// adaptive:   a cell is drawn in proportion to how far it is from mastered; a depth whose lower depths are not yet
//             answered well keeps only a tenth of that, never nothing.
// easy_first: depths open one after another over the first half of training.
class Ordering {
 public:
  Ordering(OrderKind kind, std::vector<Cell> cells);

  const std::vector<Cell>& cells() const { return cells_; }
  // progress in [0, 1] of the whole run.
  size_t Draw(Rng& rng, double progress) const;
  // One answered item of a cell.
  void Observe(size_t cell, bool correct);
  double accuracy(size_t cell) const { return accuracy_[cell]; }
  std::vector<double> Weights(double progress) const;

  nlohmann::json Save() const;
  absl::Status Load(const nlohmann::json& state);

 private:
  OrderKind kind_;
  std::vector<Cell> cells_;
  std::vector<double> accuracy_;  // moving average over the items of a cell
};

}  // namespace trivium
