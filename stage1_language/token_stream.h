// Documents packed into blocks of token ids for training and evaluation. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/text/tokenizer.h"

namespace trivium {

class TokenStream {
 public:
  // One id sequence: bos before every document. UsageError if the documents fill less than one block.
  static absl::StatusOr<TokenStream> Build(const std::vector<std::string>& documents, const Tokenizer& tokenizer,
                                           int64_t block_tokens, SeedTree seeds);

  // The batch of a step, a pure function of (seed, step): items x (block_tokens + 1) ids, row-major; inputs are the
  // first block_tokens of a row, targets the last. Blocks start anywhere, so the same text is met at every offset.
  std::vector<int64_t> Batch(int64_t step, int64_t items) const;
  // Non-overlapping blocks from the start, for evaluation; at most `items` of them.
  std::vector<int64_t> Blocks(int64_t items) const;

  int64_t tokens() const { return static_cast<int64_t>(ids_.size()); }
  int64_t block_tokens() const { return block_tokens_; }
  // Bytes of text per token, for bits per byte.
  double bytes_per_token() const { return bytes_per_token_; }

 private:
  TokenStream(int64_t block_tokens, SeedTree seeds) : block_tokens_(block_tokens), seeds_(seeds) {}
  int64_t block_tokens_;
  SeedTree seeds_;
  std::vector<int32_t> ids_;
  double bytes_per_token_ = 1;
};

}  // namespace trivium
