// See token_windows.h.
#include "stage1_language/tokens/token_windows.h"

#include <algorithm>

namespace trivium {
namespace {

constexpr int64_t kBuckets = 16;  // a row is padded by at most a sixteenth of a block

// An entry, drawn in proportion to its weight. REQUIRES: there is one.
template <class T>
const T& DrawByWeight(Rng& rng, const std::vector<T>& entries) {
  double total = 0;
  for (const T& entry : entries) total += entry.weight;
  double rest = rng.Uniform() * total;
  for (const T& entry : entries) {
    rest -= entry.weight;
    if (rest < 0) return entry;
  }
  return entries.back();
}

}  // namespace

TokenWindows::TokenWindows(const TokenStore& store, int64_t block_tokens, const std::vector<StreamSource>& sources) {
  std::vector<Bucket> buckets(kBuckets);
  int64_t document = 0;
  for (const StreamSource& source : sources) {
    std::vector<Cell> cells(kBuckets);
    int64_t windows = 0;
    for (const int64_t last = document + source.documents; document < last; ++document) {
      const int64_t end = store.Begin(document + 1);
      for (int64_t begin = store.Begin(document) + 1; begin < end; begin += block_tokens) {
        const int64_t count = std::min(block_tokens, end - begin);
        cells[static_cast<size_t>((count - 1) * kBuckets / block_tokens)].windows.push_back({begin, count});
        ++windows;
      }
    }
    for (size_t i = 0; i < buckets.size(); ++i) {
      if (cells[i].windows.empty()) continue;
      cells[i].weight = source.weight * static_cast<double>(cells[i].windows.size()) / static_cast<double>(windows);
      buckets[i].weight += cells[i].weight;
      buckets[i].cells.push_back(std::move(cells[i]));
    }
  }
  for (Bucket& bucket : buckets) {
    if (!bucket.cells.empty()) buckets_.push_back(std::move(bucket));
  }
}

std::vector<TokenWindow> TokenWindows::Draw(Rng& rng, int64_t items) const {
  const Bucket& bucket = DrawByWeight(rng, buckets_);
  std::vector<TokenWindow> windows;
  for (int64_t i = 0; i < items; ++i) windows.push_back(rng.Pick(DrawByWeight(rng, bucket.cells).windows));
  return windows;
}

}  // namespace trivium
