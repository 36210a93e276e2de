// Alternation: places and ways between them, and two rules over the ways. "some way to a sad place makes a place kind
// ." and "any other place is sad ." -> "ada is what ?". What holds of a place depends on what holds of every place that
// its ways lead to, so nothing in the question says which facts matter: facts have to be combined unasked (some and
// every in turn, the skeleton of every game for two). Tier 2, not among the default families. Closed world.
// Depth d: the place is of the first kind by a way to a place of rank 2d-2, or of the second because all its ways lead
// to places of the first and the longest such delay has rank 2d-1 (training 1-3). Solver: backward induction. The two
// attributes are drawn anew for each item, and either is the answer in half of the items, over graphs of the same size.
// Names of places are names. Floor: 1/2.
#include <algorithm>
#include <map>
#include <optional>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr int64_t kGraphs = 200, kTries = 60;  // graphs tried for an item, and ways for each one wanted in a graph

using Ways = std::map<std::string, std::vector<std::string>>;

std::string Way(const std::string& from, const std::string& to) {
  return "from " + from + " a way leads to " + to + " .";
}
std::string SomeRule(const std::string& other, const std::string& made) {
  return "some way to a " + other + " place makes a place " + made + " .";
}
std::string OtherRule(const std::string& attribute) { return "any other place is " + attribute + " ."; }

// By backward induction, the number of the step in which it is settled what a place is: 0 without ways from it; odd if
// some way leads to an even one, one more than the nearest such; even if all lead to odd ones, one more than the
// furthest. Places on cycles may never be settled and are left out.
std::map<std::string, int64_t> Ranks(const Ways& ways) {
  std::map<std::string, int64_t> ranks;
  for (const auto& [from, list] : ways) {
    for (const std::string& to : list) {
      if (ways.count(to) == 0) ranks[to] = 0;
    }
  }
  for (int64_t step = 1; step <= std::ssize(ways); ++step) {
    std::map<std::string, int64_t> settled;
    for (const auto& [from, list] : ways) {
      if (ranks.count(from) > 0) continue;
      const auto leads_to = [&](int64_t parity) {
        return [&ranks, parity](const std::string& to) { return ranks.count(to) > 0 && ranks.at(to) % 2 == parity; };
      };
      if (std::any_of(list.begin(), list.end(), leads_to(0)) ? step % 2 == 1
                                                             : std::all_of(list.begin(), list.end(), leads_to(1))) {
        settled[from] = step;
      }
    }
    ranks.merge(settled);
  }
  return ranks;
}

