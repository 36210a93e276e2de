// Documents cut into windows of at most a block, drawn so that the windows of a batch are about equally long: the rows
// of a batch whose rows hold one document each. Used by token_stream.cc. Torch-free.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/seed_tree.h"
#include "stage1_language/tokens/token_store.h"

namespace trivium {

// A stretch of documents of a TokenStore that is drawn with its own weight.
struct StreamSource {
  int64_t documents = 0;
  double weight = 1;
};

// `count` ids of a document from `begin` on, without its bos.
struct TokenWindow {
  int64_t begin = 0, count = 0;
};

class TokenWindows {
 public:
  // Windows of at most `block_tokens` ids; a source's weight is shared by its windows. The sources follow each other.
  TokenWindows(const TokenStore& store, int64_t block_tokens, const std::vector<StreamSource>& sources);

  // Windows of one bucket of lengths, drawn with repetition: over many batches each window of a source comes equally
  // often, and a source as often as its weight says.
  std::vector<TokenWindow> Draw(Rng& rng, int64_t items) const;
  bool empty() const { return buckets_.empty(); }

 private:
  // The windows of one source in one bucket.
  struct Cell {
    std::vector<TokenWindow> windows;
    double weight = 0;
  };
  struct Bucket {
    std::vector<Cell> cells;
    double weight = 0;
  };
  std::vector<Bucket> buckets_;  // without empty ones
};

}  // namespace trivium
