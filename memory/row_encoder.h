// Sentences -> memory rows, through a frozen language model (data layout of kNN-LM, Khandelwal et al. 2020, arXiv
// 1911.00172, read inside the network). The unit of a row is the word: row t of a sentence says "after words 0..t-1
// comes word t".
//   key   = [frozen hidden state at the end of word t-1 ; mean of the word vectors before t ; the last words before t,
//            each bound to its distance by a fixed permutation], each part with mean square 1
//   value = word vector of word t: the frozen embeddings of its pieces, bound by position: e(p1) + P e(p2) + P^2
//   e(p3)..
// The third part of the key, which the plan of record does not have, tells "2 blip 3" from "3 blip 2": without it the
// operator tables were not learned (stage2_reasoning/README.md, Decisions).
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/nn/text_encoder.h"

namespace trivium {

struct RowEncoderConfig {
  int64_t layer = -1;        // hidden states after this block; -1: the middle one (half of the blocks, at least 1)
  double order_decay = 0.8;  // weight of a word in the ordered part of the key, per word of distance
};

// Prefix features of every word of a list of sentences, padded on the right.
struct EncodedSentences {
  at::Tensor keys;     // [sentences, words, 3 * width] float32: the key made of words 0..t, for each t
  at::Tensor vectors;  // [sentences, words, width] float32: the word vectors
  at::Tensor hidden;   // [sentences, words, width] float32: the frozen hidden state at the end of word t, mean square 1
  std::vector<int64_t> lengths;  // words of each sentence
};

class RowEncoder {
 public:
  // REQUIRES: encoder outlives this.
  RowEncoder(const TextEncoder& encoder, const RowEncoderConfig& config);

  // Thread-safe. UsageError for an empty sentence or one longer than the model's context, quoting it.
  absl::StatusOr<EncodedSentences> Encode(const std::vector<std::string>& sentences) const;

  int64_t width() const { return encoder_.width(); }
  int64_t key_width() const { return 3 * encoder_.width(); }
  const TextEncoder& encoder() const { return encoder_; }
  // Word vectors of the vocabulary's pieces: [vocab, width], mean square 1 each.
  const at::Tensor& piece_vectors() const { return pieces_; }
  // x: [..., width] -> P^times x; times may be negative.
  at::Tensor Permute(const at::Tensor& x, int64_t times) const;

 private:
  const TextEncoder& encoder_;
  int64_t layer_;
  double order_decay_;
  at::Tensor pieces_;                 // [vocab, width]
  at::Tensor permutation_, inverse_;  // [width] int64
};

// x / sqrt(mean(x^2) + 1e-5) over the last dimension.
at::Tensor UnitMeanSquare(const at::Tensor& x);

}  // namespace trivium
