// The families of the language of rules: sets of rules kept out of training mean what no other set
// means, and nothing but rules and graph tells what a place is, or which one is of a kind.
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

const TaskFamily& Family(const std::string& name) { return *FindTaskFamily(name).value(); }

// The rules of an item: whether every way is meant, whether it has to lead to the first kind, and what dead ends are:
// "told", or whether they are of the first kind.
using StatedSet = std::tuple<bool, bool, std::string>;
StatedSet RulesOf(const Item& item) {
  std::string quantifier, leads_to, first, ends = "told";
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 14) std::tie(quantifier, leads_to, first) = std::tuple(w[1], w[6], w[12]);
    if (w.size() == 11) ends = w[9];
  }
  return {quantifier == "every", leads_to == first, ends == "told" ? ends : ends == first ? "first" : "second"};
}

// The same with the names of the two kinds exchanged: not some way means every way not.
StatedSet Renamed(const StatedSet& rules) {
  const auto& [every, first, ends] = rules;
  return {!every, first, ends == "told" ? ends : ends == "first" ? "second" : "first"};
}

TEST_CASE("rules kept out of training mean what no trained ones mean, and each of their sentences is trained",
          "[tasks]") {
  const std::string family = GENERATE("place_rules", "worded_rules");
  std::set<StatedSet> trained, held_out;
  for (const Item& item : RuledItems(family, 1, false, 300)) trained.insert(RulesOf(item));
  for (const Item& item : RuledItems(family, 1, true, 100)) held_out.insert(RulesOf(item));
  REQUIRE(trained.size() == 6);
  REQUIRE(held_out.size() == 2);
  for (const StatedSet& rules : held_out) {
    REQUIRE(trained.count(rules) + trained.count(Renamed(rules)) == 0);
    const auto& [every, first, ends] = rules;
    REQUIRE(std::any_of(trained.begin(), trained.end(), [&, e = every, f = first](const StatedSet& other) {
      return std::get<0>(other) == e && std::get<1>(other) == f;
    }));
    REQUIRE(std::any_of(trained.begin(), trained.end(),
                        [&, of = ends](const StatedSet& other) { return std::get<2>(other) == of; }));
  }
}

TEST_CASE("places by any rules: solver, naive reasoner and depth agree", "[tasks]") {
  const std::string family =
      GENERATE("plain_rules", "told_rules", "some_ways", "way_rules", "place_rules", "worded_rules", "composed_rules");
  for (const bool held_out : {false, true}) {
    if (held_out && !Family(family).has_rule_sets()) continue;
    for (const int64_t depth : {1, 2, 3, 4, 8}) {
      for (const Item& item : RuledItems(family, depth, held_out, 200)) {
        INFO(ItemText(item));
        REQUIRE(Family(family).Solve(item.facts, item.question) == item.answers);
        const Derivation naive = Family(family).Derive(item.facts, item.question);
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
      std::map<std::tuple<StatedSet, int, int64_t>, std::array<int64_t, 2>> counts;
      std::map<std::pair<StatedSet, int>, std::pair<int64_t, int64_t>> right;  // and of how many
      for (const Item& item : RuledItems("place_rules", depth, held_out, held_out ? 2000 : 6000)) {
        const StatedSet rules = RulesOf(item);
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

TEST_CASE("neither the ways at a place nor where it is named tell which one is of a kind", "[tasks]") {
  for (const bool held_out : {false, true}) {
    for (const int64_t depth : {1, 2, 3}) {
      std::array<double, 5> score{};
      int64_t asked = 0;
      for (const Item& item : RuledItems("way_rules", depth, held_out, 1500)) {
        const std::vector<std::string> q = SplitWords(item.question);
        REQUIRE(q.size() == 8);
        ++asked;
        std::vector<std::string> choices;
        std::map<std::string, int64_t> out, in;
        for (const std::string& fact : item.facts) {
          const std::vector<std::string> w = SplitWords(fact);
          if (w[0] != "from") continue;
          ++out[w[1]];
          ++in[w[6]];
          if (w[1] == q[4]) choices.push_back(w[6]);
        }
        // Dead ends apart: that they are some is the reasoning asked for at depth 1.
        const auto best = [&](const auto& worth) {
          int64_t most = -1000, all = 0, right = 0;
          for (const std::string& choice : choices) most = std::max<int64_t>(most, worth(choice));
          for (const std::string& choice : choices) {
            all += worth(choice) == most;
            right += worth(choice) == most && choice == item.answer;
          }
          return static_cast<double>(right) / static_cast<double>(all);
        };
        score[0] += best([&](const std::string& choice) { return depth == 1 ? 0 : out[choice]; });
        score[1] += best([&](const std::string& choice) { return depth == 1 ? 0 : -out[choice]; });
        score[2] += best([&](const std::string& choice) { return in[choice]; });
        score[3] += best([&](const std::string& choice) { return -in[choice]; });
        score[4] += best([&](const std::string& choice) { return choice == choices[0] ? 1 : 0; });
      }
      for (size_t clue = 0; clue < score.size(); ++clue) {
        INFO("depth " << depth << ", held out " << held_out << ", clue " << clue);
        CHECK(score[clue] / static_cast<double>(asked) < 0.57);
      }
    }
  }
}

// What the place is: told, or as a naive reasoner plays it out.
std::string KindOf(const Item& item, const std::string& place) {
  if (item.task == "told_ways") {
    const auto told = std::find_if(item.facts.begin(), item.facts.end(),
                                   [&](const std::string& fact) { return fact.starts_with(place + " is "); });
    return told == item.facts.end() ? "" : SplitWords(*told)[2];
  }
  const bool is_ruled = item.task.ends_with("_rules");
  const std::string question = place + " is what ?";
  return is_ruled ? PlayRuled(item.facts, question).answer : Family("alternation").Derive(item.facts, question).answer;
}

TEST_CASE("each way comes to what the place that it leads to is, and no other fact to anything", "[tasks]") {
  const std::string family = GENERATE("plain_ways", "ways", "alternation", "told_ways", "plain_rules", "told_rules",
                                      "way_rules", "place_rules", "worded_rules", "composed_rules");
  for (const Item& item : RuledItems(family, family == "told_ways" ? 1 : 2, false, 100)) {
    INFO(ItemText(item));
    const std::vector<std::string> conclusions = Family(family).Conclusions(item.facts);
    REQUIRE(conclusions.size() == item.facts.size());
    for (size_t i = 0; i < conclusions.size(); ++i) {
      const std::vector<std::string> w = SplitWords(item.facts[i]);
      const bool is_way = w[0] == "from";
      REQUIRE(conclusions[i] == (is_way ? KindOf(item, w[6]) : ""));
      if (family != "told_ways") REQUIRE(conclusions[i].empty() != is_way);
    }
  }
}

}  // namespace
}  // namespace trivium
