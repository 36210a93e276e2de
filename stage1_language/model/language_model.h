// The stage-1 language model: token embedding, core/nn's causal transformer, output matrix. Trained by
// language_training, sealed and read by frozen_lm. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/nn/transformer.h"
#include "stage1_language/model/language_config.h"

namespace trivium {

// Copies share their weights. Not thread-safe while training; const calls without a cache are.
class LanguageModel {
 public:
  // Random weights, a pure function of (config, seeds). With fixed embeddings every row of the embedding is a random
  // direction of mean square 1 (length sqrt(width)): what RMSNorm would make of it, and the size of a block's output.
  // vocab: the tokenizer's size. REQUIRES: config.Validate() is ok.
  LanguageModel(const LanguageConfig& config, int64_t vocab, const SeedTree& seeds);
  // Uninitialised weights without gradients, for a reader to fill through LlamaTensors().
  explicit LanguageModel(const LlamaConfig& config);

  const LlamaConfig& config() const { return config_; }
  int64_t vocab() const { return config_.vocab; }
  at::Device device() const { return embedding_.device(); }

  // ids: [items, tokens] int64, tokens <= max_tokens - cache->tokens -> logits [items, tokens, vocab]
  at::Tensor Logits(const at::Tensor& ids, KvCache* cache = nullptr) const;
  // The logits of the last token only: [items, vocab].
  at::Tensor NextLogits(const at::Tensor& ids, KvCache* cache = nullptr) const;
  // Mean cross-entropy of predicting targets from inputs, a scalar in nats per token. inputs, targets: [items, tokens];
  // a target below 0 is padding and not counted.
  at::Tensor Loss(const at::Tensor& inputs, const at::Tensor& targets) const;
  // The same for ids [items, tokens + 1]: ids[:, 1:] from ids[:, :-1].
  at::Tensor Loss(const at::Tensor& ids) const;
  // ids: [items, tokens + 1] -> the same token by token, [items, tokens] nats, without gradients.
  at::Tensor TokenLosses(const at::Tensor& ids) const;
  // As TextEncoder::Surprisals and HiddenStates.
  at::Tensor Surprisals(const at::Tensor& states, const at::Tensor& ids) const;
  at::Tensor HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const;

  const at::Tensor& embedding() const { return embedding_; }  // [vocab, width]

  // What an optimiser trains, with fused matrices; excludes a fixed embedding.
  NamedTensors Parameters() const;
  // Every weight under its name in transformers' LlamaForCausalLM, sharing this model's memory.
  NamedTensors LlamaTensors() const;

  // Moves the weights in place; tensors handed out by Parameters() stay valid, views by LlamaTensors() do not.
  void To(at::Device device, at::ScalarType type);
  // No weight takes a gradient from now on.
  void Freeze();

 private:
  at::Tensor Embed(const at::Tensor& ids) const;
  const at::Tensor& head() const { return config_.tied_embeddings ? embedding_ : head_; }

  LlamaConfig config_;
  at::Tensor embedding_;  // [vocab, width]
  Transformer transformer_;
  at::Tensor head_;  // [vocab, width], undefined if tied
};

}  // namespace trivium
