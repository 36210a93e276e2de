// The layers that every network of the project is made of: RMS norm, linear maps, rotary positions, SwiGLU.
// Plain values that hold tensors (copying one shares its weights), no module base class: forward is const, and a
// network lists its weights itself. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/seed_tree.h"

namespace trivium {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// The tensors of a list without their names.
std::vector<at::Tensor> Values(const NamedTensors& list);
// Changes where tensors lie, and of what type they are, under the same handles; undefined ones are left alone. Not
// while a graph of theirs is alive.
void Move(const std::vector<at::Tensor>& tensors, at::Device device, at::ScalarType type = at::kFloat);

// float32 of independent normal numbers, mean 0; the same on every machine for the same generator state.
at::Tensor NormalTensor(const std::vector<int64_t>& shape, double deviation, Rng& rng);
// A trainable matrix [outputs, inputs] for Linear: normal with deviation gain / sqrt(inputs), so that inputs of unit
// mean square give outputs of mean square gain^2.
at::Tensor LinearWeight(int64_t outputs, int64_t inputs, double gain, Rng& rng);

// [outputs, inputs] of small noise plus `gain` on the diagonal.
at::Tensor IdentityWeight(int64_t outputs, int64_t inputs, Rng& rng, double gain = 1.0);
// Adds gain * identity to the square of `size` at (row, column), before training starts.
void AddIdentity(at::Tensor& weight, int64_t row, int64_t column, int64_t size, double gain);

// x / sqrt(mean(x^2) + 1e-5) over the last dimension.
at::Tensor UnitMeanSquare(const at::Tensor& x);
// x / |x| over the last dimension; vectors shorter than 1e-6 stay that short.
at::Tensor UnitLength(const at::Tensor& x);

// Each channel of a sequence convolved with an odd number of taps of its own, zeros beyond its ends. x: [items, words,
// width], kernel: [width, 1, taps] -> [items, words, width]
at::Tensor ConvolveWords(const at::Tensor& x, const at::Tensor& kernel);

// x: [..., inputs], weight: [outputs, inputs] -> [..., outputs]
at::Tensor Linear(const at::Tensor& x, const at::Tensor& weight);
// base + Linear(x, weight) in one go. base: [items, positions, outputs], x: [items, positions, inputs].
at::Tensor AddLinear(const at::Tensor& base, const at::Tensor& x, const at::Tensor& weight);

// y = x / sqrt(mean(x^2) + eps) * weight over the last dimension (Zhang and Sennrich 2019, arXiv 1910.07467).
struct RmsNorm {
  RmsNorm() = default;
  explicit RmsNorm(int64_t width, double eps = 1e-5);
  // x: [..., width] -> same shape
  at::Tensor operator()(const at::Tensor& x) const;

  at::Tensor weight;  // [width], begins as ones
  double eps = 1e-5;
};

// Rotary positions, half rotation as in Llama's transformers layout: channel i turns with channel i + head_width/2 by
// the angle p * theta^(-2i/head_width) at position p (Su et al. 2021, arXiv 2104.09864).
struct Rotary {
  Rotary() = default;
  Rotary(int64_t head_width, int64_t max_tokens, double theta);
  // x: [items, tokens, heads, head_width], its first token at position `first`; first + tokens <= max_tokens. Of its
  // heads the first `heads` are turned, all if negative; the others stay as they are.
  at::Tensor operator()(const at::Tensor& x, int64_t first = 0, int64_t heads = -1) const;
  // Makes the tables anew from float64 (so that a float64 network has float64 angles).
  void To(at::Device device, at::ScalarType type);

  at::Tensor cos, sin;  // [max_tokens, 1, head_width]; of sin the first half negative
  double theta = 10000.0;
};

// down(silu(gate(x)) * up(x)) (Shazeer 2020, arXiv 2002.05202). Gate and up are one matrix in memory and two on disk.
struct SwiGlu {
  SwiGlu() = default;
  SwiGlu(int64_t width, int64_t hidden, double gain, Rng& rng);
  // x: [..., width] -> same shape
  at::Tensor operator()(const at::Tensor& x) const;
  // From what gate_up makes of x: [..., 2 * hidden] -> [..., width].
  at::Tensor Down(const at::Tensor& gate_and_up) const;

  at::Tensor gate_up;  // [2 * hidden, width]; gate above
  at::Tensor down;     // [width, hidden]
};

}  // namespace trivium
