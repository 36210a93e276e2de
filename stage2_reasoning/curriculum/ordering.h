// In which order training meets the families and depths: a distribution over cells (family, depth) for each step.
// Torch-free; its state is part of a checkpoint.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct Cell {
  std::string family;
  int64_t depth = 1;
  int64_t rank = 0;            // position of the depth within its family, from 0
  double floor = 0;            // accuracy, without the facts, on items that have an answer
  std::string builds_on = {};  // family that opens this one
};

// How an item of a cell was answered in training.
struct Observation {
  const Item& item;
  bool correct = false;
  double loss = 0;  // nats, of the whole answer
};

// One number a cell, moving a little towards each new value.
class CellAverages {
 public:
  explicit CellAverages(size_t cells) : values_(cells, 0.0) {}
  void Add(size_t cell, double value);
  double operator[](size_t cell) const { return values_[cell]; }
  nlohmann::json Save() const { return values_; }
  absl::Status Load(const nlohmann::json& state);

 private:
  std::vector<double> values_;
};

// How cells are weighted: one strategy of the table in orders.cc.
class Order {
 public:
  virtual ~Order() = default;
  // How often each cell is drawn, in any unit. progress in [0, 1] of the whole run; accuracy: share of right answers of
  // late, which all orders may go by.
  virtual std::vector<double> Weights(double progress, const CellAverages& accuracy) const = 0;
  virtual void Observe(size_t cell, const Observation& observation) {}
  // What it keeps beside that, as JSON: nothing, unless an order says otherwise. Load: BadArtifact for another state.
  virtual nlohmann::json Save() const { return nlohmann::json::object(); }
  virtual absl::Status Load(const nlohmann::json& state);
};

// A strategy by its name in `data.order`.
struct OrderStrategy {
  const char* name;
  std::unique_ptr<Order> (*make)(const std::vector<Cell>& cells);
};
const std::vector<OrderStrategy>& AllOrders();

// Draws cells by weights that stay the same, as within one batch.
class CellSampler {
 public:
  explicit CellSampler(std::vector<double> weights);
  size_t Draw(Rng& rng) const;

 private:
  std::vector<double> weights_;
  double total_ = 0;
};

// The cells of a run, the strategy that weights them, and how well each has been answered of late.
class Ordering {
 public:
  // UsageError, with the nearest name, if there is no strategy `order`.
  static absl::StatusOr<Ordering> Create(const std::string& order, std::vector<Cell> cells);

  const std::vector<Cell>& cells() const { return cells_; }
  std::vector<double> Weights(double progress) const { return order_->Weights(progress, accuracy_); }
  CellSampler Sampler(double progress) const { return CellSampler(Weights(progress)); }
  void Observe(size_t cell, const Observation& observation);
  // Share of right answers to items that have one, the newest counting most.
  double accuracy(size_t cell) const { return accuracy_[cell]; }

  nlohmann::json Save() const;
  absl::Status Load(const nlohmann::json& state);

 private:
  Ordering(std::vector<Cell> cells, std::unique_ptr<Order> order);

  std::vector<Cell> cells_;
  std::unique_ptr<Order> order_;
  CellAverages accuracy_;
};

}  // namespace trivium
