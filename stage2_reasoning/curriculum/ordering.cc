// See ordering.h: how a cell's weight follows from how well it is answered.
#include "stage2_reasoning/curriculum/ordering.h"

#include <algorithm>
#include <map>

#include "core/base/nearest.h"

namespace trivium {
namespace {

constexpr double kMemory = 0.03;        // share of the newest answer in a cell's accuracy
constexpr double kUnlockMastery = 0.4;  // of all lower depths of the family
constexpr double kLockedShare = 0.1;
constexpr double kMasteredFloor = 0.2;  // weight that a mastered cell keeps, so that it is not forgotten
constexpr double kEasyFirstSpan = 0.5;  // share of training over which depths open

}  // namespace

absl::StatusOr<OrderKind> ParseOrder(const std::string& name) {
  const std::vector<std::pair<std::string, OrderKind>> orders = {
      {"shuffle", OrderKind::kShuffle}, {"adaptive", OrderKind::kAdaptive}, {"easy_first", OrderKind::kEasyFirst}};
  std::vector<std::string> names;
  for (const auto& [known, kind] : orders) {
    if (known == name) return kind;
    names.push_back(known);
  }
  const std::string nearest = Nearest(name, names);
  return UsageError("data.order '" + name + "' is unknown; choose shuffle, adaptive or easy_first" +
                    (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"));
}

Ordering::Ordering(OrderKind kind, std::vector<Cell> cells)
    : kind_(kind), cells_(std::move(cells)), accuracy_(cells_.size(), 0.0) {}

std::vector<double> Ordering::Weights(double progress) const {
  std::vector<double> weights(cells_.size(), 1.0);
  if (kind_ == OrderKind::kShuffle) return weights;
  int64_t deepest = 0;
  for (const Cell& cell : cells_) deepest = std::max(deepest, cell.rank);
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (kind_ == OrderKind::kEasyFirst) {
      const double opens = kEasyFirstSpan * static_cast<double>(cells_[i].rank) / static_cast<double>(deepest + 1);
      weights[i] = progress >= opens ? 1.0 : 0.0;
      continue;
    }
    bool open = true;
    for (size_t j = 0; j < cells_.size(); ++j) {
      if (cells_[j].family == cells_[i].family && cells_[j].rank < cells_[i].rank) {
        open = open && Mastery(j) > kUnlockMastery;
      }
    }
    weights[i] = (open ? 1.0 : kLockedShare) * (1.0 + kMasteredFloor - Mastery(i));
  }
  if (kind_ == OrderKind::kAdaptive) ShareByFamily(&weights);
  return weights;
}

double Ordering::Mastery(size_t cell) const {
  const double floor = cells_[cell].floor;
  return std::clamp((accuracy_[cell] - floor) / (1.0 - floor), 0.0, 1.0);
}

void Ordering::ShareByFamily(std::vector<double>* weights) const {
  std::map<std::string, double> largest, total;
  for (size_t i = 0; i < cells_.size(); ++i) {
    const double weight = (*weights)[i];
    largest[cells_[i].family] = std::max(largest[cells_[i].family], weight);
    total[cells_[i].family] += weight;
  }
  for (size_t i = 0; i < cells_.size(); ++i) {
    (*weights)[i] *= largest[cells_[i].family] / total[cells_[i].family];
  }
}

size_t Ordering::Draw(Rng& rng, double progress) const {
  const std::vector<double> weights = Weights(progress);
  double total = 0;
  for (double w : weights) total += w;
  double at = rng.Uniform() * total;
  for (size_t i = 0; i < weights.size(); ++i) {
    at -= weights[i];
    if (at < 0 && weights[i] > 0) return i;
  }
  return 0;
}

void Ordering::Observe(size_t cell, bool correct) {
  accuracy_[cell] += kMemory * ((correct ? 1.0 : 0.0) - accuracy_[cell]);
}

nlohmann::json Ordering::Save() const { return accuracy_; }

absl::Status Ordering::Load(const nlohmann::json& state) {
  if (!state.is_array() || state.size() != cells_.size())
    return BadArtifact("the checkpoint's curriculum has other families");
  std::vector<double> accuracy;
  for (const nlohmann::json& value : state) {
    if (!value.is_number()) return BadArtifact("the checkpoint's curriculum state is damaged");
    accuracy.push_back(value.get<double>());
  }
  accuracy_ = std::move(accuracy);
  return absl::OkStatus();
}

}  // namespace trivium
