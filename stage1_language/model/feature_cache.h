// Hidden states of texts that were encoded before: a bounded store, and a TextEncoder that looks there first. For
// sentences that repeat, such as the facts of a mounted world asked about again and again. What is stored is what the
// model computed when it first met the text; a batch of another shape may differ from that in the last bits.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/nn/text_encoder.h"

namespace trivium {

// What a cache has done so far.
struct FeatureCacheCounts {
  int64_t hits = 0, misses = 0;  // texts
  int64_t hit_tokens = 0, missed_tokens = 0;
  int64_t entries = 0, evicted = 0;  // held now; dropped for lack of room
  uint64_t bytes = 0;                // held now, keys included
  double encode_seconds = 0.0;       // spent on the misses

  // Seconds a token took to encode, times the tokens found.
  double SecondsSaved() const;
};

// Texts -> features, the least recently used dropped first. Thread-safe, and torch-free.
class FeatureCache {
 public:
  using Features = std::shared_ptr<const std::vector<float>>;  // [tokens * channels]

  explicit FeatureCache(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // The key of a text under one model and choice of layers.
  static std::string Key(const std::string& lm_sha256, const std::vector<int64_t>& layers,
                         const std::vector<int64_t>& ids);

  // Null if the text is not there.
  Features Find(const std::string& key);
  // Keeps the features if they fit at all.
  void Put(const std::string& key, Features features);

  // For the counts: what was found, and what had to be encoded in how long.
  void CountHit(int64_t tokens);
  void CountMisses(int64_t texts, int64_t tokens, double seconds);
  FeatureCacheCounts Counts() const;

 private:
  struct Entry {
    std::string key;
    Features features;
    uint64_t bytes;
  };

  mutable std::mutex mutex_;
  uint64_t max_bytes_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> places_;
  FeatureCacheCounts counts_;
};

// An encoder with a cache before it; everything but HiddenStates is the encoder's. Several may share one cache.
class CachedEncoder : public TextEncoder {
 public:
  CachedEncoder(std::shared_ptr<const TextEncoder> encoder, std::shared_ptr<FeatureCache> cache);

  int64_t width() const override { return encoder_->width(); }
  int64_t num_layers() const override { return encoder_->num_layers(); }
  int64_t max_tokens() const override { return encoder_->max_tokens(); }
  const Tokenizer& tokenizer() const override { return encoder_->tokenizer(); }
  Spelling spelling() const override { return encoder_->spelling(); }
  at::Tensor Embeddings() const override;
  // Encodes each text once that is new, all new ones of the call together. Ids `tokenizer().unk()` at the end of a row,
  // which no text has, count as padding: the states there are zeros.
  at::Tensor HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const override;
  at::Tensor Surprisals(const at::Tensor& states, const at::Tensor& ids) const override;
  std::string sha256() const override { return sha256_; }
  const std::string& kind() const override { return encoder_->kind(); }
  absl::Status CheckUnchanged() const override { return encoder_->CheckUnchanged(); }
  absl::Status CheckNotAmong(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const override;

 private:
  std::shared_ptr<const TextEncoder> encoder_;
  std::shared_ptr<FeatureCache> cache_;
  std::string sha256_;
};

}  // namespace trivium
