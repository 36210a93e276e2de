// See bootstrap.h: the percentile bootstrap of a ratio.
#include "core/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trivium {
namespace {

constexpr double kTail = 0.025;

// The quantile of sorted values, between neighbours by straight line.
double Quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

}  // namespace

Interval BootstrapRatio(const std::vector<double>& numerators, const std::vector<double>& denominators,
                        const SeedTree& seeds, int64_t resamples) {
  const double ratio = std::accumulate(numerators.begin(), numerators.end(), 0.0) /
                       std::accumulate(denominators.begin(), denominators.end(), 0.0);
  if (numerators.size() < 2) return {0.0, 2 * ratio};
  Rng rng = seeds.Child("bootstrap").MakeRng();
  std::vector<double> ratios;
  ratios.reserve(static_cast<size_t>(resamples));
  for (int64_t i = 0; i < resamples; ++i) {
    double above = 0, below = 0;
    for (size_t drawn = 0; drawn < numerators.size(); ++drawn) {
      const uint64_t item = rng.Below(numerators.size());
      above += numerators[item];
      below += denominators[item];
    }
    ratios.push_back(above / below);
  }
  std::sort(ratios.begin(), ratios.end());
  return {std::min(ratio, Quantile(ratios, kTail)), std::max(ratio, Quantile(ratios, 1 - kTail))};
}

}  // namespace trivium
