// Layers that join what a weight-shared loop does between two products of matrices: of float32 on the CPU each is one
// node of the graph and passes over its rows once (row_kernels.h); of other types, and elsewhere, it is composed.
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
  at::Tensor base;          // [.., 2 * hidden + width]
  at::Tensor base_squares;  // [.., 1]
  at::Tensor made;          // [.., parts]
  at::Tensor weight;        // [2 * hidden + width, parts]
  at::Tensor down;          // [width, hidden]
  RmsNorm out_norm;
  at::Tensor add, state;  // [.., width]
  double inputs = 0, eps = 1e-5;
};
at::Tensor GatedStepOf(const GatedStepInputs& given);  // [.., width]

// softmax(x) over the last dimension, and the log of the sum of exp(x) over all of it but its first place ([.., 1]).
// REQUIRES: more than one place.
std::pair<at::Tensor, at::Tensor> SoftmaxAndRest(const at::Tensor& x);

}  // namespace trivium
