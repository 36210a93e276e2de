// The strategies that `data.order` names. A new one is a class and a line in the table at the end.
#include <algorithm>
#include <limits>

#include "stage2_reasoning/curriculum/ordering.h"

namespace trivium {
namespace {

constexpr double kUnlockMastery = 0.4;  // of all lower depths of the family, of all depths of the one it builds on
constexpr double kLockedShare = 0.1;
constexpr double kMasteredFloor = 0.2;  // weight that a mastered cell keeps, so that it is not forgotten
constexpr double kEasyFirstSpan = 0.5;  // share of training over which depths open

// Every cell equally often.
class Shuffle : public Order {
 public:
  explicit Shuffle(const std::vector<Cell>& cells) : cells_(cells.size()) {}
  std::vector<double> Weights(double, const CellAverages&) const override { return std::vector<double>(cells_, 1.0); }

 private:
  size_t cells_;
};

// Depths open one after another over the first half of training.
class EasyFirst : public Order {
 public:
  explicit EasyFirst(const std::vector<Cell>& cells) {
    int64_t deepest = 0;
    for (const Cell& cell : cells) deepest = std::max(deepest, cell.rank);
    for (const Cell& cell : cells) {
      opens_.push_back(kEasyFirstSpan * static_cast<double>(cell.rank) / static_cast<double>(deepest + 1));
    }
  }
  std::vector<double> Weights(double progress, const CellAverages&) const override {
    std::vector<double> weights;
    for (const double opens : opens_) weights.push_back(progress >= opens ? 1.0 : 0.0);
    return weights;
  }

 private:
  std::vector<double> opens_;  // of each cell, in progress
};

// A family is drawn in proportion to how far its least mastered open depth is from mastered, a depth within it
// likewise; a depth is open once all lower ones are answered well above their floor, and has only a tenth of its share
// before, never nothing. So a family that starts late gets more as the others are mastered. A family that builds on
// another waits in the same way for all depths of that one.
class Adaptive : public Order {
 public:
  explicit Adaptive(const std::vector<Cell>& cells) {
    std::vector<std::string> families;
    const auto number = [&](const std::string& family) {
      return static_cast<size_t>(std::find(families.begin(), families.end(), family) - families.begin());
    };
    for (const Cell& cell : cells) {
      floors_.push_back(cell.floor);
      ranks_.push_back(cell.rank);
      family_.push_back(number(cell.family));
      if (family_.back() == families.size()) families.push_back(cell.family);
    }
    families_ = families.size();
    base_.assign(families_, families_);
    for (const Cell& cell : cells) base_[number(cell.family)] = number(cell.builds_on);
  }

  std::vector<double> Weights(double, const CellAverages& accuracy) const override {
    const size_t cells = floors_.size();
    std::vector<double> mastery;  // accuracy above the floor, 0 to 1
    for (size_t i = 0; i < cells; ++i) {
      mastery.push_back(std::clamp((accuracy[i] - floors_[i]) / (1.0 - floors_[i]), 0.0, 1.0));
    }
    // Of each family: the lowest rank that is not mastered well enough to open the next.
    std::vector<int64_t> open_to(families_, std::numeric_limits<int64_t>::max());
    for (size_t i = 0; i < cells; ++i) {
      if (mastery[i] <= kUnlockMastery) open_to[family_[i]] = std::min(open_to[family_[i]], ranks_[i]);
    }
    const auto opened = [&](size_t base) {
      return base == families_ || open_to[base] == std::numeric_limits<int64_t>::max();
    };
    std::vector<double> weights(cells), largest(families_, 0.0), total(families_, 0.0);
    for (size_t i = 0; i < cells; ++i) {
      const bool open = ranks_[i] <= open_to[family_[i]];
      weights[i] = (open ? 1.0 : kLockedShare) * (1.0 + kMasteredFloor - mastery[i]);
      largest[family_[i]] = std::max(largest[family_[i]], weights[i]);
      total[family_[i]] += weights[i];
    }
    // Each family has the weight of its heaviest cell, shared out as its cells' weights are.
    for (size_t i = 0; i < cells; ++i) {
      const size_t family = family_[i];
      weights[i] *= (opened(base_[family]) ? 1.0 : kLockedShare) * largest[family] / total[family];
    }
    return weights;
  }

 private:
  std::vector<double> floors_;
  std::vector<int64_t> ranks_;
  std::vector<size_t> family_;  // of each cell: the number of its family
  size_t families_ = 0;
  std::vector<size_t> base_;  // of each family: the one it builds on; families_: none that is trained
};

template <typename T>
std::unique_ptr<Order> Make(const std::vector<Cell>& cells) {
  return std::make_unique<T>(cells);
}

}  // namespace

const std::vector<OrderStrategy>& AllOrders() {
  static const auto* const kOrders = new std::vector<OrderStrategy>{
      {"shuffle", Make<Shuffle>}, {"adaptive", Make<Adaptive>}, {"easy_first", Make<EasyFirst>}};
  return *kOrders;
}

}  // namespace trivium
