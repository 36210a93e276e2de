// See halting.h: a settled answer, counted loop by loop.
#include "stage2_reasoning/reasoner/halting.h"

#include <charconv>

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

bool HaltingTracker::Settled(const std::string& answer, double probability) {
  ++loops_;
  same_ = loops_ > 1 && answer == last_ ? same_ + 1 : 1;
  last_ = answer;
  if (!rule_.automatic) return false;
  return loops_ >= rule_.min_loops && same_ > rule_.patience && probability >= rule_.confidence;
}

}  // namespace trivium
