// Searching of row_index.h: all rows by matrix products, lists by their codes; a heap keeps each query's k best.
#include "memory/row_index.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>
#include <utility>

#include "memory/code_kernels.h"

namespace trivium {
namespace {

constexpr int64_t kBlockQueries = 256;  // at most so many queries meet a list at once
// Codes put rows a thousandth of a cosine off: so many more than are wanted are compared by their keys.
constexpr int64_t kCandidatesMore = 16, kCandidatesPerRow = 2;
constexpr int64_t kQueriesOfThread = 8;
constexpr int kPositionBits = 32;

}  // namespace

// The k best of one query so far: a heap whose top is the worst of them.
class RowIndex::Best {
 public:
  explicit Best(size_t k) : k_(k) {}

  float worst() const { return heap_.size() < k_ ? static_cast<float>(kNoMatch) : heap_.front().first; }

  void Offer(float score, int64_t row) {
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.pop_back();
    }
    heap_.emplace_back(score, row);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  // Offers what is better than the worst: score(r) of row(r) for each r below `count`.
  template <typename Score, typename Row>
  void OfferEach(size_t count, const Score& score, const Row& row) {
    float least = worst();
    for (size_t r = 0; r < count; ++r) {
      const float found = score(r);
      if (found <= least) continue;
      Offer(found, row(r));
      least = worst();
    }
  }

  std::vector<int64_t> rows() const {
    std::vector<int64_t> rows;
    for (const auto& [score, row] : heap_) rows.push_back(row);
    return rows;
  }

  void Write(float* scores, int64_t* rows) {
    std::sort(heap_.begin(), heap_.end(), std::greater<>());
    for (size_t i = 0; i < heap_.size(); ++i) std::tie(scores[i], rows[i]) = heap_[i];
  }

