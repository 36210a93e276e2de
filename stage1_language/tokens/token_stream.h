// Documents packed into blocks of token ids for training and evaluation. Torch-free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/text/tokenizer.h"
#include "stage1_language/tokens/token_store.h"
#include "stage1_language/tokens/token_windows.h"

namespace trivium {

// A target that is not predicted: padding.
inline constexpr int64_t kIgnoredToken = -100;

struct StreamConfig {
  int64_t block_tokens = 64;
  // "stream": a row is any stretch of the documents written one behind the other. "documents": a row is bos and a
  // window of one document; the rows of a batch are about equally long, and the rest of a row is padding that no loss
  // counts.
  std::string pack = "stream";
  double token_noise = 0;  // share of the inputs that become a random id
  double token_mask = 0;   // share of the inputs that become the tokenizer's unknown id
  // Stretches of documents with their share of the rows; empty: all alike. REQUIRES: they add up to all documents.
  std::vector<StreamSource> sources = {};
};

// A training batch, row-major [items, tokens]. Target i is what follows input i; noise and mask change inputs only.
struct TokenBatch {
  int64_t items = 0, tokens = 0;
  int64_t counted = 0;  // targets that are not kIgnoredToken
  std::vector<int64_t> inputs = {}, targets = {};
};

// Which source a row comes from is drawn row by row in proportion to the weights, so the shares are met in the mean,
// with the spread of independent draws.
class TokenStream {
 public:
  // UsageError if the documents, or those of a weighted source, fill less than one block.
  static absl::StatusOr<TokenStream> Build(TokenStore store, const Tokenizer& tokenizer, const StreamConfig& config,
                                           SeedTree seeds);
  // The same for documents in memory, as one stream without noise.
  static absl::StatusOr<TokenStream> Build(const std::vector<std::string>& documents, const Tokenizer& tokenizer,
                                           int64_t block_tokens, SeedTree seeds);

  // The rows of a step, a pure function of (seed, step): items x (block_tokens + 1) ids, row-major; inputs are the
  // first block_tokens of a row, targets the last. Blocks start anywhere, so the same text is met at every offset.
  // Packed by documents, rows are as long as the longest needs and end in kIgnoredToken.
  std::vector<int64_t> Batch(int64_t step, int64_t items) const;
  // The same as inputs and targets, with noise and mask: also a pure function of (seed, step).
  TokenBatch TrainingBatch(int64_t step, int64_t items) const;
  // Non-overlapping blocks from the start, for evaluation; at most `items` of them.
  std::vector<int64_t> Blocks(int64_t items) const;

  int64_t tokens() const { return store_.tokens(); }
  int64_t block_tokens() const { return config_.block_tokens; }
  // Bytes of text per token, for bits per byte.
  double bytes_per_token() const { return store_.bytes_per_token(); }

 private:
  // A source's ids in the stream, and the share of the rows of all sources up to this one.
  struct Stretch {
    int64_t begin = 0, end = 0;
    double share_after = 1;
  };
  // Ids that noise may not write or overwrite.
  struct SpecialIds {
    int64_t unk, bos, eos, pad, vocab;
  };

  TokenStream(TokenStore store, const StreamConfig& config, const SpecialIds& special, SeedTree seeds)
      : store_(std::move(store)), config_(config), special_(special), seeds_(seeds) {}
  absl::Status CutSources();
  std::vector<int64_t> DocumentRows(Rng& rng, int64_t items) const;
  void Disturb(int64_t step, std::vector<int64_t>* inputs) const;

  TokenStore store_;
  StreamConfig config_;
  SpecialIds special_;
  SeedTree seeds_;
  std::vector<Stretch> stretches_;       // pack "stream"; one for all unless sources are weighted
  std::optional<TokenWindows> windows_;  // pack "documents"
};

}  // namespace trivium
