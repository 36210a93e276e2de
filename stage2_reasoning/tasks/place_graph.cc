// See place_graph.h.
#include "stage2_reasoning/tasks/place_graph.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text/sentences.h"

namespace trivium {
namespace {

constexpr int64_t kTriesAWay = 60;

// Whether the condition holds of a place with these ways; nothing where places not yet settled may decide it.
std::optional<bool> Holds(const WayCondition& condition, const std::vector<size_t>& to, const PlaceKinds& kinds) {
  bool fits = false, differs = false, open = false;
  for (const size_t place : to) {
    const bool is_settled = kinds.ranks[place] != kUnsettled, is_kind = kinds.kinds[place] == condition.kind;
    (!is_settled ? open : is_kind ? fits : differs) = true;
  }
  const bool every = condition.quantifier == Quantifier::kEvery;
  if (every ? differs : fits) return condition.quantifier == Quantifier::kSome;
  if (open) return std::nullopt;
  return condition.quantifier != Quantifier::kSome;
}

// Whether a place with these ways is made one of the first kind.
std::optional<bool> Makes(const PlaceRule& rule, const std::vector<size_t>& to, const PlaceKinds& kinds) {
  bool is_open = false;
  for (const WayCondition& condition : rule.conditions) {
    const std::optional<bool> holds = Holds(condition, to, kinds);
    if (holds == rule.any) return rule.any;  // one that suffices, or one that fails
    is_open = is_open || !holds;
  }
  if (is_open) return std::nullopt;
  return !rule.any;
}

}  // namespace

bool PlaceKinds::AllSettled() const { return std::find(ranks.begin(), ranks.end(), kUnsettled) == ranks.end(); }

PlaceKinds KindsOf(const Ways& ways, const PlaceRule& rule) {
  PlaceKinds kinds{std::vector<int64_t>(ways.size(), kUnsettled), std::vector<size_t>(ways.size(), kSecondKind)};
  for (size_t place = 0; place < ways.size(); ++place) {
    if (!ways[place].empty()) continue;
    kinds.ranks[place] = 0;
    if (place < rule.ends.size()) kinds.kinds[place] = rule.ends[place];
  }
  std::vector<size_t> settled;
  for (int64_t step = 1; step <= std::ssize(ways); ++step) {
    settled.clear();
    for (size_t place = 0; place < ways.size(); ++place) {
      if (kinds.ranks[place] != kUnsettled) continue;
      const std::optional<bool> makes = Makes(rule, ways[place], kinds);
      if (!makes) continue;
      settled.push_back(place);
      kinds.kinds[place] = *makes ? kFirstKind : kSecondKind;  // unread until the rank is set
    }
    if (settled.empty()) break;
    for (const size_t place : settled) kinds.ranks[place] = step;
  }
  return kinds;
}

ChosenPlace ChoosePlace(const PlaceKinds& kinds, const std::vector<size_t>& to, size_t kind) {
  ChosenPlace chosen;
  int64_t furthest = -1;  // of the others
  for (const size_t place : to) {
    if (kinds.ranks[place] == kUnsettled) return {};
    if (kinds.kinds[place] != kind) {
      furthest = std::max(furthest, kinds.ranks[place]);
    } else if (chosen.place >= 0) {
      return {};
    } else {
      chosen = {static_cast<int64_t>(place), kinds.ranks[place]};
    }
  }
  if (chosen.place >= 0 && furthest >= 0) chosen.steps = std::min(chosen.steps, furthest);
  return chosen;
}

std::vector<int64_t> Ranks(const Ways& ways) { return KindsOf(ways, {}).ranks; }

bool AddWays(size_t asked, const WayCounts& counts, const std::function<bool(const Ways&)>& keeps, Rng& rng,
             Ways* ways) {
  int64_t count = 0;
  for (const std::vector<size_t>& to : *ways) count += std::ssize(to);
  std::vector<size_t>& from_asked = (*ways)[asked];
  for (int64_t tries = 0; count < counts.all && tries < kTriesAWay * counts.all; ++tries) {
    const bool is_asked = std::ssize(from_asked) < counts.from_asked && rng.Chance(0.5);
    const size_t from = is_asked ? asked : rng.Below(ways->size()), to = rng.Below(ways->size());
    if (from == to || (!is_asked && from == asked) || to == asked) continue;
    std::vector<size_t>& there = (*ways)[from];
    if (std::find(there.begin(), there.end(), to) != there.end()) continue;
    there.push_back(to);
    if (keeps(*ways)) {
      ++count;
    } else {
      there.pop_back();
    }
  }
  return count == counts.all && std::ssize(from_asked) == counts.from_asked;
}

bool AddRankedWays(size_t asked, const WayCounts& counts,
                   const std::function<bool(const Ways&, const std::vector<int64_t>&)>& keeps, Rng& rng, Ways* ways) {
  const auto settled_so = [&](const Ways& now) {
    const std::vector<int64_t> ranks = Ranks(now);
    return std::find(ranks.begin(), ranks.end(), kUnsettled) == ranks.end() && keeps(now, ranks);
  };
  return AddWays(asked, counts, settled_so, rng, ways);
}

std::string WayFact(const std::string& from, const std::string& to) {
  return "from " + from + " a way leads to " + to + " .";
}

std::vector<std::string> PlaceFacts(const PlaceRules& rules, const std::vector<std::string>& places, const Ways& ways) {
  std::vector<std::string> facts = {"some way to a " + rules.others + " place makes a place " + rules.made + " .",
                                    "any other place is " + rules.others + " ."};
  for (size_t from = 0; from < ways.size(); ++from) {
    for (size_t to : ways[from]) facts.push_back(WayFact(places[from], places[to]));
  }
  return facts;
}

PlaceRules ReadPlaceRules(const std::vector<std::string>& facts) {
  PlaceRules rules;
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 11 && w[0] == "some") rules.made = w[9];
    if (w.size() == 6 && w[0] == "any") rules.others = w[4];
  }
  return rules;
}

