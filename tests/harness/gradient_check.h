// Analytic gradients against central finite differences, in float64. Every layer with weights goes through here.
#pragma once

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace trivium {

// Tensors of a few numbers are slower on several threads, by far if the machine is busy.
struct OneThread {
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before); }
  const int before = at::get_num_threads();
};

// The greatest |analytic - numeric| / (|analytic| + |numeric| + 1e-3) over every element of `inputs`, for the sum of
// f() weighted by fixed random numbers (so that errors can't cancel). Good gradients give about 1e-7.
// REQUIRES: inputs are float64 leaves that require gradients, and f() reads them anew at each call.
inline double GradientError(const std::function<at::Tensor()>& f, const std::vector<at::Tensor>& inputs,
                            double step = 1e-5) {
  const OneThread one_thread;
  at::Tensor weights;
  const auto scalar = [&] {
    const at::Tensor y = f();
    if (!weights.defined()) weights = torch::cos(torch::arange(1, y.numel() + 1, torch::kDouble)).view(y.sizes());
    return (y * weights).sum();
  };
  for (const at::Tensor& input : inputs) input.mutable_grad() = at::Tensor();
  scalar().backward();
  double worst = 0.0;
  torch::NoGradGuard no_gradients;
  for (const at::Tensor& input : inputs) {
    if (!input.grad().defined()) return INFINITY;
    const at::Tensor gradient = input.grad().contiguous();
    double* values = input.data_ptr<double>();
    for (int64_t i = 0; i < input.numel(); ++i) {
      const double at_rest = values[i];
      values[i] = at_rest + step;
      const double above = scalar().item<double>();
      values[i] = at_rest - step;
      const double below = scalar().item<double>();
      values[i] = at_rest;
      const double numeric = (above - below) / (2.0 * step), analytic = gradient.data_ptr<double>()[i];
      worst = std::max(worst, std::abs(analytic - numeric) / (std::abs(analytic) + std::abs(numeric) + 1e-3));
    }
  }
  return worst;
}

// A float64 leaf with normal values, the same in every run.
inline at::Tensor GradientInput(std::vector<int64_t> shape, uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return torch::randn(shape, generator, torch::kDouble).requires_grad_();
}

}  // namespace trivium
