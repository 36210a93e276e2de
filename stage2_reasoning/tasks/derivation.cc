// See derivation.h.
#include "stage2_reasoning/tasks/derivation.h"

namespace trivium {
namespace {

constexpr int64_t kMostSteps = 12;

}  // namespace

std::pair<std::string, std::string> FactSides(const std::string& fact) {
  const size_t is = fact.rfind(" is ");
  if (is == std::string::npos || !fact.ends_with(" .")) return {};
  return {fact.substr(0, is), fact.substr(is + 4, fact.size() - is - 6)};
}

Derivation RewritePhrase(const std::vector<std::string>& facts, std::string phrase, bool at_end) {
  Derivation derivation;
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::string& fact : facts) {
      const auto [left, right] = FactSides(fact);
      if (left.empty()) continue;
      const bool fits = phrase == left || (at_end ? phrase.ends_with(" " + left) : phrase.starts_with(left + " "));
      if (!fits) continue;
      phrase = at_end ? phrase.substr(0, phrase.size() - left.size()) + right : right + phrase.substr(left.size());
      ++derivation.steps;
      changed = true;
      break;
    }
  }
  if (phrase.find(' ') != std::string::npos) return {};
  derivation.answer = phrase;
  return derivation;
}

Derivation YesOrNo(const std::function<bool(int64_t)>& yes, const std::function<bool(int64_t)>& no) {
  for (int64_t steps = 0; steps <= kMostSteps; ++steps) {
    if (yes(steps)) return {"yes", steps};
    if (no(steps)) return {"no", steps};
  }
  return {};
}

}  // namespace trivium