PlaceGraph ReadPlaceGraph(const std::vector<std::string>& facts) {
  PlaceGraph graph;
  const auto number = [&](const std::string& place) {
    const auto [it, is_new] = graph.numbers.emplace(place, graph.ways.size());
    if (is_new) graph.ways.emplace_back();
    return it->second;
  };
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() != 8 || w[0] != "from" || w[2] != "a") continue;
    const size_t from = number(w[1]), to = number(w[6]);
    graph.ways[from].push_back(to);
  }
  return graph;
}

std::string PlaceGraph::Name(int64_t number) const {
  const auto is_it = [number](const auto& place) { return static_cast<int64_t>(place.second) == number; };
  return std::find_if(numbers.begin(), numbers.end(), is_it)->first;
}

std::vector<std::string> PlacesFrom(const std::vector<std::string>& facts, const std::string& place) {
  const std::string start = "from " + place + " a ", before = " to ";
  std::vector<std::string> to;
  for (const std::string& fact : facts) {
    if (!fact.starts_with(start)) continue;
    const size_t end = fact.rfind(before) + before.size();
    to.push_back(fact.substr(end, fact.size() - end - 2));
  }
  return to;
}

bool Reaches(const std::vector<std::string>& facts, const std::string& place, int64_t steps) {
  const std::vector<std::string> next = PlacesFrom(facts, place);
  return steps > 0 &&
         std::any_of(next.begin(), next.end(), [&](const auto& to) { return Avoids(facts, to, steps - 1); });
}

bool Avoids(const std::vector<std::string>& facts, const std::string& place, int64_t steps) {
  const std::vector<std::string> next = PlacesFrom(facts, place);
  if (next.empty()) return true;
  return steps > 0 &&
         std::all_of(next.begin(), next.end(), [&](const auto& to) { return Reaches(facts, to, steps - 1); });
}

std::string ValueOf(const std::vector<std::string>& facts, const std::string& start) {
  for (const std::string& fact : facts) {
    if (!fact.starts_with(start)) continue;
    const std::string without = fact.substr(0, fact.rfind(' '));
    return without.substr(without.rfind(' ') + 1);
  }
  return "";
}

std::vector<std::string> WayConclusions(const std::vector<std::string>& facts,
                                        const std::function<std::string(const std::string&)>& kind_of) {
  std::vector<std::string> conclusions;
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    conclusions.push_back(w.size() == 8 && w[0] == "from" && w[2] == "a" ? kind_of(w[6]) : "");
  }
  return conclusions;
}

std::vector<std::string> PlaceConclusions(const std::vector<std::string>& facts) {
  const PlaceRules rules = ReadPlaceRules(facts);
  const PlaceGraph graph = ReadPlaceGraph(facts);
  const PlaceKinds kinds = KindsOf(graph.ways, {});
  return WayConclusions(facts, [&](const std::string& to) {
    const size_t place = graph.numbers.at(to);
    return kinds.ranks[place] == kUnsettled ? "" : kinds.kinds[place] == kFirstKind ? rules.made : rules.others;
  });
}

}  // namespace trivium
