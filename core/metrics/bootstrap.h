// Confidence intervals by resampling, for figures that are not simple proportions, such as a ratio of two sums.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/metrics/result_row.h"

namespace trivium {

inline constexpr int64_t kBootstrapResamples = 1000;

// 95 % percentile interval of sum(numerators) / sum(denominators) over items drawn with replacement (Efron and
// Tibshirani 1993, chapter 13): what was drawn are the items, not what they hold. The same seeds give the same
// interval; it never excludes the ratio itself. One item says nothing of the spread: [0, twice the ratio].
// REQUIRES: both lists equally long and not empty, denominators above 0.
Interval BootstrapRatio(const std::vector<double>& numerators, const std::vector<double>& denominators,
                        const SeedTree& seeds, int64_t resamples = kBootstrapResamples);

}  // namespace trivium
