// See draw_loops.h: counts of loops by chance, the bar for sure matches by the step.
#include "stage2_reasoning/training/draw_loops.h"

#include <algorithm>

namespace trivium {
namespace {

// Which matches count as sure (kSureMatch) in early training: all until this step, or share of a short training, then
// the surer ones alone. A match that is not seen teaches nothing, and rules would begin late.
constexpr double kAnyMatchUntil = 300, kSureMatchFrom = 900, kAnyMatchUntilShare = 0.15, kSureMatchFromShare = 0.45;

double LeastMatch(double step, double steps) {
  const double until = std::min(kAnyMatchUntil, kAnyMatchUntilShare * steps);
  const double from = std::min(kSureMatchFrom, kSureMatchFromShare * steps);
  return kSureMatch * std::clamp((step - until) / (from - until), 0.0, 1.0);
}

// The share of the steps with untracked loops: elsewhere every loop is taught.
constexpr double kLongShare = 0.25;

}  // namespace

LogitsOptions DrawLoops(const ReasonerTrainingConfig& config, int64_t step, const SeedTree& seeds) {
  Rng rng = seeds.MakeRng();
  LogitsOptions options;
  const int64_t last = rng.Between(config.min_loops, config.max_loops);
  options.loops = {rng.Between(1, last - 1), last};
  if (config.untracked_loops > 0 && rng.Chance(kLongShare)) options.untracked = rng.Between(1, config.untracked_loops);
  options.least_match = LeastMatch(static_cast<double>(step), static_cast<double>(config.train.steps));
  return options;
}

}  // namespace trivium
