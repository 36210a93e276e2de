// See rule_language.h.
#include "stage2_reasoning/tasks/rule_language.h"

#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"

namespace trivium {
namespace {

// What the facts say about kinds of places.
struct StatedRules {
  bool every = false;
  std::string asked_of_ways, first, second, of_ends;  // kinds; of_ends may be empty
  std::map<std::string, std::string> told;            // of places
  bool complete() const {
    return !first.empty() && !second.empty() && (asked_of_ways == first || asked_of_ways == second);
  }
  std::string OfEnd(const std::string& place) const {
    const auto it = told.find(place);
    return it != told.end() ? it->second : of_ends.empty() ? second : of_ends;
  }
};

StatedRules ReadRules(const std::vector<std::string>& facts) {
  StatedRules rules;
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 14 && w[0] == "if") {  // if Q way leads to a K place then a place is L .
      rules.every = w[1] == "every";
      rules.asked_of_ways = w[6];
      rules.first = w[12];
    } else if (w.size() == 11 && w[0] == "if") {  // if no way leads on then a place is K .
      rules.of_ends = w[9];
    } else if (w.size() == 6 && w[0] == "any") {  // any other place is K .
      rules.second = w[4];
    } else if (w.size() == 4 && w[1] == "is") {  // A is K .
      rules.told[w[0]] = w[2];
    }
  }
  return rules;
}

PlaceKinds StatedPlaceKinds(const StatedRules& rules, const PlaceGraph& graph) {
  PlaceRule rule{rules.every, rules.asked_of_ways == rules.first, std::vector<bool>(graph.ways.size())};
  for (const auto& [name, number] : graph.numbers) rule.ends[number] = rules.OfEnd(name) == rules.first;
  return KindsOf(graph.ways, rule);
}

// A question's place, and where it asks which one, the kind that it has to be of.
struct Asked {
  std::string place, kind;
};
Asked ReadQuestion(const std::string& question) {
  const std::vector<std::string> q = SplitWords(question);
  if (q.size() == 4 && q[1] == "is" && q[2] == "what") return {q[0], ""};
  if (q.size() == 8 && q[0] == "the" && q[3] == "from" && q[6] == "what") return {q[4], q[1]};
  return {};
}

// Plays the ways out for so many steps, on the sentences themselves.
class Played {
 public:
  explicit Played(const std::vector<std::string>& facts) : facts_(facts), second_(ValueOf(facts, "any other ")) {
    for (const std::string& fact : facts) {
      if (!fact.starts_with("if some ") && !fact.starts_with("if every ")) continue;
      every_ = fact.starts_with("if every ");
      first_ = ValueOf({fact}, "if ");
      const size_t kind = fact.find(" to a ") + 6;
      asked_of_ways_ = fact.substr(kind, fact.find(' ', kind) - kind);
    }
  }

  // What the place is, as far as so many steps show it; "" if they do not.
  const std::string& Kind(const std::string& place, int64_t steps) {
    const auto [known, is_new] = known_.try_emplace({place, steps});
    if (!is_new) return known->second;
    std::string& kind = known->second;  // stays where it is while others are added
    const std::vector<std::string> next = PlacesFrom(facts_, place);
    if (next.empty()) {
      const std::string told = ValueOf(facts_, place + " is "), by_rule = ValueOf(facts_, "if no ");
      return kind = !told.empty() ? told : !by_rule.empty() ? by_rule : second_;
    }
    if (steps == 0) return kind;
    int64_t fits = 0, others = 0;
    for (const std::string& to : next) {
      const std::string& there = Kind(to, steps - 1);
      fits += there == asked_of_ways_;
      others += !there.empty() && there != asked_of_ways_;
    }
    const int64_t all = std::ssize(next);
    const bool holds = every_ ? fits == all : fits > 0, fails = every_ ? others > 0 : others == all;
    return kind = holds ? first_ : fails ? second_ : "";
  }

 private:
  const std::vector<std::string>& facts_;
  bool every_ = false;
  std::string asked_of_ways_, first_, second_;
  std::map<std::pair<std::string, int64_t>, std::string> known_;
};

}  // namespace

const std::vector<RuleSet>& TrainedRuleSets() {
  static const std::vector<RuleSet> kTrained = {{false, false, false, false}, {true, false, false, true},
                                                {false, false, true},         {true, false, true},
                                                {false, true, true},          {true, true, true}};
  return kTrained;
}

const std::vector<RuleSet>& HeldOutRuleSets() {
  static const std::vector<RuleSet> kHeldOut = {{false, false, false, true}, {true, false, false, false}};
  return kHeldOut;
}

