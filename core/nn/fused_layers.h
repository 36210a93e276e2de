// Layers that join what a weight-shared loop does between two products of matrices: of float32 on the CPU each is one
// node of the graph and passes over its rows once (loop_kernels.h); of other types, and elsewhere, it is composed.
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "core/nn/layers.h"

namespace trivium {

// One gated step of a state:
//   mixed = base + made weight^T = [gate; up; opening],  s = 1 / sqrt((base_squares + sum made^2) / inputs + eps)
//   state' = state + sigmoid(opening) * (add + out_norm(down (silu(s gate) * (s up))) - state)
// The norm before the feed-forward part (SwiGLU; its gains are in `weight`) is over `inputs` numbers, of which those in
// `made` are the ones that change from loop to loop: of the others `base` holds the product, `base_squares` the
// squares.
struct GatedStepInputs {
  at::Tensor base;          // [items, positions, 2 * hidden + width]
  at::Tensor base_squares;  // [items, positions, 1]
  at::Tensor made;          // [items, positions, parts]
  at::Tensor weight;        // [2 * hidden + width, parts]
  at::Tensor down;          // [width, hidden]
  RmsNorm out_norm;
  at::Tensor add, state;  // [items, positions, width]
  double inputs = 0, eps = 1e-5;
};
at::Tensor GatedStepOf(const GatedStepInputs& given);  // [items, positions, width]

// What a loop takes over of the last state [items, positions, width], positions being slots, words and facts: slots
// times slot_scale ([width]), words convolved over the present ones (ConvolveWords), facts times fact_scale (undefined
// where there are none). present: [items, words], 1 or 0. The result has the state's shape.
at::Tensor Carry(const at::Tensor& state, int64_t slots, const at::Tensor& slot_scale, const at::Tensor& kernel,
                 const at::Tensor& fact_scale, const at::Tensor& present);

// softmax(x) over the last dimension, and the log of the sum of exp(x) over all of it but its first place ([.., 1]).
// REQUIRES: more than one place.
std::pair<at::Tensor, at::Tensor> SoftmaxAndRest(const at::Tensor& x);

// How much of a softmax falls to words of each bucket: x: [items, positions, 1 + words], column 0 standing for
// none of the words, bucket: [positions, words] int64 < profile - 1 -> [items, positions, profile], of which the last
// column is all words together.
at::Tensor SoftmaxProfile(const at::Tensor& x, const at::Tensor& bucket, int64_t profile);

}  // namespace trivium
