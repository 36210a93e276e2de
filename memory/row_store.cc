// See row_store.h.
#include "memory/row_store.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <utility>

namespace trivium {

RowStore::RowStore(int64_t key_width, int64_t width, const RowIndexOptions& options)
    : index_(key_width, options), values_(at::zeros({0, width}, at::kFloat)) {}

void RowStore::Reserve(int64_t more) {
  const int64_t needed = slots() + more - static_cast<int64_t>(free_slots_.size());
  if (needed <= values_.size(0)) return;
  at::Tensor larger = at::zeros({std::max(needed, values_.size(0) * 3 / 2), values_.size(1)}, at::kFloat);
  larger.narrow(0, 0, slots()).copy_(values());
  values_ = larger;
}

std::vector<int64_t> RowStore::Add(const std::vector<std::string>& prefixes, const at::Tensor& keys,
                                   const at::Tensor& values, const at::Tensor& prior) {
  const auto count = static_cast<int64_t>(prefixes.size());
  if (count == 0) return {};
  Reserve(count);
  const at::Tensor priors = prior.contiguous();
  std::vector<int64_t> slots, new_keys, sources;
  for (int64_t i = 0; i < count; ++i) {
    int64_t slot = static_cast<int64_t>(key_of_slot_.size());
    if (!free_slots_.empty()) {
      slot = free_slots_.back();
      free_slots_.pop_back();
    } else {
      key_of_slot_.push_back(-1);
      prior_.push_back(0.0F);
    }
    const float weight = priors.data_ptr<float>()[i];
    const std::string& prefix = prefixes[static_cast<size_t>(i)];
    const auto [found, is_new] = key_of_prefix_.try_emplace(prefix, static_cast<int64_t>(keys_.size()));
    if (is_new) {
      if (!free_keys_.empty()) {
        found->second = free_keys_.back();
        free_keys_.pop_back();
        keys_[static_cast<size_t>(found->second)] = {prefix, {}};
      } else {
        keys_.push_back({prefix, {}});
      }
      new_keys.push_back(found->second);
      sources.push_back(i);
    }
    auto& rows = keys_[static_cast<size_t>(found->second)].rows;
    const std::pair<float, int64_t> row(-weight, slot);
    rows.insert(std::upper_bound(rows.begin(), rows.end(), row), row);
    // New keys get their priors below, when the index knows them.
    if (!is_new && rows.front() == row &&
        std::find(new_keys.begin(), new_keys.end(), found->second) == new_keys.end()) {
      index_.SetPrior(found->second, weight);
    }
    key_of_slot_[static_cast<size_t>(slot)] = found->second;
    prior_[static_cast<size_t>(slot)] = weight;
    slots.push_back(slot);
  }
  rows_ += count;
  values_.index_copy_(0, torch::tensor(slots), values);
  if (!new_keys.empty()) {
    std::vector<float> most;
    for (int64_t key : new_keys) most.push_back(-keys_[static_cast<size_t>(key)].rows.front().first);
    index_.Add(new_keys, keys.index_select(0, torch::tensor(sources)), torch::tensor(most));
  }
  return slots;
}

void RowStore::Remove(const std::vector<int64_t>& slots) {
  for (int64_t slot : slots) {
    const int64_t number = std::exchange(key_of_slot_[static_cast<size_t>(slot)], -1);
    Key& key = keys_[static_cast<size_t>(number)];
    const std::pair<float, int64_t> row(-prior_[static_cast<size_t>(slot)], slot);
    key.rows.erase(std::lower_bound(key.rows.begin(), key.rows.end(), row));
    if (key.rows.empty()) {
      index_.Remove(number);
      key_of_prefix_.erase(key.prefix);
      key = Key();
      free_keys_.push_back(number);
    } else {
      index_.SetPrior(number, -key.rows.front().first);
    }
    free_slots_.push_back(slot);
  }
  rows_ -= static_cast<int64_t>(slots.size());
}

at::Tensor RowStore::Priors() const { return PriorsOf(at::arange(slots(), at::kLong)); }

at::Tensor RowStore::PriorsOf(const at::Tensor& slots) const {
  const at::Tensor wanted = slots.contiguous();
  at::Tensor priors = at::empty(wanted.sizes(), at::kFloat);
  const int64_t* numbers = wanted.data_ptr<int64_t>();
  float* prior = priors.data_ptr<float>();
  for (int64_t i = 0; i < wanted.numel(); ++i) {
    const auto slot = static_cast<size_t>(numbers[i]);
    prior[i] = key_of_slot_[slot] < 0 ? static_cast<float>(kNoMatch) : prior_[slot];
  }
  return priors;
}

at::Tensor RowStore::Scores(const at::Tensor& queries, double scale) const {
  const at::Tensor by_key = index_.Cosines(queries, static_cast<int64_t>(keys_.size()));
  const at::Tensor key = torch::tensor(key_of_slot_, at::kLong);
  return by_key.index_select(1, key.clamp_min(0)).mul_(scale).add_(Priors());
}

RowMatches RowStore::Best(const at::Tensor& queries, double scale, int64_t k) const {
  const RowMatches by_key = index_.Search(queries, scale, k);
  RowMatches matches{at::full_like(by_key.scores, kNoMatch), at::zeros_like(by_key.rows)};
  std::vector<std::pair<float, int64_t>> rows;  // (-score, slot), ascending
  for (int64_t q = 0; q < queries.size(0); ++q) {
    rows.clear();
    const float* scores = by_key.scores.data_ptr<float>() + q * k;
    const int64_t* found = by_key.rows.data_ptr<int64_t>() + q * k;
    for (int64_t i = 0; i < k && scores[i] > kNoMatch; ++i) {
      // Keys come best first: once there are k rows, a key below the worst of them has nothing better.
      if (static_cast<int64_t>(rows.size()) >= k && -scores[i] >= rows[static_cast<size_t>(k) - 1].first) break;
      const auto& of_key = keys_[static_cast<size_t>(found[i])].rows;
      const size_t middle = rows.size(), taken = std::min(of_key.size(), static_cast<size_t>(k));
      for (size_t j = 0; j < taken; ++j) {
        rows.emplace_back(-scores[i] + (of_key[j].first - of_key.front().first), of_key[j].second);
      }
      std::inplace_merge(rows.begin(), rows.begin() + static_cast<int64_t>(middle), rows.end());
      if (rows.size() > static_cast<size_t>(k)) rows.resize(static_cast<size_t>(k));
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      matches.scores.data_ptr<float>()[q * k + static_cast<int64_t>(i)] = -rows[i].first;
      matches.rows.data_ptr<int64_t>()[q * k + static_cast<int64_t>(i)] = rows[i].second;
    }
  }
  return matches;
}

}  // namespace trivium
