// See rule_language.h.
#include "stage2_reasoning/tasks/rule_language.h"

#include <algorithm>
#include <map>

#include "core/text/sentences.h"

namespace trivium {
namespace {

// What the facts say about kinds of places.
struct StatedRules {
  std::vector<std::string> kinds = {"", ""};  // by number; the first two are empty where no rule makes them
  std::map<std::string, size_t> others;       // the numbers of further ones
  PlaceRule rule{.conditions = {}};
  std::string of_ends;                      // may be empty
  std::map<std::string, std::string> told;  // of places
  bool complete() const {
    return !kinds[kFirstKind].empty() && !kinds[kSecondKind].empty() && kinds[kFirstKind] != kinds[kSecondKind];
  }
  // The number of a kind, a new one if it has none.
  size_t AddKind(const std::string& kind) {
    if (kind == kinds[kFirstKind]) return kFirstKind;
    if (kind == kinds[kSecondKind]) return kSecondKind;
    const auto [known, is_new] = others.try_emplace(kind, kinds.size());
    if (is_new) kinds.push_back(kind);
    return known->second;
  }
  const std::string& OfEnd(const std::string& place) const {
    const auto it = told.find(place);
    return it != told.end() ? it->second : of_ends.empty() ? kinds[kSecondKind] : of_ends;
  }
};

constexpr size_t kConditionWords = 8;  // "Q way leads to a K place and", or "then"
const std::map<std::string, Quantifier>& Quantifiers() {
  static const std::map<std::string, Quantifier> kQuantifiers = {
      {"some", Quantifier::kSome}, {"every", Quantifier::kEvery}, {"no", Quantifier::kNo}};
  return kQuantifiers;
}

const std::string& WordOf(Quantifier quantifier) {
  const auto is_it = [quantifier](const auto& word) { return word.second == quantifier; };
  return std::find_if(Quantifiers().begin(), Quantifiers().end(), is_it)->first;
}

// Whether w is "if Q way leads to a K place [and|or Q way leads to a M place] then a place is L .".
bool IsRule(const std::vector<std::string>& w) {
  if ((w.size() != 14 && w.size() != 22) || w[0] != "if" || w[w.size() - 6] != "then") return false;
  if (w.size() == 22 && w[8] != "and" && w[8] != "or") return false;
  for (size_t at = 1; at + 6 < w.size(); at += kConditionWords) {
    if (!Quantifiers().contains(w[at])) return false;
  }
  return true;
}

StatedRules ReadRules(const std::vector<std::string>& facts) {
  StatedRules rules;
  std::vector<std::string> conditions;  // the words of the rule
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (IsRule(w)) {
      conditions = w;
      rules.kinds[kFirstKind] = w[w.size() - 2];
    } else if (w.size() == 11 && w[0] == "if") {  // if no way leads on then a place is K .
      rules.of_ends = w[9];
    } else if (w.size() == 6 && w[0] == "any") {  // any other place is K .
      rules.kinds[kSecondKind] = w[4];
    } else if (w.size() == 4 && w[1] == "is") {  // A is K .
      rules.told[w[0]] = w[2];
    }
  }
  for (size_t at = 1; at + 6 < conditions.size(); at += kConditionWords) {
    rules.rule.conditions.push_back({Quantifiers().at(conditions[at]), rules.AddKind(conditions[at + 5])});
  }
  rules.rule.any = conditions.size() == 22 && conditions[8] == "or";
  return rules;
}

PlaceKinds StatedPlaceKinds(StatedRules& rules, const PlaceGraph& graph) {
  rules.rule.ends.assign(graph.ways.size(), kSecondKind);
  for (const auto& [name, number] : graph.numbers) rules.rule.ends[number] = rules.AddKind(rules.OfEnd(name));
  return KindsOf(graph.ways, rules.rule);
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
      const size_t then = fact.find(" then ");
      if (!fact.starts_with("if ") || then == std::string::npos) continue;
      const std::string value = ValueOf({fact}, "if ");
      if (fact.find(" on then ") != std::string::npos) {
        of_ends_ = value;
        continue;
      }
      if (fact.find(" to a ") >= then) continue;  // none in this language
      first_ = value;
      rule_ = fact.substr(3, then - 3);
    }
  }

  // What the place is, as far as so many steps show it; "" if they do not.
  const std::string& Kind(const std::string& place, int64_t steps) {
    const auto [known, is_new] = known_.try_emplace({place, steps});
    if (!is_new) return known->second;
    std::string& kind = known->second;  // stays where it is while others are added
    const std::vector<std::string> next = PlacesFrom(facts_, place);
    if (next.empty()) {
      const std::string told = ValueOf(facts_, place + " is ");
      return kind = !told.empty() ? told : !of_ends_.empty() ? of_ends_ : second_;
    }
    if (steps == 0) return kind;
    std::vector<std::string> there;
    for (const std::string& to : next) there.push_back(Kind(to, steps - 1));
    const auto [holds, fails] = Makes(there);
    return kind = holds ? first_ : fails ? second_ : "";
  }

 private:
  // Whether it is shown that something holds, and whether it is shown that it does not.
  struct Shown {
    bool holds = false, fails = false;
  };

  // Of "Q way leads to a K place", for ways that lead to places of these kinds.
  static Shown Condition(const std::string& text, const std::vector<std::string>& there) {
    const size_t before = text.find(" to a ");
    if (before == std::string::npos) return {};
    const size_t start = before + 6;
    const std::string wanted = text.substr(start, text.find(' ', start) - start);
    int64_t fits = 0, others = 0;
    for (const std::string& kind : there) {
      fits += kind == wanted;
      others += !kind.empty() && kind != wanted;
    }
    const int64_t all = std::ssize(there);
    if (text.starts_with("every ")) return {fits == all, others > 0};
    return text.starts_with("no ") ? Shown{others == all, fits > 0} : Shown{fits > 0, others == all};
  }

  Shown Makes(const std::vector<std::string>& there) const {
    for (const std::string& link : {std::string(" and "), std::string(" or ")}) {
      const size_t middle = rule_.find(link);
      if (middle == std::string::npos) continue;
      const Shown one = Condition(rule_.substr(0, middle), there);
      const Shown other = Condition(rule_.substr(middle + link.size()), there);
      if (link == " and ") return {one.holds && other.holds, one.fails || other.fails};
      return {one.holds || other.holds, one.fails && other.fails};
    }
    return Condition(rule_, there);
  }

  const std::vector<std::string>& facts_;
  std::string rule_, first_, second_, of_ends_;
  std::map<std::pair<std::string, int64_t>, std::string> known_;
};

}  // namespace

