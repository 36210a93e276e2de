// Told ways: which way leads to a place of a kind, where kinds are told: "from ada a way leads to ben ." and "ben is
// sad ." -> "the sad place from ada is what ?". Two facts about the same place have to be put together, neither of
// which the question names: what rules over told places begin with. Tier 2, not among the default families. Depth 1.
// Solver: the only way to a place that is told to be so. Other places are of that kind, too, and others are reached.
// Names of places are names. Floor: one of two or three.
#include <algorithm>
#include <map>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/asked_ways.h"

namespace trivium {
namespace {

class ToldWays : public AskedWaysFamily {
 public:
  std::string name() const override { return "told_ways"; }
  std::vector<int64_t> training_depths() const override { return {1}; }
  int64_t SupportSize(int64_t) const override { return 2; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const bool unknown = rng.Chance(options.unknown_share);
    const int64_t facts = rng.Between(options.min_facts, options.max_facts) + (unknown ? 1 : 0);
    const int64_t from_asked = rng.Between(2, 3);
    const int64_t told = std::clamp(facts / 2, from_asked, std::ssize(*options.names) - 1);
    const std::vector<std::string> places = rng.Sample(*options.names, static_cast<size_t>(told + 1));
    const std::vector<std::string> kinds = rng.Sample(EnglishLexicon().attributes(), 3);
    Item item;
    item.task = name();
    item.depth = 1;
    item.answer = places[1];
    item.support = {0, from_asked};
    for (int64_t i = 1; i <= from_asked; ++i) item.facts.push_back(WayFact(places[0], places[static_cast<size_t>(i)]));
    for (int64_t i = 1; i <= told; ++i) {
      const std::string& kind = i == 1 ? kinds[0] : kinds[i <= from_asked ? rng.Below(2) + 1 : rng.Below(3)];
      item.facts.push_back(places[static_cast<size_t>(i)] + " is " + kind + " .");
    }
    std::set<std::string> ways;
    while (std::ssize(item.facts) < facts) {
      const size_t from = rng.Below(places.size() - 1) + 1, to = rng.Below(places.size());
      if (from != to && ways.insert(WayFact(places[from], places[to])).second)
        item.facts.push_back(WayFact(places[from], places[to]));
    }
    item.question = WhichQuestion({}, kinds[0], places[0]);
    if (unknown) DropNeededFact(item, rng);
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // the K place from A is what ?
    if (q.size() != 8 || q[2] != "place" || q[3] != "from") return {kUnknown};
    std::map<std::string, std::string> kinds;
    std::vector<std::string> reached;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() == 4 && w[1] == "is") kinds[w[0]] = w[2];
      if (w.size() == 8 && w[0] == "from" && w[1] == q[4]) reached.push_back(w[6]);
    }
    const auto fits = [&](const std::string& place) { return kinds.count(place) != 0 && kinds.at(place) == q[1]; };
    if (std::count_if(reached.begin(), reached.end(), fits) != 1) return {kUnknown};
    return {*std::find_if(reached.begin(), reached.end(), fits)};
  }

  // From the kind backwards: each sentence that says that a place is so, and whether a way leads there.
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const size_t middle = question.find(" place from ");
    if (middle == std::string::npos || !question.starts_with("the ")) return {};
    const std::string said = " is " + question.substr(4, middle - 4) + " .";
    const std::string from = question.substr(middle + 12, question.find(' ', middle + 12) - middle - 12);
    std::string found;
    for (const std::string& fact : facts) {
      if (!fact.ends_with(said) || fact.find(' ') + said.size() != fact.size()) continue;
      const std::string place = fact.substr(0, fact.find(' '));
      if (std::find(facts.begin(), facts.end(), WayFact(from, place)) == facts.end()) continue;
      if (!found.empty()) return {};
      found = place;
    }
    return found.empty() ? Derivation() : Derivation{found, 1};
  }

  // Of each way what the place that it leads to is told to be.
  std::vector<std::string> Conclusions(const std::vector<std::string>& facts) const override {
    return WayConclusions(facts, [&](const std::string& to) { return ValueOf(facts, to + " is "); });
  }

  // Other places that the way may lead to, of the same kind if there are such: then they are the answer.
  std::vector<std::string> Alternatives(const std::string& word, const Item& item) const override {
    if (EnglishLexicon().CategoryOf(word) == "attribute") return {};
    const std::string kind = SplitWords(item.question)[1];
    std::vector<std::string> places, of_kind;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() != 4 || w[0] == word) continue;
      places.push_back(w[0]);
      if (w[2] == kind) of_kind.push_back(w[0]);
    }
    return of_kind.empty() ? places : of_kind;
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeToldWays() { return std::make_unique<ToldWays>(); }

}  // namespace trivium
