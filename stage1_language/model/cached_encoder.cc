// The encoder of feature_cache.h: rows of ids to features, known ones from the store.
#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"
#include "core/text/tokenizer.h"
#include "stage1_language/model/feature_cache.h"

namespace trivium {
namespace {

struct Row {
  std::vector<int64_t> ids;  // without padding, at least one
  FeatureCache::Features features;
};

std::vector<Row> SplitRows(const at::Tensor& ids, int64_t padding) {
  const at::Tensor here = ids.to(at::kCPU).contiguous();
  const int64_t* id = here.data_ptr<int64_t>();
  std::vector<Row> rows(static_cast<size_t>(here.size(0)));
  for (Row& row : rows) {
    row.ids.assign(id, id + here.size(1));
    while (row.ids.size() > 1 && row.ids.back() == padding) row.ids.pop_back();
    id += here.size(1);
  }
  return rows;
}

// New texts -> their features, all in one call of the encoder.
std::vector<std::vector<float>> Encode(const TextEncoder& encoder, const std::vector<const Row*>& rows,
                                       const std::vector<int64_t>& layers, int64_t padding) {
  size_t most = 1;
  for (const Row* row : rows) most = std::max(most, row->ids.size());
  std::vector<int64_t> ids;
  for (const Row* row : rows) {
    ids.insert(ids.end(), row->ids.begin(), row->ids.end());
    ids.resize(ids.size() + most - row->ids.size(), padding);
  }
  const auto count = static_cast<int64_t>(rows.size());
  const at::Tensor batch = torch::tensor(ids, at::kLong).view({count, static_cast<int64_t>(most)});
  const at::Tensor states = encoder.HiddenStates(batch, layers).to(at::kCPU, at::kFloat).contiguous();
  const auto channels = static_cast<size_t>(states.size(2));
  const float* state = states.data_ptr<float>();
  std::vector<std::vector<float>> features;
  for (const Row* row : rows) {
    features.emplace_back(state, state + row->ids.size() * channels);
    state += most * channels;
  }
  return features;
}

}  // namespace

CachedEncoder::CachedEncoder(std::shared_ptr<const TextEncoder> encoder, std::shared_ptr<FeatureCache> cache)
    : encoder_(std::move(encoder)), cache_(std::move(cache)), sha256_(encoder_->sha256()) {}

at::Tensor CachedEncoder::Embeddings() const { return encoder_->Embeddings(); }

at::Tensor CachedEncoder::HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const {
  const at::NoGradGuard no_gradients;
  CheckShape(ids, {kAnySize, kAnySize}, "token ids");
  const int64_t padding = tokenizer().unk(), tokens = ids.size(1);
  if (ids.numel() == 0) return encoder_->HiddenStates(ids, layers);
  std::vector<Row> rows = SplitRows(ids, padding);

  std::vector<std::string> keys;
  std::map<std::string, size_t> is_new;  // key -> its place in `fresh`
  std::vector<const Row*> fresh;
  std::vector<size_t> waiting;  // rows of new texts
  int64_t fresh_tokens = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    keys.push_back(FeatureCache::Key(sha256_, layers, rows[i].ids));
    const auto count = static_cast<int64_t>(rows[i].ids.size());
    rows[i].features = cache_->Find(keys[i]);
    const bool is_first = rows[i].features == nullptr && is_new.emplace(keys[i], fresh.size()).second;
    if (rows[i].features == nullptr) waiting.push_back(i);
    if (is_first) {
      fresh.push_back(&rows[i]);
      fresh_tokens += count;
    } else {
      cache_->CountHit(count);
    }
  }
  if (!fresh.empty()) {
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::vector<float>> features = Encode(*encoder_, fresh, layers, padding);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    cache_->CountMisses(static_cast<int64_t>(fresh.size()), fresh_tokens, seconds.count());
    std::vector<FeatureCache::Features> shared;
    for (std::vector<float>& one : features)
      shared.push_back(std::make_shared<const std::vector<float>>(std::move(one)));
    for (const size_t i : waiting) rows[i].features = shared[is_new.at(keys[i])];
    for (const auto& [key, place] : is_new) cache_->Put(key, shared[place]);
  }

  const int64_t channels = static_cast<int64_t>(layers.size()) * width();
  at::Tensor states = at::zeros({ids.size(0), tokens, channels});
  float* state = states.data_ptr<float>();
  for (const Row& row : rows) {
    std::copy(row.features->begin(), row.features->end(), state);
    state += tokens * channels;
  }
  return states.to(ids.device());
}

at::Tensor CachedEncoder::Surprisals(const at::Tensor& states, const at::Tensor& ids) const {
  return encoder_->Surprisals(states, ids);
}

absl::Status CachedEncoder::CheckNotAmong(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const {
  return encoder_->CheckNotAmong(parameters);
}

}  // namespace trivium
