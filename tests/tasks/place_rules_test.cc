// The family place_rules: sets of rules kept out of training mean what no other set means, and nothing but rules and
// graph tells what a place is.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/text/sentences.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

const TaskFamily& PlaceRules() { return *FindTaskFamily("place_rules").value(); }

std::vector<Item> RuledItems(int64_t depth, bool held_out, int64_t count) {
  GenerateOptions options{depth, &EnglishLexicon().training_names()};
  options.held_out_rules = held_out;
  return HeldOutItems(PlaceRules(), count, SeedTree(4), options);
}

// The rules of an item: whether every way is meant, whether it has to lead to the first kind, and what dead ends are:
// "told", or whether they are of the first kind.
using RuleSet = std::tuple<bool, bool, std::string>;
RuleSet RulesOf(const Item& item) {
  std::string quantifier, leads_to, first, ends = "told";
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 14) std::tie(quantifier, leads_to, first) = std::tuple(w[1], w[6], w[12]);
    if (w.size() == 11) ends = w[9];
  }
  return {quantifier == "every", leads_to == first, ends == "told" ? ends : ends == first ? "first" : "second"};
}

// The same with the names of the two kinds exchanged: not some way means every way not.
RuleSet Renamed(const RuleSet& rules) {
  const auto& [every, first, ends] = rules;
  return {!every, first, ends == "told" ? ends : ends == "first" ? "second" : "first"};
}

TEST_CASE("rules kept out of training mean what no trained ones mean, and each of their sentences is trained",
          "[tasks]") {
  std::set<RuleSet> trained, held_out;
  for (const Item& item : RuledItems(1, false, 300)) trained.insert(RulesOf(item));
  for (const Item& item : RuledItems(1, true, 100)) held_out.insert(RulesOf(item));
  REQUIRE(trained.size() == 6);
  REQUIRE(held_out.size() == 2);
  for (const RuleSet& rules : held_out) {
    REQUIRE(trained.count(rules) + trained.count(Renamed(rules)) == 0);
    const auto& [every, first, ends] = rules;
    REQUIRE(std::any_of(trained.begin(), trained.end(), [&, e = every, f = first](const RuleSet& other) {
      return std::get<0>(other) == e && std::get<1>(other) == f;
    }));
    REQUIRE(std::any_of(trained.begin(), trained.end(),
                        [&, of = ends](const RuleSet& other) { return std::get<2>(other) == of; }));
  }
}

TEST_CASE("places by any rules: solver, naive reasoner and depth agree", "[tasks]") {
  for (const bool held_out : {false, true}) {
    for (const int64_t depth : {1, 2, 3, 4, 8}) {
      for (const Item& item : RuledItems(depth, held_out, 200)) {
        INFO(ItemText(item));
        REQUIRE(PlaceRules().Solve(item.facts, item.question) == item.answers);
        const Derivation naive = PlaceRules().Derive(item.facts, item.question);
        REQUIRE(naive.answer == item.answer);
        REQUIRE(naive.steps == depth);
      }
    }
  }
}

TEST_CASE("neither sizes nor ways at the place asked about nor told ends tell what it is by its rules", "[tasks]") {
  for (const bool held_out : {false, true}) {
    for (const int64_t depth : {1, 2, 3, 6}) {
      // Of each set of rules: the best share of right answers of who knows one number and by heart what goes with it.
      std::map<std::tuple<RuleSet, int, int64_t>, std::array<int64_t, 2>> counts;
      std::map<std::pair<RuleSet, int>, std::pair<int64_t, int64_t>> right;  // and of how many
      for (const Item& item : RuledItems(depth, held_out, held_out ? 2000 : 6000)) {
        const RuleSet rules = RulesOf(item);
        const std::string asked = SplitWords(item.question)[0];
        std::string first;
        std::map<std::string, int64_t> told;
        std::set<std::string> from, places;
        int64_t out = 0;
        for (const std::string& fact : item.facts) {
          const std::vector<std::string> w = SplitWords(fact);
          if (w.size() == 14) first = w[12];
          if (w.size() == 4) ++told[w[2]];
          if (w[0] != "from") continue;
          from.insert(w[1]);
          places.insert({w[1], w[6]});
          out += w[1] == asked;
        }
        const int64_t clues[] = {std::ssize(item.facts), out, std::ssize(from), std::ssize(places), told[first]};
        for (int clue = 0; clue < 5; ++clue) ++counts[{rules, clue, clues[clue]}][item.answer == first];
      }
      for (const auto& [key, of_answer] : counts) {
        auto& [hits, all] = right[{std::get<0>(key), std::get<1>(key)}];
        hits += std::max(of_answer[0], of_answer[1]);
        all += of_answer[0] + of_answer[1];
      }
      for (const auto& [key, share] : right) {
        INFO("depth " << depth << ", clue " << key.second << ", every " << std::get<0>(key.first) << ", first "
                      << std::get<1>(key.first) << ", ends " << std::get<2>(key.first));
        REQUIRE(static_cast<double>(share.first) / static_cast<double>(share.second) < 0.57);
      }
    }
  }
}

}  // namespace
}  // namespace trivium
