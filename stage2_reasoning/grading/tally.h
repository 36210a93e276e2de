// Counts right answers by family, setting and depth, with the floor of each cell. Torch-free.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/metrics/result_row.h"

namespace trivium {

class Tally {
 public:
  // random_floor: what naming a random candidate reaches.
  Tally(const std::string& family, const std::string& loops, double random_floor)
      : family_(family), loops_(loops), random_floor_(random_floor) {}

  // One judged answer. Where `right` is not empty the commonest right answer of the cell raises its floor, and so does
  // the mean of `chance`, which the answer may have of being good by a better guess than a random one.
  void Count(const std::string& setting, int64_t depth, bool good, const std::string& right = "", double chance = 0);

  // Settings in the order in which they were first met, depths ascending.
  std::vector<ResultRow> Rows() const;

 private:
  struct Cell {
    std::string setting;
    int64_t depth = 0, n = 0, good = 0;
    double chance = 0;  // summed
    std::map<std::string, int64_t> right_answers;
  };

  std::string family_, loops_;
  double random_floor_;
  std::vector<Cell> cells_;
  std::map<std::pair<std::string, int64_t>, size_t> index_;
};

}  // namespace trivium
