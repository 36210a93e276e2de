// See row_index.h: which rows there are, and in which lists they lie. What is found among them: row_search.cc.
#include "memory/row_index.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/base/seed_tree.h"
#include "core/nn/layers.h"
#include "memory/code_kernels.h"

namespace trivium {
namespace {

constexpr int64_t kBlockRows = 8192;     // rows of a list while there are no centroids
constexpr int64_t kSampledPerList = 32;  // rows that k-means sees for each centroid
constexpr int64_t kMeansSteps = 6;
constexpr uint64_t kSampleSeed = 0x726f7773;

}  // namespace

RowIndex::RowIndex(int64_t key_width, const RowIndexOptions& options) : key_width_(key_width), options_(options) {}

at::Tensor RowIndex::Keys(const List& list) const {
  return at::from_blob(const_cast<float*>(list.keys.data()), {static_cast<int64_t>(list.rows.size()), key_width_},
                       at::kFloat);
}

void RowIndex::Append(int64_t list, int64_t row, const float* key, float prior) {
  List& to = lists_[static_cast<size_t>(list)];
  if (row >= static_cast<int64_t>(places_.size())) places_.resize(static_cast<size_t>(row) + 1);
  places_[static_cast<size_t>(row)] = {static_cast<int32_t>(list), static_cast<int32_t>(to.rows.size())};
  to.keys.insert(to.keys.end(), key, key + key_width_);
  if (clustered()) {
    to.codes.resize(to.codes.size() + static_cast<size_t>(key_width_));
    to.scales.push_back(EncodeRow(key, key_width_, to.codes.data() + to.codes.size() - key_width_));
  }
  to.priors.push_back(prior);
  to.rows.push_back(row);
  to.most_prior = std::max(to.most_prior, prior);
}

void RowIndex::Add(const std::vector<int64_t>& rows, const at::Tensor& keys, const at::Tensor& prior) {
  if (rows.empty()) return;
  const at::Tensor source = keys.contiguous(), priors = prior.contiguous();
  at::Tensor nearest;
  if (clustered()) nearest = at::mm(source, centroids_.t()).argmax(1);
  for (size_t i = 0; i < rows.size(); ++i) {
    int64_t list = 0;
    if (clustered()) {
      list = nearest.data_ptr<int64_t>()[i];
    } else {
      if (lists_.empty() || static_cast<int64_t>(lists_.back().rows.size()) >= kBlockRows) lists_.emplace_back();
      list = lists() - 1;
    }
    Append(list, rows[i], source.data_ptr<float>() + static_cast<int64_t>(i) * key_width_, priors.data_ptr<float>()[i]);
  }
  size_ += static_cast<int64_t>(rows.size());
}

void RowIndex::Remove(int64_t row) {
  const Place place = places_[static_cast<size_t>(row)];
  List& list = lists_[static_cast<size_t>(place.list)];
  const auto position = static_cast<size_t>(place.position);
  // The last row takes its place.
  if (position + 1 != list.rows.size()) {
    std::copy(list.keys.end() - key_width_, list.keys.end(),
              list.keys.begin() + static_cast<int64_t>(position) * key_width_);
    if (clustered()) {
      std::copy(list.codes.end() - key_width_, list.codes.end(),
                list.codes.begin() + static_cast<int64_t>(position) * key_width_);
      list.scales[position] = list.scales.back();
    }
    list.priors[position] = list.priors.back();
    list.rows[position] = list.rows.back();
    places_[static_cast<size_t>(list.rows[position])].position = place.position;
  }
  list.keys.resize(list.keys.size() - static_cast<size_t>(key_width_));
  if (clustered()) {
    list.codes.resize(list.codes.size() - static_cast<size_t>(key_width_));
    list.scales.pop_back();
  }
  list.priors.pop_back();
  list.rows.pop_back();
  places_[static_cast<size_t>(row)] = Place();
  --size_;
}

void RowIndex::SetPrior(int64_t row, float prior) {
  const Place place = places_[static_cast<size_t>(row)];
  List& list = lists_[static_cast<size_t>(place.list)];
  list.priors[static_cast<size_t>(place.position)] = prior;
  list.most_prior = std::max(list.most_prior, prior);
}

at::Tensor RowIndex::Centroids(int64_t count) const {
  Rng rng(kSampleSeed);
  const int64_t wanted = std::min(size_, count * kSampledPerList);
  at::Tensor sample = at::empty({wanted, key_width_}, at::kFloat);
  int64_t left = size_, taken = 0;
  // Each row with the probability that is left to it: a sample without repetition in one pass.
  for (const List& list : lists_) {
    for (size_t i = 0; i < list.rows.size(); ++i, --left) {
      if (rng.Uniform() * static_cast<double>(left) >= static_cast<double>(wanted - taken)) continue;
      std::copy_n(list.keys.data() + static_cast<int64_t>(i) * key_width_, key_width_,
                  sample.data_ptr<float>() + taken * key_width_);
      ++taken;
    }
  }
  sample = sample.narrow(0, 0, taken);
  std::vector<int64_t> first(static_cast<size_t>(taken));
  std::iota(first.begin(), first.end(), 0);
  rng.Shuffle(first);
  first.resize(static_cast<size_t>(count));
  at::Tensor centroids = sample.index_select(0, torch::tensor(first, at::kLong));
  for (int64_t step = 0; step < kMeansSteps; ++step) {
    std::vector<at::Tensor> nearest;
    for (const at::Tensor& part : sample.split(kBlockRows)) nearest.push_back(at::mm(part, centroids.t()).argmax(1));
    const at::Tensor sums = at::zeros_like(centroids).index_add_(0, at::cat(nearest), sample);
    // A centroid that nobody is near to stays where it was.
    const at::Tensor empty = sums.abs().sum(1, /*keepdim=*/true) == 0;
    centroids = at::where(empty, centroids, UnitLength(sums));
  }
  return centroids.contiguous();
}

void RowIndex::Balance() {
  if (size_ <= options_.exact_rows) {
    if (!clustered()) return;
  } else if (clustered() && size_ < 4 * balanced_size_ && 4 * size_ > balanced_size_) {
    return;
  }
  torch::NoGradGuard no_grad;
  const auto wanted = static_cast<int64_t>(2 * std::sqrt(static_cast<double>(size_)));
  const int64_t count = std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, size_));
  const at::Tensor centroids = size_ > options_.exact_rows ? Centroids(count) : at::Tensor();
  std::vector<List> old = std::exchange(lists_, {});
  centroids_ = centroids;
  balanced_size_ = size_;
  size_ = 0;
  std::vector<at::Tensor> nearest;
  if (clustered()) {
    // Room is made for exactly what will come: the keys are most of the memory.
    std::vector<int64_t> lengths(static_cast<size_t>(count), 0);
    for (const List& list : old) {
      nearest.push_back(list.rows.empty() ? at::Tensor() : at::mm(Keys(list), centroids_.t()).argmax(1));
      for (size_t i = 0; i < list.rows.size(); ++i)
        ++lengths[static_cast<size_t>(nearest.back().data_ptr<int64_t>()[i])];
    }
    lists_.resize(static_cast<size_t>(count));
    for (size_t l = 0; l < lists_.size(); ++l) {
      lists_[l].keys.reserve(static_cast<size_t>(lengths[l] * key_width_));
      lists_[l].codes.reserve(static_cast<size_t>(lengths[l] * key_width_));
    }
  }
  for (size_t l = 0; l < old.size(); ++l) {
    List list = std::exchange(old[l], {});
    for (size_t i = 0; i < list.rows.size(); ++i) {
      const float* key = list.keys.data() + static_cast<int64_t>(i) * key_width_;
      if (!clustered() && (lists_.empty() || static_cast<int64_t>(lists_.back().rows.size()) >= kBlockRows)) {
        lists_.emplace_back();
      }
      Append(clustered() ? nearest[l].data_ptr<int64_t>()[i] : lists() - 1, list.rows[i], key, list.priors[i]);
      ++size_;
    }
  }
}

at::Tensor RowIndex::KeysOf(const std::vector<int64_t>& rows) const {
  at::Tensor keys = at::empty({static_cast<int64_t>(rows.size()), key_width_}, at::kFloat);
  for (size_t i = 0; i < rows.size(); ++i) {
    const Place place = places_[static_cast<size_t>(rows[i])];
    std::copy_n(lists_[static_cast<size_t>(place.list)].keys.data() + place.position * key_width_, key_width_,
                keys.data_ptr<float>() + static_cast<int64_t>(i) * key_width_);
  }
  return keys;
}

}  // namespace trivium
