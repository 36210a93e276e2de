// What stage 2 sees of any language model: token ids in, hidden states out. The only door between the stages:
// stage1_language/model/frozen_lm.h implements it, and any other Llama-layout model can.
// Dimension names of the whole project: items, tokens, rows, loops, width, heads, slots, vocab.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/nn/tensor_fwd.h"
#include "core/text/spelling.h"

namespace trivium {

class Tokenizer;

// Thread-safe for reading. No result has a gradient.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  virtual int64_t width() const = 0;
  // Number of blocks; the layers that HiddenStates accepts are 0..num_layers().
  virtual int64_t num_layers() const = 0;
  // The longest sequence HiddenStates accepts, in tokens.
  virtual int64_t max_tokens() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  // How its texts are written: what people type is brought into this form.
  virtual Spelling spelling() const = 0;

  // [vocab, width] float32. Shares the model's memory: REQUIRES that nobody writes to it (CheckUnchanged notices).
  virtual at::Tensor Embeddings() const = 0;

  // ids: [items, tokens] int64, padded on the right with any valid id. layers: 0 is the token embeddings, i the
  // residual stream after block i, in the order asked for. Result: [items, tokens, layers.size() * width] float32;
  // since the model is causal, padding changes nothing to its left. REQUIRES: ids in [0, vocab), tokens <=
  // max_tokens(), layers in range; throws c10::Error otherwise.
  virtual at::Tensor HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const = 0;

  // How much each token tells: -log p(token | all before it), in nats. states: [n, width], the residual stream after
  // the last block where the token is predicted; ids: [n] int64, the tokens. Result: [n] float32.
  virtual at::Tensor Surprisals(const at::Tensor& states, const at::Tensor& ids) const = 0;

  // The artefact's identity: equal for equal config, weights and tokenizer.
  virtual std::string sha256() const = 0;
  // "trained", "random" for the never-trained control, or "imported" for a model from elsewhere.
  virtual const std::string& kind() const = 0;

  // Guards of the frozen state, called before and after training. Failed if the weights in memory are no longer those
  // that sha256() names.
  virtual absl::Status CheckUnchanged() const = 0;
  // Failed, naming the parameter, if one of `parameters` is (a view of) this encoder's weights.
  virtual absl::Status CheckNotAmong(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const = 0;
};

}  // namespace trivium