std::vector<std::string> RuledFacts(const RuleWords& words, const RuleSet& set, const PlaceRule& rule,
                                    const std::vector<std::string>& places, const Ways& ways) {
  const auto kind = [&](bool first) { return words.kinds[first ? 0 : 1]; };
  const std::string way = words.way + " " + words.leads;
  std::vector<std::string> facts;
  for (size_t from = 0; from < ways.size(); ++from) {
    for (size_t to : ways[from]) facts.push_back("from " + places[from] + " a " + way + " to " + places[to] + " .");
  }
  facts.push_back(std::string("if ") + (set.every ? "every " : "some ") + way + " to a " + kind(set.first) + " " +
                  words.place + " then a " + words.place + " is " + kind(true) + " .");
  facts.push_back("any other " + words.place + " is " + kind(false) + " .");
  if (!set.told) facts.push_back("if no " + way + " on then a " + words.place + " is " + kind(set.first_ends) + " .");
  for (size_t place = 0; place < ways.size() && set.told; ++place) {
    if (ways[place].empty()) facts.push_back(places[place] + " is " + kind(rule.ends[place]) + " .");
  }
  return facts;
}

std::string WhatQuestion(const std::string& place) { return place + " is what ?"; }

std::string WhichQuestion(const RuleWords& words, const std::string& kind, const std::string& place) {
  return "the " + kind + " " + words.place + " from " + place + " is what ?";
}

std::array<std::string, 2> StatedKinds(const std::vector<std::string>& facts) {
  const StatedRules rules = ReadRules(facts);
  return {rules.first, rules.second};
}

std::vector<std::string> RuledGuesses(const Item& item) {
  const Asked asked = ReadQuestion(item.question);
  if (!asked.kind.empty()) return PlacesFrom(item.facts, asked.place);
  const std::array<std::string, 2> kinds = StatedKinds(item.facts);
  return {kinds[0], kinds[1]};
}

std::vector<std::string> SolveRuled(const std::vector<std::string>& facts, const std::string& question) {
  const Asked asked = ReadQuestion(question);
  const StatedRules rules = ReadRules(facts);
  const bool which = !asked.kind.empty();
  if (asked.place.empty() || !rules.complete()) return {kUnknown};
  if (which && asked.kind != rules.first && asked.kind != rules.second) return {kUnknown};
  const PlaceGraph graph = ReadPlaceGraph(facts);
  const auto place = graph.numbers.find(asked.place);
  if (place == graph.numbers.end() || graph.ways[place->second].empty()) {
    return {which ? std::string(kUnknown) : rules.OfEnd(asked.place)};
  }
  const PlaceKinds kinds = StatedPlaceKinds(rules, graph);
  if (!which) {
    if (kinds.ranks[place->second] == kUnsettled) return {kUnknown};
    return {kinds.first[place->second] ? rules.first : rules.second};
  }
  const ChosenPlace chosen = ChoosePlace(kinds, graph.ways[place->second], asked.kind == rules.first);
  return {chosen.place < 0 ? kUnknown : graph.Name(chosen.place)};
}

std::vector<std::string> RuledConclusions(const std::vector<std::string>& facts) {
  const StatedRules rules = ReadRules(facts);
  if (!rules.complete()) return std::vector<std::string>(facts.size());
  const PlaceGraph graph = ReadPlaceGraph(facts);
  const PlaceKinds kinds = StatedPlaceKinds(rules, graph);
  return WayConclusions(facts, [&](const std::string& to) -> std::string {
    const size_t place = graph.numbers.at(to);
    if (graph.ways[place].empty()) return rules.OfEnd(to);
    return kinds.ranks[place] == kUnsettled ? "" : kinds.first[place] ? rules.first : rules.second;
  });
}

Derivation PlayRuled(const std::vector<std::string>& facts, const std::string& question, int64_t steps_a_depth) {
  const Asked asked = ReadQuestion(question);
  Played played(facts);
  const std::vector<std::string> next = PlacesFrom(facts, asked.place);
  for (int64_t steps = 0; steps <= std::ssize(facts); ++steps) {
    if (asked.kind.empty()) {
      const std::string& kind = played.Kind(asked.place, steps);
      if (!kind.empty()) return {kind, std::max<int64_t>(1, (steps + steps_a_depth - 1) / steps_a_depth)};
      continue;
    }
    std::vector<std::string> open;
    for (const std::string& to : next) {
      const std::string& kind = played.Kind(to, steps);
      if (kind == asked.kind) return {to, steps / steps_a_depth + 1};
      if (kind.empty()) open.push_back(to);
    }
    if (open.size() == 1) return {open[0], steps / steps_a_depth + 1};
  }
  return {};
}

}  // namespace trivium