 private:
  size_t k_;
  std::vector<std::pair<float, int64_t>> heap_;
};

void RowIndex::Scan(const List& list, const at::Tensor& queries, const std::vector<int64_t>& numbers, double scale,
                    std::vector<Best>& best) const {
  if (list.rows.empty()) return;
  const at::Tensor cosines = at::mm(queries, Keys(list).t());
  const auto factor = static_cast<float>(scale);
  const size_t rows = list.rows.size();
  const float* priors = list.priors.data();
  for (size_t q = 0; q < numbers.size(); ++q) {
    const float* cosine = cosines.data_ptr<float>() + q * rows;
    best[static_cast<size_t>(numbers[q])].OfferEach(
        rows, [&](size_t r) { return factor * cosine[r] + priors[r]; }, [&](size_t r) { return list.rows[r]; });
  }
}

namespace {

template <typename BestList>
RowMatches Matches(BestList& best, int64_t k) {
  const auto count = static_cast<int64_t>(best.size());
  RowMatches matches{at::full({count, k}, kNoMatch, at::kFloat), at::zeros({count, k}, at::kLong)};
  for (int64_t q = 0; q < count; ++q) {
    best[static_cast<size_t>(q)].Write(matches.scores.template data_ptr<float>() + q * k,
                                       matches.rows.template data_ptr<int64_t>() + q * k);
  }
  return matches;
}

}  // namespace

RowMatches RowIndex::SearchAll(const at::Tensor& queries, double scale, int64_t k) const {
  torch::NoGradGuard no_grad;
  std::vector<Best> best(static_cast<size_t>(queries.size(0)), Best(static_cast<size_t>(k)));
  for (int64_t first = 0; first < queries.size(0); first += kBlockQueries) {
    const int64_t count = std::min(kBlockQueries, queries.size(0) - first);
    std::vector<int64_t> numbers(static_cast<size_t>(count));
    std::iota(numbers.begin(), numbers.end(), first);
    const at::Tensor part = queries.narrow(0, first, count);
    for (const List& list : lists_) Scan(list, part, numbers, scale, best);
  }
  return Matches(best, k);
}

RowMatches RowIndex::Search(const at::Tensor& queries, double scale, int64_t k) const {
  if (!clustered()) return SearchAll(queries, scale, k);
  torch::NoGradGuard no_grad;
  const int64_t count = queries.size(0), probes = std::min(options_.probes, lists());
  std::vector<float> most(lists_.size());
  for (size_t l = 0; l < lists_.size(); ++l) most[l] = lists_[l].most_prior;
  const at::Tensor source = queries.contiguous();
  const at::Tensor centroid_scores = at::mm(source, centroids_.t()).mul_(scale).add_(torch::tensor(most));
  const at::Tensor chosen = std::get<1>(centroid_scores.topk(probes, 1, true, /*sorted=*/false)).contiguous();
  std::vector<Best> best(static_cast<size_t>(count), Best(static_cast<size_t>(k)));
  at::parallel_for(0, count, kQueriesOfThread,
                   [&](int64_t first, int64_t end) { SearchPart(source, chosen, scale, k, first, end, best); });
  return Matches(best, k);
}

void RowIndex::SearchPart(const at::Tensor& queries, const at::Tensor& chosen, double scale, int64_t k, int64_t first,
                          int64_t end, std::vector<Best>& best) const {
  const int64_t probes = chosen.size(1);
  const auto factor = static_cast<float>(scale);
  const float* of_queries = queries.data_ptr<float>();
  std::vector<int16_t> codes(static_cast<size_t>((end - first) * key_width_));
  std::vector<float> factors;
  std::vector<std::pair<int64_t, int64_t>> visits;  // (list, query), so that a list is looked at by all its queries
  for (int64_t q = first; q < end; ++q) {
    int16_t* code = codes.data() + (q - first) * key_width_;
    factors.push_back(factor * EncodeQuery(of_queries + q * key_width_, key_width_, code));
    for (int64_t p = 0; p < probes; ++p) visits.emplace_back(chosen.data_ptr<int64_t>()[q * probes + p], q);
  }
  std::sort(visits.begin(), visits.end());
  // Candidates by their place: list and position in one number.
  std::vector<Best> candidates(static_cast<size_t>(end - first),
                               Best(static_cast<size_t>(kCandidatesPerRow * k + kCandidatesMore)));
  std::vector<float> scores;
  for (const auto& [number, q] : visits) {
    const List& list = lists_[static_cast<size_t>(number)];
    const size_t rows = list.rows.size();
    scores.resize(rows);
    ScoresOfCodes(codes.data() + (q - first) * key_width_, factors[static_cast<size_t>(q - first)],
                  {list.codes.data(), list.scales.data(), list.priors.data(), static_cast<int64_t>(rows), key_width_},
                  scores.data());
    const int64_t begin = number << kPositionBits;
    candidates[static_cast<size_t>(q - first)].OfferEach(
        rows, [&](size_t r) { return scores[r]; }, [&](size_t r) { return begin | static_cast<int64_t>(r); });
  }
  for (int64_t q = first; q < end; ++q) {
    Best& mine = best[static_cast<size_t>(q)];
    for (const int64_t place : candidates[static_cast<size_t>(q - first)].rows()) {
      const List& list = lists_[static_cast<size_t>(place >> kPositionBits)];
      const int64_t r = place & ((int64_t{1} << kPositionBits) - 1);
      const float cosine = Product(of_queries + q * key_width_, list.keys.data() + r * key_width_, key_width_);
      const float score = factor * cosine + list.priors[static_cast<size_t>(r)];
      if (score > mine.worst()) mine.Offer(score, list.rows[static_cast<size_t>(r)]);
    }
  }
}

at::Tensor RowIndex::Cosines(const at::Tensor& queries, int64_t columns) const {
  at::Tensor cosines = at::zeros({queries.size(0), columns}, at::kFloat);
  for (const List& list : lists_) {
    if (list.rows.empty()) continue;
    cosines.index_copy_(1, torch::tensor(list.rows), at::mm(queries, Keys(list).t()));
  }
  return cosines;
}

}  // namespace trivium
