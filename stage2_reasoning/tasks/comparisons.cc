// Comparisons: the order of things. "ann is taller than bob ?" -> yes / no, from facts about neighbours in the order.
// Tier 2. Depth = distance of the two in the order (training 1-4). Solver: transitive closure.
// 5-8 people (more for great depths or many facts) stand in one total order given by its adjacent pairs; a second
// comparative over the same people distracts. Neither of the two asked about is first or last in the order: who never
// stands on one side of "than" would give the answer away without a chain.
// Which of the two comes first in the question is a fair coin. Floor: 1/2.
#include <algorithm>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

// Whether `to` is reached from `from` in exactly `steps` facts "X is MORE than Y .".
bool Chain(const std::vector<std::string>& facts, const std::string& from, const std::string& more,
           const std::string& to, int64_t steps) {
  if (steps == 0) return from == to;
  const std::string start = from + " is " + more + " than ";
  for (const std::string& fact : facts) {
    if (!fact.starts_with(start)) continue;
    const std::string next = fact.substr(start.size(), fact.size() - start.size() - 2);
    if (Chain(facts, next, more, to, steps - 1)) return true;
  }
  return false;
}

class Comparisons : public TaskFamily {
 public:
  std::string name() const override { return "comparisons"; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3, 4}; }
  double Floor() const override { return 0.5; }

  std::vector<std::string> Guesses(const Item&) const override { return {"yes", "no"}; }

  std::vector<std::string> ClosedAnswers() const override { return {"yes", "no"}; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    const bool unknown = rng.Chance(options.unknown_share);
    // n people give n-1 facts for the order and at most n-2 for the second comparative.
    const int64_t fewest = std::max<int64_t>({5, depth + 3, (options.min_facts + 4) / 2});
    const int64_t people_count = rng.Between(fewest, std::max<int64_t>(8, fewest));
    const std::vector<std::string> order = rng.Sample(*options.names, people_count);
    const std::vector<std::string> comparatives = rng.Sample(EnglishLexicon().comparatives(), 2);
    const int64_t top = rng.Between(1, people_count - 2 - depth);
    Item item;
    item.task = name();
    item.depth = depth;
    for (int64_t i = 0; i + 1 < people_count; ++i) {
      if (i >= top && i < top + depth) item.support.push_back(i);
      item.facts.push_back(ComparisonFact(comparatives[0], order[i], order[i + 1]));
    }
    const int64_t order_facts = std::ssize(item.facts);
    const int64_t most = std::min(people_count - 1, std::max<int64_t>(2, options.max_facts - order_facts + 1));
    const int64_t least = std::min(most, std::max<int64_t>(4, options.min_facts - order_facts + 1));
    // One fact more where one is deleted: the number of facts does not tell.
    const int64_t others = rng.Between(least, std::min(most, std::max<int64_t>(6, least))) + (unknown ? 1 : 0);
    const std::vector<std::string> second = rng.Sample(order, others);
    for (size_t i = 0; i + 1 < second.size(); ++i) {
      item.facts.push_back(ComparisonFact(comparatives[1], second[i], second[i + 1]));
    }
    const bool yes = rng.Chance(0.5);
    const std::string &high = order[top], &low = order[top + depth];
    item.question = ComparisonQuestion(comparatives[0], yes ? high : low, yes ? low : high);
    item.answer = yes ? "yes" : "no";
    if (unknown) DropNeededFact(item, rng);
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // A is taller than B ?
    if (q.size() != 6) return {kUnknown};
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() == 6 && w[1] == "is" && w[2] == q[2] && w[3] == "than") pairs.emplace_back(w[0], w[4]);
    }
    if (Reaches(pairs, q[0], q[4])) return {"yes"};
    if (Reaches(pairs, q[4], q[0])) return {"no"};
    return {kUnknown};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);
    if (q.size() != 6) return {};
    return YesOrNo([&](int64_t steps) { return Chain(facts, q[0], q[2], q[4], steps); },
                   [&](int64_t steps) { return Chain(facts, q[4], q[2], q[0], steps); });
  }

  std::vector<std::string> Alternatives(const std::string&, const Item&) const override {
    return {};  // one changed pair breaks the order rather than turning it round; twins are made by the other families
  }

 private:
  static bool Reaches(const std::vector<std::pair<std::string, std::string>>& pairs, const std::string& from,
                      const std::string& to) {
    std::set<std::string> below = {from};
    for (size_t before = 0; before != below.size();) {
      before = below.size();
      for (const auto& [more, less] : pairs) {
        if (below.count(more)) below.insert(less);
      }
    }
    return from != to && below.count(to) > 0;
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeComparisons() { return std::make_unique<Comparisons>(); }

}  // namespace trivium
