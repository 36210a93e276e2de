// Alternation: places and ways between them, and two rules over the ways. "some way to a sad place makes a place kind
// ." and "any other place is sad ." -> "ada is what ?". What holds of a place depends on what holds of every place that
// its ways lead to, so nothing in the question says which facts matter: facts have to be combined unasked (some and
// every in turn, the skeleton of every game for two). Tier 2, not among the default families. Closed world.
// Depth d: the place is of the first kind by a way to a place of rank 2d-2, or of the second because all its ways lead
// to places of the first and the longest such delay has rank 2d-1 (training 1-3). Solver: backward induction. The two
// attributes are drawn anew for each item, and either is the answer in half of the items, over graphs of the same size.
// Names of places are names. Floor: 1/2.
#include <algorithm>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/place_graph.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr int64_t kGraphs = 200;  // tried for an item

class Alternation : public TaskFamily {
 public:
  std::string name() const override { return "alternation"; }
  std::string builds_on() const override { return "ways"; }
  bool by_default() const override { return false; }
  bool closed_world() const override { return true; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  int64_t LoopsFor(int64_t depth) const override { return kLoopsADepth * depth; }
  double Floor() const override { return 0.5; }

  std::string EnglishForms() const override { return kPlaceForms; }
  std::string ConstructedForms() const override { return kConstructedPlaceForms; }

  std::vector<std::string> Guesses(const Item& item) const override {
    const PlaceRules rules = ReadPlaceRules(item.facts);
    return {rules.made, rules.others};
  }

  // Any attribute, since in other words an answer need not be said as the facts say it.
  std::vector<std::string> ClosedAnswers() const override { return EnglishLexicon().attributes(); }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    const bool made = rng.Chance(0.5);  // the answer is what some way makes a place
    const int64_t wanted = std::max(rng.Between(options.min_facts, options.max_facts) - 2, 2 * depth + 6);
    const int64_t most = std::min(std::ssize(*options.names), std::max(2 * depth + 5, wanted / 2));
    const WayCounts counts = {wanted, rng.Between(2, 3)};
    const std::vector<std::string> places = rng.Sample(*options.names, static_cast<size_t>(most));
    Ways ways;
    for (int64_t tries = 0; tries < kGraphs; ++tries) {
      if (DrawWays(places.size(), depth, made, counts, rng, &ways)) break;
    }
    const std::vector<std::string> attributes = rng.Sample(EnglishLexicon().attributes(), 2);
    Item item;
    item.task = name();
    item.depth = depth;
    item.facts = PlaceFacts({attributes[0], attributes[1]}, places, ways);
    item.question = places[made ? 2 : 1] + " is what ?";
    item.answer = attributes[made ? 0 : 1];
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // A is what ?
    if (q.size() != 4 || q[2] != "what") return {kUnknown};
    const PlaceRules rules = ReadPlaceRules(facts);
    if (rules.made.empty() || rules.others.empty()) return {kUnknown};
    const PlaceGraph graph = ReadPlaceGraph(facts);
    const auto place = graph.numbers.find(q[0]);
    if (place == graph.numbers.end()) return {rules.others};
    const int64_t rank = Ranks(graph.ways)[place->second];
    return {rank == kUnsettled ? kUnknown : rank % 2 == 0 ? rules.others : rules.made};
  }

  // Plays it out: whether a place has a way from which every way leads back to such a place, with as many steps.
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::string place = question.substr(0, question.find(' '));
    const std::string of_some = ValueOf(facts, "some way to"), of_others = ValueOf(facts, "any other place");
    if (of_some.empty() || of_others.empty()) return {};
    for (int64_t steps = 0; steps <= std::ssize(facts); ++steps) {
      if (Reaches(facts, place, steps)) return {of_some, (steps + 1) / 2};
      if (Avoids(facts, place, steps)) return {of_others, std::max<int64_t>(1, (steps + 1) / 2)};
    }
    return {};
  }

  std::vector<std::string> Conclusions(const std::vector<std::string>& facts) const override {
    return PlaceConclusions(facts);
  }
  std::vector<std::string> Alternatives(const std::string&, const Item&) const override {
    return {};  // a changed way changes the answer only where it matters, which no list of needed facts tells
  }

 private:
  // A line of ways through the first places, of which place 1 has rank 2 * depth and place 2 one less, and other ways
  // that leave the rank of the one asked about as it is. The graph's size, and how many ways lead to and from the
  // place, do not tell which of the two is asked about.
  static bool DrawWays(size_t places, int64_t depth, bool made, const WayCounts& counts, Rng& rng, Ways* ways) {
    const size_t asked = made ? 2 : 1;
    const int64_t rank = 2 * depth - (made ? 1 : 0);
    ways->assign(places, {});
    for (size_t i = 0; i < static_cast<size_t>(2 * depth + 1); ++i) (*ways)[i].push_back(i + 1);
    const auto keeps = [&](const Ways&, const std::vector<int64_t>& ranks) { return ranks[asked] == rank; };
    return AddRankedWays(asked, counts, keeps, rng, ways);
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeAlternation() { return std::make_unique<Alternation>(); }

}  // namespace trivium