class Alternation : public TaskFamily {
 public:
  std::string name() const override { return "alternation"; }
  bool by_default() const override { return false; }
  bool closed_world() const override { return true; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  double Floor() const override { return 0.5; }

  std::string EnglishForms() const override {
    return "[form way]\nfrom $A a way leads to $V .\n$A has a way to $V .\n* a path goes from $A to $V .\n"
           "[form some_way]\nsome way to a $P place makes a place $L .\n* one way to a $P place will make a place $L .\n"
           "[form other_place]\nany other place is $L .\n* every place else is $L .\n";
  }
  std::string ConstructedForms() const override {
    return "[form way]\n$A de vojo wa $V .\n[form some_way]\n$P loko vojo wa $L .\n[form other_place]\nali loko wa $L .\n";
  }

  std::vector<std::string> Guesses(const Item& item) const override {
    std::vector<std::string> attributes;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() > 2 && (w[0] == "some" || w[0] == "any")) attributes.push_back(w[w.size() - 2]);
    }
    return attributes;
  }

  // Any attribute, since in other words an answer need not be said as the facts say it.
  std::vector<std::string> ClosedAnswers() const override { return EnglishLexicon().attributes(); }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    const bool made = rng.Chance(0.5);  // the answer is what some way makes a place
    const int64_t wanted = std::max(rng.Between(options.min_facts, options.max_facts) - 2, 2 * depth + 6);
    const int64_t most = std::min(std::ssize(*options.names), std::max(2 * depth + 5, wanted / 2));
    const auto from_asked = static_cast<size_t>(rng.Between(2, 3));
    std::vector<std::string> places;
    Ways ways;
    for (int64_t tries = 0; tries < kGraphs && CountWays(ways) != wanted; ++tries) {
      places = rng.Sample(*options.names, static_cast<size_t>(most));
      ways = DrawWays(places, depth, made, wanted, from_asked, rng);
    }
    const std::vector<std::string> attributes = rng.Sample(EnglishLexicon().attributes(), 2);
    Item item;
    item.task = name();
    item.depth = depth;
    item.facts = {SomeRule(attributes[1], attributes[0]), OtherRule(attributes[1])};
    for (const auto& [from, list] : ways) {
      for (const std::string& to : list) item.facts.push_back(Way(from, to));
    }
    item.question = places[made ? 2 : 1] + " is what ?";
    item.answer = attributes[made ? 0 : 1];
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // A is what ?
    if (q.size() != 4 || q[2] != "what") return {kUnknown};
    Ways ways;
    std::string of_some, of_others;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() == 8 && w[0] == "from" && w[3] == "way") ways[w[1]].push_back(w[6]);
      if (w.size() == 11 && w[0] == "some") of_some = w[9];
      if (w.size() == 6 && w[0] == "any") of_others = w[4];
    }
    if (of_some.empty() || of_others.empty()) return {kUnknown};
    if (ways.count(q[0]) == 0) return {of_others};
    const std::map<std::string, int64_t> ranks = Ranks(ways);
    const auto rank = ranks.find(q[0]);
    return {rank == ranks.end() ? kUnknown : rank->second % 2 == 0 ? of_others : of_some};
  }

  // Plays it out: whether a place has a way from which every way leads back to such a place, with as many steps.
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::string place = question.substr(0, question.find(' '));
    const auto value = [&](const std::string& start) -> std::string {
      for (const std::string& fact : facts) {
        if (!fact.starts_with(start)) continue;
        const std::string without = fact.substr(0, fact.rfind(' '));
        return without.substr(without.rfind(' ') + 1);
      }
      return "";
    };
    const std::string of_some = value("some way to"), of_others = value("any other place");
    if (of_some.empty() || of_others.empty()) return {};
    for (int64_t steps = 0; steps <= std::ssize(facts); ++steps) {
      if (Reaches(facts, place, steps)) return {of_some, (steps + 1) / 2};
      if (Avoids(facts, place, steps)) return {of_others, std::max<int64_t>(1, (steps + 1) / 2)};
    }
    return {};
  }

  std::vector<std::string> Alternatives(const std::string&, const Item&) const override {
    return {};  // a changed way changes the answer only where it matters, which no list of needed facts tells
  }

 private:
  static int64_t CountWays(const Ways& ways) {
    int64_t count = 0;
    for (const auto& [from, list] : ways) count += std::ssize(list);
    return count;
  }

  // A line of ways through the first places, of which place 1 has rank 2 * depth and place 2 one less, and other ways
  // that leave the rank of the one asked about as it is: `from_asked` from it. The graph's size, and how many ways lead
  // to and from the place, do not tell which of the two is asked about. Fewer than `wanted` ways if tries run out.
  static Ways DrawWays(const std::vector<std::string>& places, int64_t depth, bool made, int64_t wanted,
                       size_t from_asked, Rng& rng) {
    const std::string& asked = places[made ? 2 : 1];
    const int64_t rank = 2 * depth - (made ? 1 : 0);
    Ways ways;
    for (size_t i = 0; i < static_cast<size_t>(2 * depth + 1); ++i) ways[places[i]].push_back(places[i + 1]);
    for (int64_t tries = 0; CountWays(ways) < wanted && tries < kTries * wanted; ++tries) {
      const bool is_asked = ways[asked].size() < from_asked && rng.Chance(0.5);
      const std::string &from = is_asked ? asked : rng.Pick(places), &to = rng.Pick(places);
      if (from == to || (!is_asked && from == asked) || to == asked) continue;
      std::vector<std::string>& there = ways[from];
      if (std::find(there.begin(), there.end(), to) == there.end()) {
        there.push_back(to);
        const std::map<std::string, int64_t> ranks = Ranks(ways);
        const auto found = ranks.find(asked);
        const bool all_settled =
            std::all_of(ways.begin(), ways.end(), [&](const auto& way) { return ranks.count(way.first) > 0; });
        if (found != ranks.end() && found->second == rank && all_settled) continue;
        there.pop_back();
      }
      if (there.empty()) ways.erase(from);
    }
    if (ways[asked].size() != from_asked) ways.clear();
    return ways;
  }

  static std::vector<std::string> From(const std::vector<std::string>& facts, const std::string& place) {
    const std::string start = "from " + place + " a way leads to ";
    std::vector<std::string> to;
    for (const std::string& fact : facts) {
      if (fact.starts_with(start)) to.push_back(fact.substr(start.size(), fact.size() - start.size() - 2));
    }
    return to;
  }
  // A place of the first kind within `steps` ways.
  static bool Reaches(const std::vector<std::string>& facts, const std::string& place, int64_t steps) {
    const std::vector<std::string> next = From(facts, place);
    return steps > 0 &&
           std::any_of(next.begin(), next.end(), [&](const auto& to) { return Avoids(facts, to, steps - 1); });
  }
  // A place of the other kind, shown within `steps` ways.
  static bool Avoids(const std::vector<std::string>& facts, const std::string& place, int64_t steps) {
    const std::vector<std::string> next = From(facts, place);
    if (next.empty()) return true;
    return steps > 0 &&
           std::all_of(next.begin(), next.end(), [&](const auto& to) { return Reaches(facts, to, steps - 1); });
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeAlternation() { return std::make_unique<Alternation>(); }

}  // namespace trivium
