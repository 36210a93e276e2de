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
  double floor = 0;  // accuracy of an answer without the facts
};

enum class OrderKind { kShuffle, kAdaptive, kEasyFirst };
absl::StatusOr<OrderKind> ParseOrder(const std::string& name);

// shuffle:    every cell equally often.
// adaptive:   a family is drawn in proportion to how far its least mastered open depth is from mastered, a depth within
//             it likewise; a depth is open once all lower ones are answered well above their floor, and has only a
//             tenth of its share before, never nothing. So a family that starts late gets the more the others know.
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
  // Accuracy above the floor, 0 to 1.
  double Mastery(size_t cell) const;
  // Gives each family the weight of its heaviest cell, shared out as its cells' weights are.
  void ShareByFamily(std::vector<double>* weights) const;

  OrderKind kind_;
  std::vector<Cell> cells_;
  std::vector<double> accuracy_;  // moving average over the items of a cell
};

}  // namespace trivium
