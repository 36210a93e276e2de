// AdamW over a model's parameters, gradient clipping and the moving average of the weights. The trainer owns one.
// All parameters are moved into one contiguous buffer and become views of it, so that a step costs a few passes over
// memory however many small tensors the model has. Only torch .cc files include this.
//   Create ( ZeroGradients  backward()  Step )*
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/base/status.h"
#include "core/nn/layers.h"
#include "core/train/trainer_config.h"

namespace trivium {

// Not thread-safe.
class Optimizer {
 public:
  // Takes over the storage of `parameters` (same values, shapes and identity; views taken of them earlier go stale) and
  // gives each its gradient buffer. Failed, naming the parameter, unless all are distinct leaves that require a
  // gradient, of one floating type on one device. REQUIRES: nobody replaces their storage or .grad() afterwards.
  static absl::StatusOr<Optimizer> Create(const NamedTensors& parameters, const TrainerConfig& config);

  void ZeroGradients();

  // Clips and applies the gradients; `step` counts from 0. Returns the gradient's length before clipping. Failed if
  // that is not finite: then no weight was changed.
  //   m = b1 m + (1 - b1) g    v = b2 v + (1 - b2) g^2    t = step + 1
  //   w = w - lr decay w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
  // (Loshchilov and Hutter 2019, arXiv 1711.05101, as PyTorch's AdamW); decay is 0 for tensors of fewer than 2
  // dimensions.
  absl::StatusOr<double> Step(int64_t step);

  bool has_ema() const { return ema_.defined(); }
  // Exchanges the weights with their moving average, bit for bit; a second call undoes it. Nothing without an average.
  void SwapEma();

  // Views, to be saved and filled (core/train/tensor_io.h): the weights; "m.NAME" and "v.NAME"; the average.
  NamedTensors Weights() const { return Views(weights_, ""); }
  NamedTensors Moments() const;
  NamedTensors Ema() const;

  int64_t num_weights() const { return num_weights_; }
  // Bytes of weights, gradients, moments and average.
  int64_t StateBytes() const;

 private:
  struct Part {
    std::string name;
    at::Tensor parameter;
    int64_t offset;  // elements into the buffers
  };

  Optimizer() = default;
  NamedTensors Views(const at::Tensor& buffer, const std::string& prefix) const;

  TrainerConfig config_;
  std::vector<Part> parts_;  // tensors that decay first
  int64_t decayed_ = 0;      // elements before the first part that doesn't decay
  int64_t num_weights_ = 0;
  at::Tensor weights_, gradients_, first_moments_, second_moments_, ema_;  // [elements], padding stays 0
};

}  // namespace trivium
