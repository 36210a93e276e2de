// Row kernels (row_kernels.h) of attention over short sequences: no tensor is made of what stands between a head's
// queries, keys, values and scores; at some twenty positions they lie in the first cache together.
#pragma once

#include <cstdint>

namespace trivium {

// Longest sequences and widest heads that the kernels take: what fits the stack and the second cache.
inline constexpr int64_t kMostAttended = 64, kWidestHead = 64;

struct AttentionRows {
  const float* qkv;   // [items, positions, 3, heads, head_width]: queries, keys, values, as one product makes them
  const float* cos;   // [positions, head_width]: rotary positions (core/nn/layers.h)
  const float* sin;   // the same, its first half negative
  const float* mask;  // added to the scores, rows of `positions` numbers; null: causal
  int64_t mask_of_item, mask_of_head;  // from where one item's, one head's mask begins to the next one's
  int64_t positions, queries, heads, head_width;
  int64_t turned;  // the first heads, whose queries and keys have rotary positions
};

// Numbers in a row of weights: one for each query, and padding.
int64_t WeightsStride(int64_t queries);

// y = softmax(q k^T / sqrt(head_width) + mask) v of the first `queries` positions, for items [begin, end).
// y: [items, queries, heads, head_width]; weights: [items, heads, positions, WeightsStride], null: not kept.
// REQUIRES: positions <= kMostAttended, an even head_width <= kWidestHead, every query sees some position.
void AttendRows(const AttentionRows& given, int64_t begin, int64_t end, float* y, float* weights);
// gradient: as y; qkv_gradient: as qkv, zero for what does not ask.
void AttendRowsGradient(const float* gradient, const AttentionRows& given, int64_t begin, int64_t end,
                        const float* weights, float* qkv_gradient);

}  // namespace trivium
