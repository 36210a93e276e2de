// See rule_sets.h.
#include "stage2_reasoning/tasks/rule_sets.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "core/base/seed_tree.h"

namespace trivium {
namespace {

constexpr double kHeldOutMeanings = 0.2;

// What a place is whose ways lead to places of the kinds that `mask` has a bit of.
size_t KindByWays(const RuleSet& set, size_t mask) {
  const auto holds = [mask](const WayCondition& condition) {
    const size_t bit = size_t{1} << condition.kind;
    switch (condition.quantifier) {
      case Quantifier::kSome:
        return (mask & bit) != 0;
      case Quantifier::kEvery:
        return mask == bit;
      case Quantifier::kNo:
        return (mask & bit) == 0;
    }
    return false;
  };
  const bool makes = set.any ? std::any_of(set.conditions.begin(), set.conditions.end(), holds)
                             : std::all_of(set.conditions.begin(), set.conditions.end(), holds);
  return makes ? kFirstKind : kSecondKind;
}

bool HasThird(const RuleSet& set) { return set.third || (!set.told && set.ends == kThirdKind); }

// Of each sort of ways that a place can have what it then is, and what dead ends are, as text; equal for sets that mean
// the same. `exchanged`: with the names of the first two kinds exchanged.
std::string MeaningAs(const RuleSet& set, bool exchanged) {
  const std::array<size_t, 3> names = {size_t{exchanged}, size_t{!exchanged}, kThirdKind};
  std::string meaning = set.told ? (set.third ? "told three" : "told two")
                                 : (set.third ? "all but one " : "all ") + std::to_string(names[set.ends]);
  for (size_t mask = 1; mask < (HasThird(set) ? 8 : 4); ++mask) {
    size_t named = mask & 4;
    for (const size_t kind : {kFirstKind, kSecondKind}) named |= ((mask >> kind) & 1) << names[kind];
    meaning += " " + std::to_string(names[KindByWays(set, named)]);
  }
  return meaning;
}

std::string Meaning(const RuleSet& set) { return std::min(MeaningAs(set, false), MeaningAs(set, true)); }

bool MeansSomething(const RuleSet& set) {
  const bool names_third = std::any_of(set.conditions.begin(), set.conditions.end(),
                                       [](const WayCondition& condition) { return condition.kind == kThirdKind; });
  if (names_third && !HasThird(set)) return false;
  if (KindBefore(set, kFirstKind) == KindBefore(set, kSecondKind)) return false;
  return set.told || !KeepsKind(set);
}

std::vector<RuleSet> SetsOfConditions(const std::vector<WayCondition>& conditions, bool any) {
  std::vector<RuleSet> sets = {{conditions, any, true}, {conditions, any, true, kSecondKind, true}};
  for (const size_t ends : {kFirstKind, kSecondKind, kThirdKind}) sets.push_back({conditions, any, false, ends});
  for (const size_t ends : {kFirstKind, kSecondKind}) sets.push_back({conditions, any, false, ends, true});
  std::erase_if(sets, [](const RuleSet& set) { return !MeansSomething(set); });
  return sets;
}

std::vector<RuleSet> AllComposed() {
  std::vector<WayCondition> single;
  for (const Quantifier quantifier : {Quantifier::kSome, Quantifier::kEvery, Quantifier::kNo}) {
    for (const size_t kind : {kFirstKind, kSecondKind, kThirdKind}) single.push_back({quantifier, kind});
  }
  std::vector<RuleSet> all;
  const auto add = [&all](const std::vector<RuleSet>& sets) { all.insert(all.end(), sets.begin(), sets.end()); };
  for (const WayCondition& one : single) {
    add(SetsOfConditions({one}, false));
    for (const WayCondition& other : single) {
      if (other.kind == one.kind) continue;
      for (const bool any : {false, true}) add(SetsOfConditions({one, other}, any));
    }
  }
  return all;
}

struct Split {
  std::vector<RuleSet> trained, held_out;
};

const Split& Composed() {
  static const Split kSplit = [] {
    const SeedTree lots = SeedTree(0).Child("composed rule sets");
    std::map<std::string, bool> is_held_out;
    for (const RuleSet& set : TrainedRuleSets()) is_held_out[Meaning(set)] = false;
    for (const RuleSet& set : HeldOutRuleSets()) is_held_out[Meaning(set)] = true;
    Split split;
    for (const RuleSet& set : AllComposed()) {
      const std::string meaning = Meaning(set);
      const auto [known, is_new] = is_held_out.try_emplace(meaning);
      if (is_new) known->second = lots.Child(meaning).MakeRng().Chance(kHeldOutMeanings);
      const bool held_out = known->second;
      (held_out ? split.held_out : split.trained).push_back(set);
    }
    return split;
  }();
  return kSplit;
}

RuleSet OneCondition(Quantifier quantifier, size_t kind, bool told, size_t ends = kSecondKind) {
  return {{{quantifier, kind}}, false, told, ends};
}

}  // namespace

size_t KindBefore(const RuleSet& set, size_t kind) { return KindByWays(set, size_t{1} << kind); }

bool KeepsKind(const RuleSet& set) { return KindBefore(set, kFirstKind) == kFirstKind; }

size_t KindAtLine(const RuleSet& set, size_t end, int64_t steps) {
  size_t kind = end;
  for (int64_t step = 0; step < steps; ++step) kind = KindBefore(set, kind);
  return kind;
}

const std::vector<RuleSet>& TrainedRuleSets() {
  static const std::vector<RuleSet> kTrained = {OneCondition(Quantifier::kSome, kSecondKind, false),
                                                OneCondition(Quantifier::kEvery, kSecondKind, false, kFirstKind),
                                                OneCondition(Quantifier::kSome, kSecondKind, true),
                                                OneCondition(Quantifier::kEvery, kSecondKind, true),
                                                OneCondition(Quantifier::kSome, kFirstKind, true),
                                                OneCondition(Quantifier::kEvery, kFirstKind, true)};
  return kTrained;
}

const std::vector<RuleSet>& HeldOutRuleSets() {
  static const std::vector<RuleSet> kHeldOut = {OneCondition(Quantifier::kSome, kSecondKind, false, kFirstKind),
                                                OneCondition(Quantifier::kEvery, kSecondKind, false)};
  return kHeldOut;
}

const std::vector<RuleSet>& ComposedRuleSets() { return Composed().trained; }
const std::vector<RuleSet>& HeldOutComposedRuleSets() { return Composed().held_out; }

}  // namespace trivium
