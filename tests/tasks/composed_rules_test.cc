// Rules of two conditions over three kinds: sets kept out of training are played otherwise than all trained ones, no
// training item is by one of them, and no clue tells the answers.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/rule_language.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

// What is played by a set of rules: of a place whose ways lead to dead ends of one, two or three kinds, told for this
// purpose, what it is, and of what kinds dead ends are. The kinds are a, b and c; c is called as the one that it does
// the same as, if there is one.
std::vector<std::string> SaidBy(RuleSet set, bool exchanged) {
  const RuleWords words = {{exchanged ? "b" : "a", exchanged ? "a" : "b", "c"}};
  std::set<std::string> ends = {words.kinds[set.ends]};
  if (set.told) ends = {"a", "b"};
  if (set.third) ends.insert("c");
  set.told = true;
  const auto said = [&](const std::set<std::string>& kinds) {
    Ways ways(4);
    for (size_t end = 0; end < 3; ++end) {
      if (kinds.count(words.kinds[end])) ways[3].push_back(end);
    }
    return SolveRuled(RuledFacts(words, set, {0, 1, 2}, {"ada", "ben", "carl", "dora"}, ways), WhatQuestion("dora"))[0];
  };
  for (const std::string like : {"a", "b"}) {
    const std::string other = like == "a" ? "b" : "a";
    const bool is_like = said({"c"}) == said({like}) && said({"c", like}) == said({like}) &&
                         said({"c", other}) == said({"a", "b"}) && said({"a", "b", "c"}) == said({"a", "b"});
    if (is_like && ends.erase("c")) ends.insert(like);
  }
  std::vector<std::string> all(ends.begin(), ends.end());
  for (const std::set<std::string>& kinds : {std::set<std::string>{"a"}, {"b"}, {"a", "b"}}) {
    all.push_back(said(kinds));
    if (!ends.count("c")) continue;
    std::set<std::string> more = kinds;
    more.insert("c");
    all.push_back(said(more));
  }
  if (ends.count("c")) all.push_back(said({"c"}));
  return all;
}

// The same for sets of rules by which the same is played, but for the names of the first two kinds.
std::vector<std::string> PlayedBy(const RuleSet& set) { return std::min(SaidBy(set, false), SaidBy(set, true)); }

// Its conditions as they are said, in the order of the alphabet, in words of kinds as above.
std::set<std::string> ConditionsSaid(const RuleSet& set, bool exchanged) {
  const RuleWords words = {{exchanged ? "b" : "a", exchanged ? "a" : "b", "c"}};
  std::set<std::string> said = {set.any ? "any" : "all"};
  for (const WayCondition& condition : set.conditions) {
    RuleSet one = set;
    one.conditions = {condition};
    said.insert(RuledFacts(words, one, {}, {}, {})[0].substr(0, 30));
  }
  return said;
}

TEST_CASE("composed rules kept out of training mean what no trained ones mean, and each of their parts is trained",
          "[tasks]") {
  REQUIRE(ComposedRuleSets().size() == 134);
  REQUIRE(HeldOutComposedRuleSets().size() == 55);
  std::set<std::vector<std::string>> trained, held_out;
  std::set<std::tuple<Quantifier, size_t>> parts;
  std::set<std::set<std::string>> conditions, new_conditions;
  std::set<size_t> ends;
  for (const RuleSet& set : ComposedRuleSets()) {
    trained.insert(PlayedBy(set));
    for (const bool exchanged : {false, true}) conditions.insert(ConditionsSaid(set, exchanged));
    for (const WayCondition& part : set.conditions) parts.insert({part.quantifier, part.kind});
    if (!set.told) ends.insert(set.ends);
  }
  REQUIRE(ends.size() == 3);
  for (const RuleSet& set : TrainedRuleSets()) REQUIRE(trained.count(PlayedBy(set)) == 1);
  for (const RuleSet& set : HeldOutComposedRuleSets()) {
    REQUIRE(trained.count(PlayedBy(set)) == 0);
    held_out.insert(PlayedBy(set));
    if (conditions.count(ConditionsSaid(set, false)) == 0) {
      new_conditions.insert(std::min(ConditionsSaid(set, false), ConditionsSaid(set, true)));
    }
    for (const WayCondition& part : set.conditions) REQUIRE(parts.count({part.quantifier, part.kind}) == 1);
  }
  for (const RuleSet& set : HeldOutRuleSets()) REQUIRE(held_out.count(PlayedBy(set)) == 1);
  REQUIRE(new_conditions.size() == 3);
  REQUIRE(trained.size() >= 12);
  REQUIRE(held_out.size() >= 7);
}

