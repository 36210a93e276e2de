// See token_stream.h: one long sequence of ids, cut anew for every step.
#include "stage1_language/tokens/token_stream.h"

#include <algorithm>
#include <utility>

namespace trivium {

absl::StatusOr<TokenStream> TokenStream::Build(const std::vector<std::string>& documents, const Tokenizer& tokenizer,
                                               int64_t block_tokens, SeedTree seeds) {
  return Build(TokenStore::Encode(documents, tokenizer), tokenizer, {.block_tokens = block_tokens}, seeds);
}

absl::StatusOr<TokenStream> TokenStream::Build(TokenStore store, const Tokenizer& tokenizer, const StreamConfig& config,
                                               SeedTree seeds) {
  if (config.block_tokens < 1) return UsageError("train.block_tokens must be at least 1");
  const SpecialIds special = {tokenizer.unk(), tokenizer.bos(), tokenizer.eos(), tokenizer.pad(),
                              tokenizer.vocab_size()};
  TokenStream stream(std::move(store), config, special, seeds);
  if (stream.tokens() < config.block_tokens + 1) {
    return UsageError("the corpus holds " + std::to_string(stream.tokens()) + " tokens, fewer than one block of " +
                      std::to_string(config.block_tokens + 1) + "; give more text or lower train.block_tokens");
  }
  RETURN_IF_ERROR(stream.CutSources());
  return stream;
}

absl::Status TokenStream::CutSources() {
  if (config_.pack == "documents") {
    std::vector<StreamSource> all = {{.documents = store_.documents()}};
    windows_.emplace(store_, config_.block_tokens, config_.sources.empty() ? all : config_.sources);
    return windows_->empty() ? UsageError("the corpus holds no tokens") : absl::OkStatus();
  }
  if (config_.sources.empty()) {
    stretches_ = {{.begin = 0, .end = tokens()}};
    return absl::OkStatus();
  }
  double total = 0, share = 0;
  for (const StreamSource& source : config_.sources) total += source.weight;
  int64_t document = 0;
  for (const StreamSource& source : config_.sources) {
    const int64_t begin = store_.Begin(document), end = store_.Begin(document += source.documents);
    if (end - begin < block_tokens() + 1) {
      return UsageError("source " + std::to_string(stretches_.size() + 1) + " of the mixture holds " +
                        std::to_string(end - begin) + " tokens, fewer than one block of " +
                        std::to_string(block_tokens() + 1) +
                        "; leave it away, lower train.block_tokens or leave corpus.weights empty");
    }
    share += source.weight / total;
    stretches_.push_back({.begin = begin, .end = end, .share_after = share});
  }
  return absl::OkStatus();
}

std::vector<int64_t> TokenStream::Batch(int64_t step, int64_t items) const {
  Rng rng = seeds_.Child("batch").Child(static_cast<uint64_t>(step)).MakeRng();
  if (windows_) return DocumentRows(rng, items);
  std::vector<int64_t> batch;
  batch.reserve(static_cast<size_t>(items * (block_tokens() + 1)));
  for (int64_t i = 0; i < items; ++i) {
    const Stretch* stretch = &stretches_.back();
    if (stretches_.size() > 1) {
      const double place = rng.Uniform();
      stretch = &*std::find_if(stretches_.begin(), stretches_.end() - 1,
                               [place](const Stretch& each) { return place < each.share_after; });
    }
    const auto starts = static_cast<uint64_t>(stretch->end - stretch->begin - block_tokens());
    store_.Append(stretch->begin + static_cast<int64_t>(rng.Below(starts)), block_tokens() + 1, &batch);
  }
  return batch;
}

std::vector<int64_t> TokenStream::DocumentRows(Rng& rng, int64_t items) const {
  const std::vector<TokenWindow> windows = windows_->Draw(rng, items);
  int64_t longest = 0;
  for (const TokenWindow& window : windows) longest = std::max(longest, window.count);
  std::vector<int64_t> rows;
  rows.reserve(static_cast<size_t>(items * (longest + 1)));
  for (const TokenWindow& window : windows) {
    rows.push_back(special_.bos);
    store_.Append(window.begin, window.count, &rows);
    rows.insert(rows.end(), static_cast<size_t>(longest - window.count), kIgnoredToken);
  }
  return rows;
}

TokenBatch TokenStream::TrainingBatch(int64_t step, int64_t items) const {
  const std::vector<int64_t> rows = Batch(step, items);
  const int64_t row = static_cast<int64_t>(rows.size()) / items;
  TokenBatch batch{.items = items, .tokens = row - 1};
  for (auto begin = rows.begin(); begin != rows.end(); begin += row) {
    batch.inputs.insert(batch.inputs.end(), begin, begin + row - 1);
    batch.targets.insert(batch.targets.end(), begin + 1, begin + row);
  }
  std::replace(batch.inputs.begin(), batch.inputs.end(), kIgnoredToken, special_.pad);
  batch.counted = static_cast<int64_t>(batch.targets.size()) -
                  std::count(batch.targets.begin(), batch.targets.end(), kIgnoredToken);
  if (config_.token_noise > 0 || config_.token_mask > 0) Disturb(step, &batch.inputs);
  return batch;
}

void TokenStream::Disturb(int64_t step, std::vector<int64_t>* inputs) const {
  const auto is_special = [this](int64_t id) {
    return id == special_.unk || id == special_.bos || id == special_.eos || id == special_.pad;
  };
  Rng rng = seeds_.Child("noise").Child(static_cast<uint64_t>(step)).MakeRng();
  for (int64_t& id : *inputs) {
    const double place = rng.Uniform();
    if (is_special(id)) continue;
    if (place < config_.token_mask) {
      id = special_.unk;
    } else if (place < config_.token_mask + config_.token_noise) {
      do {
        id = static_cast<int64_t>(rng.Below(static_cast<uint64_t>(special_.vocab)));
      } while (is_special(id));
    }
  }
}

std::vector<int64_t> TokenStream::Blocks(int64_t items) const {
  const int64_t row = block_tokens() + 1;
  std::vector<int64_t> blocks;
  store_.Append(0, std::min<int64_t>(items, tokens() / row) * row, &blocks);
  return blocks;
}

}  // namespace trivium
