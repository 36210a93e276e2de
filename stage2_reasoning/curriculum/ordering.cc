// See ordering.h.
#include "stage2_reasoning/curriculum/ordering.h"

#include "core/base/nearest.h"
#include "stage2_reasoning/tasks/derivation.h"

namespace trivium {
namespace {

constexpr double kMemory = 0.03;  // share of the newest value in a cell's average

}  // namespace

CellSampler::CellSampler(std::vector<double> weights) : weights_(std::move(weights)) {
  for (const double weight : weights_) total_ += weight;
}

size_t CellSampler::Draw(Rng& rng) const {
  double at = rng.Uniform() * total_;
  for (size_t i = 0; i < weights_.size(); ++i) {
    at -= weights_[i];
    if (at < 0 && weights_[i] > 0) return i;
  }
  return 0;
}

void CellAverages::Add(size_t cell, double value) { values_[cell] += kMemory * (value - values_[cell]); }

absl::Status CellAverages::Load(const nlohmann::json& state) {
  if (!state.is_array() || state.size() != values_.size())
    return BadArtifact("the checkpoint's curriculum has other families");
  std::vector<double> values;
  for (const nlohmann::json& value : state) {
    if (!value.is_number()) return BadArtifact("the checkpoint's curriculum state is damaged");
    values.push_back(value.get<double>());
  }
  values_ = std::move(values);
  return absl::OkStatus();
}

absl::Status Order::Load(const nlohmann::json& state) {
  if (state == Save()) return absl::OkStatus();
  return BadArtifact("the checkpoint's curriculum state is of another order");
}

absl::StatusOr<Ordering> Ordering::Create(const std::string& order, std::vector<Cell> cells) {
  std::vector<std::string> names;
  std::string listed;
  for (const OrderStrategy& strategy : AllOrders()) {
    if (order == strategy.name) {
      std::unique_ptr<Order> made = strategy.make(cells);
      return Ordering(std::move(cells), std::move(made));
    }
    listed += (names.empty() ? "" : ", ") + std::string(strategy.name);
    names.emplace_back(strategy.name);
  }
  const std::string nearest = Nearest(order, names);
  return UsageError("data.order '" + order + "' is unknown; choose one of " + listed +
                    (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"));
}

Ordering::Ordering(std::vector<Cell> cells, std::unique_ptr<Order> order)
    : cells_(std::move(cells)), order_(std::move(order)), accuracy_(cells_.size()) {}

void Ordering::Observe(size_t cell, const Observation& observation) {
  // To say "unknown" is learned last: a family that has mastered its questions must not take items for it that other
  // families wait for.
  if (observation.item.answer != kUnknown) accuracy_.Add(cell, observation.correct ? 1 : 0);
  order_->Observe(cell, observation);
}

nlohmann::json Ordering::Save() const { return {{"accuracy", accuracy_.Save()}, {"order", order_->Save()}}; }

absl::Status Ordering::Load(const nlohmann::json& state) {
  if (!state.is_object() || !state.contains("accuracy") || !state.contains("order"))
    return BadArtifact("the checkpoint's curriculum state is damaged");
  RETURN_IF_ERROR(accuracy_.Load(state["accuracy"]));
  return order_->Load(state["order"]);
}

}  // namespace trivium
