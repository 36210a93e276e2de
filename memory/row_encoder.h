// Sentences -> memory rows, through a frozen language model (data layout of kNN-LM, Khandelwal et al. 2020, arXiv
// 1911.00172, read inside the network). The unit of a row is the word: row t of a sentence says "after words 0..t-1
// comes word t".
//   value = word vector of word t: the frozen embeddings of its n pieces, bound by position:
//           (e(p1) + P e(p2) + P^2 e(p3)..) / sqrt(n); for n > 1, halfway to a vector of signs of the word's own, drawn
//           by a hash of its pieces: names that share pieces ("zarko", "zarmo") are else too much alike to be told
//           apart among many
//   key   = [what it means ; which words stood there ; in which order], each part with mean square 1
// Two kinds of keys:
//   prefix   frozen hidden state at the end of word t-1 ; mean of the word vectors before t ; the last words before t,
//            each bound to its distance by a fixed permutation
//   content  the same three, each word counting for what it tells (its surprisal under the frozen model, as function
//            words count for little in SIF, Arora et al. 2017), and the first part is the mean of what the frozen
//            layers add to the words before t. A question's words are weighted alike, and a row that says a word which
//            tells little is read little (Rows::prior).
// The third part of the key tells "2 blip 3" from "3 blip 2": without it the
// operator tables were not learned (stage2_reasoning/README.md, Decisions).
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/nn/text_encoder.h"
#include "core/text/tokenizer.h"

namespace trivium {

struct RowEncoderConfig {
  int64_t layer = -1;  // hidden states after this block; -1: the middle one (half of the blocks, at least 1)
  bool content_keys = false;
  double order_decay = 0.8;  // weight of a word in the ordered part of the key, per word of distance
};

// Prefix features of every word of a list of sentences, padded on the right.
struct EncodedSentences {
  at::Tensor keys;     // [sentences, words, 3 * width] float32: the key made of words 0..t, for each t
  at::Tensor vectors;  // [sentences, words, width] float32: the word vectors
  // What a question's words say to the controller: the word vector, and the frozen hidden state at the word's end with
  // mean square 1; for content keys what the layers added to it, and both times the word's weight.
  at::Tensor weighted, hidden;   // [sentences, words, width] float32
  at::Tensor weights;            // [sentences, words] float32 in (0, 1]: what each word counts for; 1 for prefix keys
  std::vector<int64_t> lengths;  // words of each sentence
};

class RowEncoder {
 public:
  // REQUIRES: encoder outlives this.
  RowEncoder(const TextEncoder& encoder, const RowEncoderConfig& config);

  // Thread-safe. UsageError for an empty sentence or one longer than the model's context, quoting it.
  absl::StatusOr<EncodedSentences> Encode(const std::vector<std::string>& sentences) const;
  // Whether Encode takes the sentence, without encoding it.
  absl::Status Check(const std::string& sentence) const { return Pieces(sentence).status(); }

  // The vectors of words, each as it would be in a sentence: [words, width]. REQUIRES: no text is blank.
  at::Tensor WordVectors(const std::vector<std::string>& words) const;

  int64_t width() const { return encoder_.width(); }
  int64_t key_width() const { return 3 * encoder_.width(); }
  const TextEncoder& encoder() const { return encoder_; }
  // Where the frozen model lies, and all that Encode and WordVectors give.
  at::Device device() const { return encoder_.Embeddings().device(); }
  // Word vectors of the vocabulary's pieces: [vocab, width], mean square 1 each, on the CPU.
  const at::Tensor& piece_vectors() const { return pieces_; }

 private:
  // Sentences as the frozen model reads them, on the CPU.
  struct Tokens {
    at::Tensor ids;                // [sentences, tokens]
    at::Tensor last;               // [sentences, words]: the token at the end of each word
    at::Tensor pieces;             // [sentences, words, pieces]: ids by word, -1 where there is none
    std::vector<int64_t> counts;   // tokens of each sentence
    std::vector<int64_t> lengths;  // words of each sentence
  };
  absl::StatusOr<Tokens> Tokenize(const std::vector<std::string>& sentences) const;
  // A sentence's words as pieces, at least one and no more than fit into the model's context.
  absl::StatusOr<std::vector<Word>> Pieces(const std::string& sentence) const;
  // Tokens that a sentence begins with: one of content begins as texts do, so that what its first word tells is known.
  int64_t first_tokens() const { return content_keys_ ? 1 : 0; }
  // The vectors of words by their pieces: [..., pieces] int64 on the CPU, -1 where a word has fewer -> [..., width] on
  // the CPU (BindPieces).
  at::Tensor Bind(const at::Tensor& pieces) const;
  // weighted: [sentences, words, width] -> keys [sentences, words, 3 * width] on the CPU, of which the first third,
  // which is of the frozen model, is yet to be filled (SumWords).
  at::Tensor OrderedKeys(const at::Tensor& weighted) const;
  // HiddenStates of padded rows of `lengths` tokens, those of like length together, so that one long row makes no
  // others longer.
  at::Tensor States(const at::Tensor& ids, const std::vector<int64_t>& lengths,
                    const std::vector<int64_t>& layers) const;
  // What the words of content count for, [sentences, words, 1] in (0, 1). ids: [sentences, tokens], the first token of
  // each the beginning of a text; states: [sentences, tokens, width], the last block's; ends: where the words end.
  at::Tensor Weights(const at::Tensor& ids, const at::Tensor& states, const at::Tensor& ends,
                     const std::vector<int64_t>& lengths) const;

  const TextEncoder& encoder_;
  int64_t layer_;
  bool content_keys_;
  double order_decay_;
  at::Tensor pieces_;          // [vocab, width] on the CPU
  std::vector<int64_t> turn_;  // a permutation of the width's channels
  at::Tensor signs_;           // [digits of a hash * their base, width] of 1 and -1, on the CPU
};

}  // namespace trivium
