// See rungs.h.
#include "stage2_reasoning/training/rungs.h"

#include <charconv>

#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

std::string Rung::ToString() const { return JoinWords(families) + " " + std::to_string(steps); }

absl::StatusOr<std::vector<Rung>> ParseRungs(const std::vector<std::string>& texts) {
  std::vector<Rung> rungs;
  for (const std::string& text : texts) {
    const std::string where = "train.rungs, rung " + std::to_string(rungs.size() + 1) + ", \"" + text + "\": ";
    Rung rung;
    rung.families = SplitWords(text);
    const std::string steps = rung.families.empty() ? "" : rung.families.back();
    const auto read = std::from_chars(steps.data(), steps.data() + steps.size(), rung.steps);
    if (read.ec != std::errc() || read.ptr != steps.data() + steps.size() || rung.steps < 1)
      return UsageError(where + "its last word is to be its number of steps, 1 at least");
    rung.families.pop_back();
    if (rung.families.empty()) return UsageError(where + "names no family before its steps");
    for (const std::string& family : rung.families) {
      RETURN_IF_ERROR(Annotate(FindTaskFamily(family).status(), where));
    }
    rungs.push_back(std::move(rung));
  }
  return rungs;
}

}  // namespace trivium
