// The store of feature_cache.h: a list by age and an index into it.
#include "stage1_language/model/feature_cache.h"

#include <utility>

namespace trivium {
namespace {

void AppendNumbers(const std::vector<int64_t>& numbers, std::string& key) {
  const auto count = static_cast<int64_t>(numbers.size());
  key.append(reinterpret_cast<const char*>(&count), sizeof(count));
  key.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(int64_t));
}

}  // namespace

double FeatureCacheCounts::SecondsSaved() const {
  return missed_tokens > 0 ? encode_seconds / static_cast<double>(missed_tokens) * static_cast<double>(hit_tokens)
                           : 0.0;
}

std::string FeatureCache::Key(const std::string& lm_sha256, const std::vector<int64_t>& layers,
                              const std::vector<int64_t>& ids) {
  std::string key = lm_sha256;
  AppendNumbers(layers, key);
  AppendNumbers(ids, key);
  return key;
}

FeatureCache::Features FeatureCache::Find(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto place = places_.find(key);
  if (place == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, place->second);
  return place->second->features;
}

void FeatureCache::Put(const std::string& key, Features features) {
  // The key stands in the list and in the index.
  const uint64_t bytes = 2 * key.size() + features->size() * sizeof(float) + sizeof(Entry);
  std::lock_guard lock(mutex_);
  if (bytes > max_bytes_ || places_.count(key) > 0) return;
  while (counts_.bytes + bytes > max_bytes_) {
    const Entry& oldest = entries_.back();
    counts_.bytes -= oldest.bytes;
    places_.erase(oldest.key);
    entries_.pop_back();
    ++counts_.evicted;
  }
  entries_.push_front({key, std::move(features), bytes});
  places_[key] = entries_.begin();
  counts_.bytes += bytes;
}

void FeatureCache::CountHit(int64_t tokens) {
  std::lock_guard lock(mutex_);
  ++counts_.hits;
  counts_.hit_tokens += tokens;
}

void FeatureCache::CountMisses(int64_t texts, int64_t tokens, double seconds) {
  std::lock_guard lock(mutex_);
  counts_.misses += texts;
  counts_.missed_tokens += tokens;
  counts_.encode_seconds += seconds;
}

FeatureCacheCounts FeatureCache::Counts() const {
  std::lock_guard lock(mutex_);
  FeatureCacheCounts counts = counts_;
  counts.entries = static_cast<int64_t>(entries_.size());
  return counts;
}

}  // namespace trivium
