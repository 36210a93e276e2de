// See token_stream.h: one long sequence of ids, cut anew for every step.
#include "stage1_language/token_stream.h"

#include <algorithm>

namespace trivium {

absl::StatusOr<TokenStream> TokenStream::Build(const std::vector<std::string>& documents, const Tokenizer& tokenizer,
                                               int64_t block_tokens, SeedTree seeds) {
  if (block_tokens < 1) return UsageError("train.block_tokens must be at least 1");
  TokenStream stream(block_tokens, seeds);
  size_t bytes = 0, text_tokens = 0;
  for (const std::string& document : documents) {
    const std::vector<int32_t> ids = tokenizer.Encode(document);
    stream.ids_.push_back(tokenizer.bos());
    stream.ids_.insert(stream.ids_.end(), ids.begin(), ids.end());
    bytes += document.size();
    text_tokens += ids.size();
  }
  if (stream.tokens() < block_tokens + 1) {
    return UsageError("the corpus holds " + std::to_string(stream.tokens()) + " tokens, fewer than one block of " +
                      std::to_string(block_tokens + 1) + "; give more text or lower train.block_tokens");
  }
  stream.bytes_per_token_ = static_cast<double>(bytes) / static_cast<double>(std::max<size_t>(text_tokens, 1));
  return stream;
}

std::vector<int64_t> TokenStream::Batch(int64_t step, int64_t items) const {
  Rng rng = seeds_.Child("batch").Child(static_cast<uint64_t>(step)).MakeRng();
  const uint64_t starts = ids_.size() - static_cast<size_t>(block_tokens_);
  std::vector<int64_t> batch;
  batch.reserve(static_cast<size_t>(items * (block_tokens_ + 1)));
  for (int64_t i = 0; i < items; ++i) {
    const auto begin = ids_.begin() + static_cast<int64_t>(rng.Below(starts));
    batch.insert(batch.end(), begin, begin + block_tokens_ + 1);
  }
  return batch;
}

std::vector<int64_t> TokenStream::Blocks(int64_t items) const {
  const int64_t row = block_tokens_ + 1;
  const int64_t count = std::min<int64_t>(items, tokens() / row);
  return {ids_.begin(), ids_.begin() + count * row};
}

}  // namespace trivium
