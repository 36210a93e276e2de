// See rule_sets.h.
#include "stage2_reasoning/tasks/rule_sets.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/base/seed_tree.h"

namespace trivium {
namespace {

constexpr double kHeldOutMeanings = 0.15, kHeldOutSentences = 0.15;
constexpr size_t kAnyKinds = 8;  // masks of kinds, a bit each

// What a place is whose ways lead to places of the kinds that `mask` has a bit of: here to a dead end of each.
size_t KindByWays(const RuleSet& set, size_t mask) {
  constexpr size_t kPlace = 3;
  Ways ways(kPlace + 1);
  for (size_t end = 0; end < kPlace; ++end) {
    if (((mask >> end) & 1) != 0) ways[kPlace].push_back(end);
  }
  return KindsOf(ways, {set.conditions, set.any, {kFirstKind, kSecondKind, kThirdKind}}).kinds[kPlace];
}

// The kinds that dead ends are of.
size_t EndKinds(const RuleSet& set) {
  const size_t kinds = set.told ? (1 << kFirstKind) | (1 << kSecondKind) : size_t{1} << set.ends;
  return kinds | (set.third ? 1 << kThirdKind : 0);
}

bool HasThird(const RuleSet& set) { return ((EndKinds(set) >> kThirdKind) & 1) != 0; }

// With a kind put in place of the third one.
size_t WithoutThird(size_t mask, size_t kind) {
  const size_t third = size_t{1} << kThirdKind;
  return (mask & third) == 0 ? mask : (mask & ~third) | (size_t{1} << kind);
}

size_t Exchanged(size_t mask) { return (mask & (1 << kThirdKind)) | ((mask & 1) << 1) | ((mask >> 1) & 1); }

// Of each sort of ways that a place can have what it then is, and of what kinds dead ends are, as text; equal for sets
// by which the same is played, where the third kind does what another does, too. `exchanged`: with the names of the
// first two kinds exchanged.
std::string MeaningAs(const RuleSet& set, bool exchanged) {
  size_t ends = EndKinds(set);
  for (const size_t kind : {kFirstKind, kSecondKind}) {
    bool is_like = true;
    for (size_t mask = 1; mask < kAnyKinds; ++mask) {
      is_like = is_like && KindByWays(set, mask) == KindByWays(set, WithoutThird(mask, kind));
    }
    if (is_like) ends = WithoutThird(ends, kind);
  }
  const size_t masks = ((ends >> kThirdKind) & 1) != 0 ? kAnyKinds : 4;
  std::string meaning = "ends " + std::to_string(exchanged ? Exchanged(ends) : ends);
  for (size_t mask = 1; mask < masks; ++mask) {
    const size_t kind = KindByWays(set, exchanged ? Exchanged(mask) : mask);
    meaning += " " + std::to_string(exchanged ? 1 - kind : kind);
  }
  return meaning;
}

std::string Meaning(const RuleSet& set) { return std::min(MeaningAs(set, false), MeaningAs(set, true)); }

// The conditions in any order; equal for those that only exchange the first two kinds.
std::string SentenceAs(const RuleSet& set, bool exchanged) {
  std::vector<std::string> conditions;
  for (const WayCondition& condition : set.conditions) {
    const size_t kind = exchanged && condition.kind != kThirdKind ? 1 - condition.kind : condition.kind;
    conditions.push_back(std::to_string(static_cast<int>(condition.quantifier)) + std::to_string(kind));
  }
  std::sort(conditions.begin(), conditions.end());
  std::string sentence = set.any ? "any" : "all";
  for (const std::string& condition : conditions) sentence += " " + condition;
  return sentence;
}

std::string Sentence(const RuleSet& set) { return std::min(SentenceAs(set, false), SentenceAs(set, true)); }

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
    const SeedTree lots = SeedTree(0).Child("rule sets");
    std::map<std::string, bool> is_held_out;  // by meaning
    for (const RuleSet& set : TrainedRuleSets()) is_held_out[Meaning(set)] = false;
    for (const RuleSet& set : HeldOutRuleSets()) is_held_out[Meaning(set)] = true;
    const auto draws = [&lots](const std::string& text, double share) {
      return lots.Child(text).MakeRng().Chance(share);
    };
    const auto has_new_sentence = [&](const RuleSet& set) {
      return set.conditions.size() > 1 && draws(Sentence(set), kHeldOutSentences);
    };
    const std::map<std::string, bool> given = is_held_out;
    const std::vector<RuleSet> all = AllComposed();
    for (const RuleSet& set : all) {
      const std::string meaning = Meaning(set);
      if (given.count(meaning) != 0) continue;
      bool& held_out = is_held_out[meaning];
      held_out = held_out || has_new_sentence(set) || draws(meaning, kHeldOutMeanings);
    }
    Split split;
    for (const RuleSet& set : all) {
      if (is_held_out.at(Meaning(set))) {
        split.held_out.push_back(set);
      } else if (!has_new_sentence(set)) {
        split.trained.push_back(set);
      }  // else it would say in a sentence that is held out what is trained
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
