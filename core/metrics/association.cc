// See association.h: all three from ranks or bins.
#include "core/metrics/association.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace trivium {
namespace {

constexpr size_t kBins = 10;

// Ranks from 1, equal values having their mean.
std::vector<double> Ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double mean = static_cast<double>(begin + 1 + end) / 2;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = mean;
    begin = end;
  }
  return ranks;
}

}  // namespace

double Auroc(const std::vector<double>& scores, const std::vector<bool>& truths) {
  const auto is_true = static_cast<double>(std::count(truths.begin(), truths.end(), true));
  const double is_false = static_cast<double>(truths.size()) - is_true;
  if (is_true == 0 || is_false == 0) return 0.5;
  const std::vector<double> ranks = Ranks(scores);
  double sum = 0;
  for (size_t i = 0; i < ranks.size(); ++i) sum += truths[i] ? ranks[i] : 0;
  return (sum - is_true * (is_true + 1) / 2) / (is_true * is_false);
}

double CalibrationError(const std::vector<double>& probabilities, const std::vector<bool>& truths) {
  std::array<double, kBins> sum = {}, right = {};
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const double place = std::clamp(probabilities[i], 0.0, 1.0) * static_cast<double>(kBins);
    const size_t bin = std::min(static_cast<size_t>(place), kBins - 1);
    sum[bin] += probabilities[i];
    right[bin] += truths[i] ? 1 : 0;
  }
  double error = 0;
  for (size_t bin = 0; bin < kBins; ++bin) error += std::abs(right[bin] - sum[bin]);
  return probabilities.empty() ? 0 : error / static_cast<double>(probabilities.size());
}

double Spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> x = Ranks(a), y = Ranks(b);
  const double mean = static_cast<double>(x.size() + 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx == 0 || yy == 0 ? 0 : xy / std::sqrt(xx * yy);
}

}  // namespace trivium