std::vector<std::string> RuledFacts(const RuleWords& words, const RuleSet& set, const std::vector<size_t>& ends,
                                    const std::vector<std::string>& places, const Ways& ways) {
  const std::string way = words.way + " " + words.leads;
  std::vector<std::string> facts;
  for (size_t from = 0; from < ways.size(); ++from) {
    for (size_t to : ways[from]) facts.push_back("from " + places[from] + " a " + way + " to " + places[to] + " .");
  }
  std::string conditions;
  for (const WayCondition& condition : set.conditions) {
    if (!conditions.empty()) conditions += set.any ? " or " : " and ";
    conditions += WordOf(condition.quantifier) + " " + way + " to a " + words.kinds[condition.kind] + " " + words.place;
  }
  const std::string makes = " then a " + words.place + " is ";
  facts.push_back("if " + conditions + makes + words.kinds[kFirstKind] + " .");
  facts.push_back("any other " + words.place + " is " + words.kinds[kSecondKind] + " .");
  if (!set.told) facts.push_back("if no " + way + " on" + makes + words.kinds[set.ends] + " .");
  for (size_t place = 0; place < ways.size(); ++place) {
    const bool is_told = set.told || (set.third && ends[place] == kThirdKind);
    if (is_told && ways[place].empty()) facts.push_back(places[place] + " is " + words.kinds[ends[place]] + " .");
  }
  return facts;
}

std::string WhatQuestion(const std::string& place) { return place + " is what ?"; }

std::string WhichQuestion(const RuleWords& words, const std::string& kind, const std::string& place) {
  return "the " + kind + " " + words.place + " from " + place + " is what ?";
}

std::array<std::string, 2> StatedKinds(const std::vector<std::string>& facts) {
  const StatedRules rules = ReadRules(facts);
  return {rules.kinds[kFirstKind], rules.kinds[kSecondKind]};
}

std::vector<std::string> RuledGuesses(const Item& item) {
  const Asked asked = ReadQuestion(item.question);
  if (!asked.kind.empty()) return PlacesFrom(item.facts, asked.place);
  const std::array<std::string, 2> kinds = StatedKinds(item.facts);
  return {kinds[0], kinds[1]};
}

std::vector<std::string> SolveRuled(const std::vector<std::string>& facts, const std::string& question) {
  const Asked asked = ReadQuestion(question);
  StatedRules rules = ReadRules(facts);
  const bool which = !asked.kind.empty();
  if (asked.place.empty() || !rules.complete()) return {kUnknown};
  const PlaceGraph graph = ReadPlaceGraph(facts);
  const auto place = graph.numbers.find(asked.place);
  if (place == graph.numbers.end() || graph.ways[place->second].empty()) {
    return {which ? std::string(kUnknown) : rules.OfEnd(asked.place)};
  }
  const PlaceKinds kinds = StatedPlaceKinds(rules, graph);
  if (!which) {
    if (kinds.ranks[place->second] == kUnsettled) return {kUnknown};
    return {rules.kinds[kinds.kinds[place->second]]};
  }
  const ChosenPlace chosen = ChoosePlace(kinds, graph.ways[place->second], rules.AddKind(asked.kind));
  return {chosen.place < 0 ? kUnknown : graph.Name(chosen.place)};
}

std::vector<std::string> RuledConclusions(const std::vector<std::string>& facts) {
  StatedRules rules = ReadRules(facts);
  if (!rules.complete()) return std::vector<std::string>(facts.size());
  const PlaceGraph graph = ReadPlaceGraph(facts);
  const PlaceKinds kinds = StatedPlaceKinds(rules, graph);
  return WayConclusions(facts, [&](const std::string& to) -> std::string {
    const size_t place = graph.numbers.at(to);
    return kinds.ranks[place] == kUnsettled ? "" : rules.kinds[kinds.kinds[place]];
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
