// Causal Llama-layout transformer: attention, block, and the stack from hidden states to hidden states, in data-flow
// order. stage1_language/model/language_model.h puts the embedding below it and the output matrix above.
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/layers.h"
#include "core/nn/llama_config.h"

namespace trivium {

// Keys and values of the tokens read so far, for generation. Grows in place up to the model's max_tokens.
struct KvCache {
  std::vector<at::Tensor> keys, values;  // per layer [items, kv_heads, max_tokens, head_width]; made on first use
  int64_t tokens = 0;                    // already read
};

// Causal self-attention with rotary positions; heads may share keys and values in groups (arXiv 2305.13245).
struct Attention {
  Attention() = default;
  explicit Attention(const LlamaConfig& config);  // without weights
  Attention(const LlamaConfig& config, double gain, Rng& rng);
  // x: [items, tokens, width] -> same shape. With a cache, x continues the cache->tokens tokens before it and
  // `layer` names its slot.
  at::Tensor operator()(const at::Tensor& x, const Rotary& rotary, KvCache* cache, int64_t layer) const;

  at::Tensor qkv;  // [(heads + 2 * kv_heads) * head_width, width]: queries, keys, values
  at::Tensor out;  // [width, heads * head_width]
  int64_t heads = 0, kv_heads = 0, head_width = 0, max_tokens = 0;
};

// x + attention(norm(x)), then x + feed_forward(norm(x)).
struct Block {
  Block() = default;
  Block(const LlamaConfig& config, double gain, Rng& rng);
  at::Tensor operator()(const at::Tensor& x, const Rotary& rotary, KvCache* cache, int64_t layer) const;

  RmsNorm attention_norm, feed_forward_norm;
  Attention attention;
  SwiGlu feed_forward;
};

struct Transformer {
  Transformer() = default;
  // Random weights, `gain` as in LinearWeight.
  Transformer(const LlamaConfig& config, double gain, Rng& rng);
  // Uninitialised weights for a reader to fill, without the time that random ones take.
  explicit Transformer(const LlamaConfig& config);

  // x: [items, tokens, width] token embeddings -> the residual stream after the last block, not normed.
  // `cache`, if given, is read and advanced.
  at::Tensor Forward(at::Tensor x, KvCache* cache = nullptr) const;
  // The residual stream at `layers` (0 is x itself), side by side: [items, tokens, layers.size() * width]. Runs no
  // block above the highest layer asked for.
  at::Tensor HiddenStates(at::Tensor x, const std::vector<int64_t>& layers) const;

  // The weights as they are trained: queries, keys and values one matrix, gate and up one matrix.
  void AddParameters(const std::string& prefix, NamedTensors& list) const;
  // The same memory under the names of transformers' LlamaModel, fused matrices as views of their parts.
  void AddLlamaTensors(const std::string& prefix, NamedTensors& list) const;
  void To(at::Device device, at::ScalarType type);

  std::vector<Block> blocks;
  RmsNorm norm;  // after the last block; applied by the caller
  Rotary rotary;
};

}  // namespace trivium