TEST_CASE("a training item is by none of the composed rules that are kept out, and a held-out one by these alone",
          "[tasks]") {
  const auto said = [](const Item& item) {
    const std::array<std::string, 2> kinds = StatedKinds(item.facts);
    std::set<std::string> rules;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> w = SplitWords(fact);
      const auto named = [&](const std::string& word) { return word == kinds[0] ? "a" : word == kinds[1] ? "b" : "c"; };
      if (w[0] == "if" && w.size() == 11) rules.insert(std::string("ends ") + named(w[9]));
      for (size_t at = 1; w[0] == "if" && w.size() != 11 && at + 6 < w.size(); at += 8) {
        rules.insert(w[at] + " " + named(w[at + 5]) + (w.size() == 22 ? w[8] : ""));
      }
      if (w.size() == 4) rules.insert(std::string("told ") + named(w[2]));
    }
    return rules;
  };
  std::set<std::set<std::string>> trained, held_out;
  for (const int64_t depth : {1, 2}) {
    for (const Item& item : RuledItems("composed_rules", depth, false, 2000)) trained.insert(said(item));
    for (const Item& item : RuledItems("composed_rules", depth, true, 1000)) held_out.insert(said(item));
  }
  REQUIRE(trained.size() > 60);
  REQUIRE(held_out.size() > 25);
  for (const std::set<std::string>& rules : held_out) REQUIRE(trained.count(rules) == 0);
}

TEST_CASE("neither sizes nor ways nor told ends tell what a place is by composed rules", "[tasks]") {
  for (const int64_t depth : {1, 2, 3, 6}) {
    std::map<std::pair<int, int64_t>, std::array<int64_t, 2>> counts;  // by clue
    int64_t asked = 0;
    for (const Item& item : RuledItems("composed_rules", depth, false, 6000)) {
      if (SplitWords(item.question).size() != 4) continue;
      ++asked;
      const std::array<std::string, 2> kinds = StatedKinds(item.facts);
      std::map<std::string, int64_t> told;
      std::set<std::string> from, places;
      int64_t out = 0;
      for (const std::string& fact : item.facts) {
        const std::vector<std::string> w = SplitWords(fact);
        if (w.size() == 4) ++told[w[2]];
        if (w[0] != "from") continue;
        from.insert(w[1]);
        places.insert({w[1], w[6]});
        out += w[1] == SplitWords(item.question)[0];
      }
      const int64_t clues[] = {std::ssize(item.facts), out, std::ssize(from), std::ssize(places), told[kinds[0]],
                               std::ssize(told)};
      for (int clue = 0; clue < 6; ++clue) ++counts[{clue, clues[clue]}][item.answer == kinds[0]];
    }
    std::map<int, int64_t> right;
    for (const auto& [key, of_answer] : counts) right[key.first] += std::max(of_answer[0], of_answer[1]);
    for (const auto& [clue, hits] : right) {
      INFO("depth " << depth << ", clue " << clue);
      REQUIRE(static_cast<double>(hits) / static_cast<double>(asked) < 0.57);
    }
  }
}

// Not nothing: a place stands nearer to some dead ends than to others, and more ways lead to those.
TEST_CASE("ways into told dead ends tell less than two of three places by composed rules", "[tasks]") {
  for (const int64_t depth : {1, 2, 3, 6}) {
    std::map<std::pair<std::string, int64_t>, std::array<int64_t, 2>> counts;  // by rules, and how many more ways
    int64_t asked = 0, right = 0;
    for (const Item& item : RuledItems("composed_rules", depth, false, 8000)) {
      if (SplitWords(item.question).size() != 4) continue;
      const std::array<std::string, 2> kinds = StatedKinds(item.facts);
      std::map<std::string, int64_t> worth;
      std::string rules;
      for (const std::string& fact : item.facts) {
        const std::vector<std::string> w = SplitWords(fact);
        if (w.size() == 4) worth[w[0]] = w[2] == kinds[0] ? 1 : w[2] == kinds[1] ? -1 : 0;
        if (w[0] == "if") rules += w[1] + (w[6] == kinds[0] ? " a " : w[6] == kinds[1] ? " b " : " c ");
      }
      int64_t more = 0;
      for (const std::string& fact : item.facts) {
        const std::vector<std::string> w = SplitWords(fact);
        if (w[0] == "from" && worth.count(w[6])) more += worth[w[6]];
      }
      ++asked;
      ++counts[{rules, more}][item.answer == kinds[0]];
    }
    for (const auto& [key, of_answer] : counts) right += std::max(of_answer[0], of_answer[1]);
    INFO("depth " << depth << ": " << right << " of " << asked);
    CHECK(static_cast<double>(right) / static_cast<double>(asked) < 0.66);
  }
}

}  // namespace
}  // namespace trivium
