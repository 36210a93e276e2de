// Ways: the same places, ways and rules as alternation's, asked which way to take: "the sad place from ada is what ?".
// The answer is the only place of that kind that a way from ada leads to. Tier 2, not among the default families.
// Closed world. Depth d: what the answer is, or what all the others are, is settled after 2d-2 or 2d-1 steps, whichever
// is sooner (training 1-3). Solver: backward induction. Either of the two attributes is asked for in half of the items,
// and so is the nearer of the two places. Names of places are names. Floor: one of two or three. The two attributes are
// drawn anew for each item, so the rules have to be read. In plain_ways they are the same two in all items, which is
// learned first: both at once, search and reading the rules, do not begin (README of stage2_reasoning).
#include <algorithm>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/asked_ways.h"

namespace trivium {
namespace {

constexpr int64_t kGraphsForWays = 200;  // tried for an item

class WaysFamily : public AskedWaysFamily {
 public:
  explicit WaysFamily(bool plain) : plain_(plain) {}
  std::string name() const override { return plain_ ? "plain_ways" : "ways"; }
  std::string builds_on() const override { return plain_ ? "" : "plain_ways"; }
  bool closed_world() const override { return true; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  int64_t LoopsFor(int64_t depth) const override { return kLoopsADepth * depth; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    const bool even = rng.Chance(0.5), nearer = rng.Chance(0.5);
    const int64_t steps = 2 * depth - (even ? 2 : 1);  // rank of the nearer of the two places, the other's is one more
    const bool made = (steps % 2 == 1) == nearer;
    const int64_t wanted = std::max(rng.Between(options.min_facts, options.max_facts) - 2, 2 * depth + 6);
    const int64_t most = std::min(std::ssize(*options.names), std::max(2 * depth + 5, wanted / 2));
    const WayCounts counts = {wanted, rng.Between(2, 3)};
    const std::vector<std::string> places = rng.Sample(*options.names, static_cast<size_t>(most));
    const size_t answer = nearer ? 2 : 1;
    const auto keeps = [&](const Ways& now) {
      const PlaceKinds kinds = KindsOf(now, {});
      const ChosenPlace chosen = ChoosePlace(kinds, now[0], made ? kFirstKind : kSecondKind);
      return kinds.AllSettled() && chosen.place == static_cast<int64_t>(answer) && chosen.steps == steps;
    };
    Ways ways;
    for (int64_t tries = 0; tries < kGraphsForWays; ++tries) {
      // A line that ends in a place without ways, and the one asked about, with a way to either of its first two.
      ways.assign(places.size(), {});
      for (size_t i = 1; i <= static_cast<size_t>(steps + 1); ++i) ways[i].push_back(i + 1);
      ways[0] = {1, 2};
      if (AddWays(0, counts, keeps, rng, &ways)) break;
    }
    const std::vector<std::string> attributes =
        plain_ ? std::vector<std::string>{"kind", "sad"} : rng.Sample(EnglishLexicon().attributes(), 2);
    Item item;
    item.task = name();
    item.depth = depth;
    item.facts = PlaceFacts({attributes[0], attributes[1]}, places, ways);
    item.question = WhichQuestion({}, attributes[made ? 0 : 1], places[0]);
    item.answer = places[answer];
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // the K place from A is what ?
    if (q.size() != 8 || q[2] != "place" || q[3] != "from") return {kUnknown};
    const PlaceRules rules = ReadPlaceRules(facts);
    if (rules.made.empty() || rules.others.empty() || (q[1] != rules.made && q[1] != rules.others)) return {kUnknown};
    const PlaceGraph graph = ReadPlaceGraph(facts);
    const auto asked = graph.numbers.find(q[4]);
    if (asked == graph.numbers.end()) return {kUnknown};
    const ChosenPlace chosen =
        ChoosePlace(KindsOf(graph.ways, {}), graph.ways[asked->second], q[1] == rules.made ? kFirstKind : kSecondKind);
    return {chosen.place < 0 ? kUnknown : graph.Name(chosen.place)};
  }

  // Plays all ways out with ever more steps, until one place is shown to be so or all others to be otherwise.
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::string after = " place from ";
    const size_t middle = question.find(after);
    if (middle == std::string::npos || !question.starts_with("the ")) return {};
    const std::string kind = question.substr(4, middle - 4), rest = question.substr(middle + after.size());
    const bool made = kind == ValueOf(facts, "some way to");
    if (!made && kind != ValueOf(facts, "any other place")) return {};
    const std::vector<std::string> next = PlacesFrom(facts, rest.substr(0, rest.find(' ')));
    for (int64_t steps = 0; steps <= std::ssize(facts); ++steps) {
      std::vector<std::string> open;
      for (const std::string& to : next) {
        if (made ? Reaches(facts, to, steps) : Avoids(facts, to, steps)) return {to, steps / 2 + 1};
        if (made ? !Avoids(facts, to, steps) : !Reaches(facts, to, steps)) open.push_back(to);
      }
      if (open.size() == 1) return {open[0], steps / 2 + 1};
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
  bool plain_;  // the attributes are the same in all items
};

}  // namespace

std::unique_ptr<TaskFamily> MakePlainWays() { return std::make_unique<WaysFamily>(true); }
std::unique_ptr<TaskFamily> MakeWays() { return std::make_unique<WaysFamily>(false); }

}  // namespace trivium
