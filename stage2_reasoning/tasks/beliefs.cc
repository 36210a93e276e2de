// See beliefs.h.
#include "stage2_reasoning/tasks/beliefs.h"

#include <cmath>

namespace trivium {
namespace {

constexpr double kLeastRatio = 1.2, kMostRatio = 20;  // of the two confidences
constexpr double kLeastConfidence = 0.3;              // of the stronger, and of facts that nothing contradicts
constexpr double kDoubtful = 0.25;                    // share of items whose other facts are less than sure, too

}  // namespace

bool AddRival(const TaskFamily& family, Item& item, Rng& rng) {
  Item twin;
  if (!family.one_value() || !item.conclusions.empty() || !MakeTwin(family, item, rng, &twin)) return false;
  size_t told = 0;  // the fact that the other contradicts
  while (item.facts[told] == twin.facts[told]) ++told;
  const std::string& rival = twin.facts[told];
  Item both = item;
  const bool doubtful = rng.Chance(kDoubtful);
  for (size_t i = 0; i < both.facts.size(); ++i) {
    both.confidences.push_back(doubtful ? kLeastConfidence + (1 - kLeastConfidence) * rng.Uniform() : 1.0);
  }
  const size_t place = rng.Below(both.facts.size() + 1);
  both.facts.insert(both.facts.begin() + static_cast<int64_t>(place), rival);
  both.confidences.insert(both.confidences.begin() + static_cast<int64_t>(place), 1.0);
  if (place <= told) ++told;
  for (int64_t& needed : both.support) needed += needed >= static_cast<int64_t>(place) ? 1 : 0;

  const bool stays = rng.Chance(0.5);
  const size_t stronger = stays ? told : place, weaker = stays ? place : told;
  const double ratio = std::exp(std::log(kLeastRatio) + rng.Uniform() * std::log(kMostRatio / kLeastRatio));
  both.confidences[stronger] = kLeastConfidence + (1 - kLeastConfidence) * rng.Uniform();
  both.confidences[weaker] = both.confidences[stronger] / ratio;
  std::vector<std::string> believed = both.facts;
  believed.erase(believed.begin() + static_cast<int64_t>(weaker));
  both.answers = family.Solve(believed, both.question);
  if (both.answers.size() != 1) return false;
  both.answer = both.answers[0];
  if (!stays) both.support.clear();  // the derivation may run through other facts now
  item = std::move(both);
  return true;
}

}  // namespace trivium
