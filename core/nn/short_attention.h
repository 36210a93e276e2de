// Attention of short sequences from queries, keys and values as one product makes them, rotary positions included: of
// float32 on the CPU one node of the graph (attention_kernels.h), otherwise composed. Only torch .cc files include
// this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/nn/layers.h"

namespace trivium {

struct QkvAttention {
  int64_t heads = 1;
  int64_t turned = 0;   // the first heads, whose queries and keys have rotary positions, the first position being 0
  int64_t queries = 0;  // the first positions, which alone ask; 0: all of them
  // [items or 1, heads or 1, positions, positions], added to the scores, without a gradient; undefined: causal.
  at::Tensor mask{};
};

// Whether the one pass takes these: float32 on the CPU, at most kMostAttended positions, an even head width of at most
// kWidestHead.
bool IsShort(const at::Tensor& qkv, int64_t heads);

// softmax(q k^T / sqrt(head_width) + mask) v, heads side by side. qkv: [items, positions, 3 * width], an even
// head_width = width / heads -> [items, queries, width].
at::Tensor Attend(const at::Tensor& qkv, const Rotary& rotary, const QkvAttention& how);

}  // namespace trivium
