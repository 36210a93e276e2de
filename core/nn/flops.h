// Analytic counts of weights and floating-point operations. A multiply-add is two operations; matrix products and
// attention are charged in full, element-wise work (norms, activations, look-ups) is not, as usual in the literature.
// Torch-free, so that plans and reports can use it.
#pragma once

#include <cstdint>

#include "core/nn/llama_config.h"

namespace trivium {

// Weights of a decoder. A tied embedding counts once.
struct WeightCount {
  int64_t embedding = 0;  // vocab * width
  int64_t blocks = 0;     // attention, feed-forward and norms of all layers, and the final norm
  int64_t head = 0;       // vocab * width, 0 if tied
  int64_t total() const { return embedding + blocks + head; }
};
WeightCount CountWeights(const LlamaConfig& config);

// Operations of y = x W for x: [rows, inputs], W: [inputs, outputs].
double LinearFlops(double rows, double inputs, double outputs);
// Operations of softmax(Q K^T) V of one sequence, all heads: `queries` x `keys` pairs, 2 * 2 * width each. Causal
// attention counts half of the square, diagonal included.
double AttentionFlops(double queries, double keys, double width, bool causal);

// One sequence of `tokens` tokens through the first `layers` blocks, without the output matrix.
double EncodeFlops(const LlamaConfig& config, int64_t tokens, int64_t layers);
// One sequence through the whole model, logits at every token.
double ForwardFlops(const LlamaConfig& config, int64_t tokens);
// Forward and backward: three times forward (each matrix product has two in the backward pass).
double TrainingFlops(const LlamaConfig& config, int64_t tokens);

}  // namespace trivium
