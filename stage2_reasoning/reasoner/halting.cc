// See halting.h: a settled answer, counted loop by loop.
#include "stage2_reasoning/reasoner/halting.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace trivium {

absl::StatusOr<Halting> Halting::Parse(const std::string& text, int64_t max_loops) {
  Halting rule;
  if (text == "auto") {
    rule.automatic = true;
    rule.loops = max_loops;
    return rule;
  }
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, rule.loops);
  if (parsed.ec != std::errc() || parsed.ptr != end || rule.loops < 1 || rule.loops > 4096) {
    return UsageError("--loops takes a number from 1 to 4096 or 'auto', not '" + text + "'");
  }
  return rule;
}

std::string Halting::ToString() const { return automatic ? "auto" : std::to_string(loops); }

size_t SettledFrom(const std::vector<std::string>& answers) {
  size_t from = answers.size() - 1;
  while (from > 0 && answers[from - 1] == answers.back()) --from;
  return from;
}

size_t StopOf(const std::vector<WatchedLoop>& loops, double threshold) {
  const auto stop =
      std::find_if(loops.begin(), loops.end(), [&](const WatchedLoop& l) { return l.settled >= threshold; });
  return std::min(loops.size(), static_cast<size_t>(stop - loops.begin()) + 1);
}

double LeastThreshold(const std::vector<std::vector<WatchedLoop>>& items, double most_lost) {
  constexpr int kSteps = 100;
  constexpr double kLogOddsAStep = 0.1;
  std::vector<int64_t> right(items.front().size(), 0);  // after each number of loops
  for (const std::vector<WatchedLoop>& loops : items) {
    for (size_t loop = 0; loop < loops.size(); ++loop) right[loop] += loops[loop].right;
  }
  const auto best = static_cast<double>(*std::max_element(right.begin(), right.end()));
  const double enough = best - most_lost * static_cast<double>(items.size());
  double chosen = 1;
  int64_t most_right = -1;
  for (int step = 0; step <= kSteps; ++step) {
    const double threshold = 1 / (1 + std::exp(-kLogOddsAStep * step));
    const int64_t stopped_right = std::count_if(items.begin(), items.end(), [&](const std::vector<WatchedLoop>& loops) {
      return loops[StopOf(loops, threshold) - 1].right;
    });
    if (static_cast<double>(stopped_right) >= enough) return threshold;
    if (stopped_right <= most_right) continue;
    most_right = stopped_right;
    chosen = threshold;
  }
  return chosen;
}

bool HaltingTracker::Settled(const std::string& answer, double probability) {
  ++loops_;
  same_ = loops_ > 1 && answer == last_ ? same_ + 1 : 1;
  last_ = answer;
  if (!rule_.automatic) return false;
  return loops_ >= rule_.min_loops && same_ > rule_.patience && probability >= rule_.confidence;
}

}  // namespace trivium
