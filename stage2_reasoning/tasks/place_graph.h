// Places, ways between them, and rules over the ways, the simplest of them as facts: "some way to a sad place makes a
// place kind .", "any other place is sad .", "from ada a way leads to ben .". What the families alternation, ways and
// place_rules are made of. Torch-free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"

namespace trivium {

// Of each place, by its number, those that ways from it lead to.
using Ways = std::vector<std::vector<size_t>>;

// Kinds of places by number: the one that a rule makes, what any other place is, and what dead ends alone may be, as
// may further ones.
inline constexpr size_t kFirstKind = 0, kSecondKind = 1, kThirdKind = 2;

enum class Quantifier { kSome, kEvery, kNo };
// That some way, every way or no way leads to a place of that kind.
struct WayCondition {
  Quantifier quantifier = Quantifier::kSome;
  size_t kind = kSecondKind;
};
// What makes a place be of the first kind, all others with ways being of the second: that all of the conditions hold,
// or any of them. `ends`: of places without ways, by number, the kind; missing ones are of the second.
struct PlaceRule {
  std::vector<WayCondition> conditions = {{}};
  bool any = false;
  std::vector<size_t> ends = {};
};

// A depth is two steps of backward induction, each a loop; half as many again for reading and saying.
inline constexpr int64_t kLoopsADepth = 3;

inline constexpr int64_t kUnsettled = -1;
struct PlaceKinds {
  std::vector<int64_t> ranks;  // the step in which it is settled what each place is; 0 without ways from it
  std::vector<size_t> kinds;   // of the settled places
  bool AllSettled() const;
};
// By backward induction, a step for each way that has to be looked along; "and" and "or" as in Kleene's logic of three
// values. Places on cycles may never be settled.
PlaceKinds KindsOf(const Ways& ways, const PlaceRule& rule);
// Of the places `to` the only one of that kind, and after how many steps that is settled: it
// is shown, or all others are shown to be otherwise. Place and steps are -1 if there is no such one.
struct ChosenPlace {
  int64_t place = -1, steps = -1;
};
ChosenPlace ChoosePlace(const PlaceKinds& kinds, const std::vector<size_t>& to, size_t kind);
// The ranks by the rule that some way to a place of the second kind makes one of the first: then those of the first
// kind have odd ranks, one more than the nearest even one, the others even ones, one more than the furthest.
std::vector<int64_t> Ranks(const Ways& ways);

struct WayCounts {
  int64_t all = 0;
  int64_t from_asked = 0;
};
// Adds random ways until there are counts.all, counts.from_asked of them from `asked`; none to it. After each of them
// keeps(ways) is true. Whether that came about in a number of tries; otherwise fewer ways are there.
bool AddWays(size_t asked, const WayCounts& counts, const std::function<bool(const Ways&)>& keeps, Rng& rng,
             Ways* ways);
// The same by the rule that Ranks knows: every place is settled, and keeps(ways, their ranks) is true.
bool AddRankedWays(size_t asked, const WayCounts& counts,
                   const std::function<bool(const Ways&, const std::vector<int64_t>&)>& keeps, Rng& rng, Ways* ways);

struct PlaceRules {
  std::string made;    // by some way to a place that is `others`
  std::string others;  // what any other place is
};

// "from ada a way leads to ben ."
std::string WayFact(const std::string& from, const std::string& to);
// Both rules, then the ways.
std::vector<std::string> PlaceFacts(const PlaceRules& rules, const std::vector<std::string>& places, const Ways& ways);
// The same from text, whatever it is; empty where a rule is not said.
PlaceRules ReadPlaceRules(const std::vector<std::string>& facts);
// TaskFamily::Conclusions about ways: of each what kind_of says of the place that it leads to; "" of other facts.
std::vector<std::string> WayConclusions(const std::vector<std::string>& facts,
                                        const std::function<std::string(const std::string&)>& kind_of);
// The same by these rules.
std::vector<std::string> PlaceConclusions(const std::vector<std::string>& facts);
struct PlaceGraph {
  std::map<std::string, size_t> numbers;  // of the places that ways lead from or to
  Ways ways;
  // REQUIRES: one of the numbers.
  std::string Name(int64_t number) const;
};
PlaceGraph ReadPlaceGraph(const std::vector<std::string>& facts);

// The sentence forms of both (TaskFamily::EnglishForms, ConstructedForms).
inline constexpr char kPlaceForms[] =
    "[form way]\nfrom $A a way leads to $V .\n$A has a way to $V .\n* a path goes from $A to $V .\n"
    "[form some_way]\nsome way to a $P place makes a place $L .\n* one way to a $P place will make a place $L .\n"
    "[form other_place]\nany other place is $L .\n* every place else is $L .\n";
inline constexpr char kConstructedPlaceForms[] =
    "[form way]\n$A de vojo wa $V .\n[form some_way]\n$P loko vojo wa $L .\n[form other_place]\nali loko wa $L .\n";
// Of the question which place of a kind a way leads to.
inline constexpr char kPlaceFromForm[] =
    "[form place_from]\nthe $P place from $A is $V .\nthe place from $A that is $P is $V .\n"
    "* from $A the $P place is $V .\n";
inline constexpr char kConstructedPlaceFromForm[] = "[form place_from]\n$P loko de $A wa $V .\n";

// A second way to what a place is, which plays it out on the sentences themselves: whether some way leads to a place
// from which every way leads back to such a place, and the reverse, shown within so many steps.
bool Reaches(const std::vector<std::string>& facts, const std::string& place, int64_t steps);
bool Avoids(const std::vector<std::string>& facts, const std::string& place, int64_t steps);
// The places that ways from this one lead to.
std::vector<std::string> PlacesFrom(const std::vector<std::string>& facts, const std::string& place);
// The value of the first fact that starts so, its last word; empty if there is none.
std::string ValueOf(const std::vector<std::string>& facts, const std::string& start);

}  // namespace trivium
