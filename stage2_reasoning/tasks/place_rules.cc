// Place rules: what a place is by rules of several kinds, all stated as facts: "if every way leads to a sad place then
// a place is kind ." and "any other place is sad ."; and of dead ends either "if no way leads on then a place is kind
// ." or of each what it is -> "ada is what ?". Some or every way, leading to the same kind or to the other, and what
// dead ends are: eight sets of rules that mean something. Two are kept out of training: some or every way in turn,
// where dead ends are by a rule what the turn would not make them. Each is the other one with the two kinds exchanged,
// and no other set is, but each of their sentences is met in others. Tier 2, not among the default families. Closed
// world. Depth d: what the place is is settled after 2d-1 or 2d steps (training 1-3). Solver: backward induction. The
// two attributes are drawn anew for each item, and either is the answer in half of the items. Names of places are
// names. Floor: 1/2.
#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/place_graph.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr int64_t kGraphsForRules = 200;  // tried for an item

// Dead ends are told one by one, or by a rule: of the first kind or of the second. By a rule they decide nothing where
// ways have to lead to the same kind: all places would be as the dead ends are.
struct RuleSet {
  bool every = false, first = false;  // which ways, and to which kind, make a place be of the first
  bool told = false, first_ends = false;
};
const std::vector<RuleSet> kTrained = {{false, false, false, false}, {true, false, false, true}, {false, false, true},
                                       {true, false, true},          {false, true, true},        {true, true, true}};
const std::vector<RuleSet> kHeldOut = {{false, false, false, true}, {true, false, false, false}};
constexpr size_t kEnds = 2;  // dead ends of an item; if they are told, one of each kind

// What the facts say about kinds of places.
struct StatedRules {
  bool every = false;
  std::string asked_of_ways, first, second, of_ends;  // attributes; of_ends may be empty
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

// Plays the ways out for so many steps, on the sentences themselves.
class Played {
 public:
  explicit Played(const std::vector<std::string>& facts)
      : facts_(facts), every_(!ValueOf(facts, "if every way").empty()), second_(ValueOf(facts, "any other place")) {
    const std::string start = every_ ? "if every way leads to a " : "if some way leads to a ";
    first_ = ValueOf(facts, start);
    for (const std::string& fact : facts) {
      if (fact.starts_with(start))
        asked_of_ways_ = fact.substr(start.size(), fact.find(' ', start.size()) - start.size());
    }
  }

  // What the place is, as far as so many steps show it; "" if they do not.
  const std::string& Kind(const std::string& place, int64_t steps) {
    const auto [known, is_new] = known_.try_emplace({place, steps});
    if (!is_new) return known->second;
    std::string& kind = known->second;  // stays where it is while others are added
    const std::vector<std::string> next = PlacesFrom(facts_, place);
    if (next.empty()) {
      const std::string told = ValueOf(facts_, place + " is "), by_rule = ValueOf(facts_, "if no way");
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
  bool every_;
  std::string asked_of_ways_, first_, second_;
  std::map<std::pair<std::string, int64_t>, std::string> known_;
};

class PlaceRulesFamily : public TaskFamily {
 public:
  std::string name() const override { return "place_rules"; }
  std::string builds_on() const override { return "alternation"; }
  bool by_default() const override { return false; }
  bool closed_world() const override { return true; }
  bool has_rule_sets() const override { return true; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  double Floor() const override { return 0.5; }

  std::string EnglishForms() const override {
    return std::string(kPlaceForms) +
           "[form if_some]\nif some way leads to a $P place then a place is $L .\n"
           "* where some way leads to a $P place , a place is $L .\n"
           "[form if_every]\nif every way leads to a $P place then a place is $L .\n"
           "* where every way leads to a $P place , a place is $L .\n"
           "[form if_none]\nif no way leads on then a place is $L .\n* where no way leads on , a place is $L .\n";
  }
  std::string ConstructedForms() const override {
    return std::string(kConstructedPlaceForms) +
           "[form if_some]\nte vojo wa $P , loko wa $L .\n[form if_every]\nte ali vojo wa $P , loko wa $L .\n"
           "[form if_none]\nte vojo zo , loko wa $L .\n";
  }

  std::vector<std::string> Guesses(const Item& item) const override {
    const StatedRules rules = ReadRules(item.facts);
    return {rules.first, rules.second};
  }

  // Any attribute, since in other words an answer need not be said as the facts say it.
  std::vector<std::string> ClosedAnswers() const override { return EnglishLexicon().attributes(); }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const RuleSet& set = rng.Pick(options.held_out_rules ? kHeldOut : kTrained);
    const bool wanted = rng.Chance(0.5);  // whether the answer is the first kind
    const Shape shape = DrawShape(set, wanted, options, rng);
    Drawn drawn;
    for (int64_t tries = 0; tries < kGraphsForRules; ++tries) {
      if (Draw(set, wanted, shape, rng, &drawn)) break;
    }
    const std::vector<std::string> attributes = rng.Sample(EnglishLexicon().attributes(), 2);
    const auto kind = [&](bool first) { return attributes[first ? 0 : 1]; };
    const std::vector<std::string> places = rng.Sample(*options.names, drawn.ways.size());
    Item item;
    item.task = name();
    item.depth = options.depth;
    item.facts = WayFacts(places, drawn.ways);
    item.facts.push_back("if " + std::string(set.every ? "every" : "some") + " way leads to a " + kind(set.first) +
                         " place then a place is " + kind(true) + " .");
    item.facts.push_back("any other place is " + kind(false) + " .");
    if (!set.told) item.facts.push_back("if no way leads on then a place is " + kind(set.first_ends) + " .");
    for (size_t place = 0; place < places.size() && set.told; ++place) {
      if (drawn.ways[place].empty()) item.facts.push_back(places[place] + " is " + kind(drawn.rule.ends[place]) + " .");
    }
    item.question = places[0] + " is what ?";
    item.answer = kind(wanted);
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // A is what ?
    const StatedRules rules = ReadRules(facts);
    if (q.size() != 4 || q[2] != "what" || !rules.complete()) return {kUnknown};
    const PlaceGraph graph = ReadPlaceGraph(facts);
    const auto asked = graph.numbers.find(q[0]);
    if (asked == graph.numbers.end() || graph.ways[asked->second].empty()) return {rules.OfEnd(q[0])};
    PlaceRule rule{rules.every, rules.asked_of_ways == rules.first, std::vector<bool>(graph.ways.size())};
    for (const auto& [place, number] : graph.numbers) rule.ends[number] = rules.OfEnd(place) == rules.first;
    const PlaceKinds kinds = KindsOf(graph.ways, rule);
    if (kinds.ranks[asked->second] == kUnsettled) return {kUnknown};
    return {kinds.first[asked->second] ? rules.first : rules.second};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    Played played(facts);
    const std::string place = question.substr(0, question.find(' '));
    for (int64_t steps = 0; steps <= std::ssize(facts); ++steps) {
      const std::string& kind = played.Kind(place, steps);
      if (!kind.empty()) return {kind, std::max<int64_t>(1, (steps + 1) / 2)};
    }
    return {};
  }

  std::vector<std::string> Alternatives(const std::string&, const Item&) const override {
    return {};  // a changed way changes the answer only where it matters, which no list of needed facts tells
  }

 private:
  struct Drawn {
    Ways ways;
    PlaceRule rule;
  };

  // Drawn once an item, so that graphs that are easily found are no more frequent than others.
  struct Shape {
    int64_t steps = 0;  // after which it is settled what place 0 is
    size_t places = 0;
    WayCounts counts;
    bool end = false;  // whether the end of the line from place 0 is of the first kind
  };

  static Shape DrawShape(const RuleSet& set, bool wanted, const GenerateOptions& options, Rng& rng) {
    const int64_t last = 2 * options.depth, more = rng.Between(1, 2);
    Shape shape;
    shape.steps = last - rng.Between(0, 1);
    shape.end = set.told ? rng.Chance(0.5) : set.first_ends;
    if (LineKind(set, shape.end, shape.steps) != wanted) {
      if (set.told) {
        shape.end = !shape.end;
      } else {
        shape.steps = shape.steps == last ? last - 1 : last;
      }
    }
    // By the longer of both lines, so that no size tells which it is.
    const int64_t other_facts = 2 + (set.told ? int64_t{kEnds} : 1);
    const int64_t fewest = std::max(last + more + 1, options.min_facts - other_facts);
    shape.counts = {rng.Between(fewest, std::max(fewest, options.max_facts - other_facts)), 1};
    const int64_t places = int64_t{kEnds} + std::max(last + more, shape.counts.all / 2 + 1);
    shape.places = static_cast<size_t>(std::min(places, std::ssize(*options.names)));
    return shape;
  }

  // A line of ways from place 0 to the first dead end, the other dead ends, further places with ways to some of them,
  // and other ways that do not change after how many steps, and as what, place 0 is settled.
  static bool Draw(const RuleSet& set, bool wanted, const Shape& shape, Rng& rng, Drawn* drawn) {
    PlaceRule rule{set.every, set.first, std::vector<bool>(shape.places, set.first_ends)};
    drawn->ways.assign(shape.places, {});
    const auto first_end = static_cast<size_t>(shape.steps), rest = first_end + kEnds;
    for (size_t i = 0; i < first_end; ++i) drawn->ways[i].push_back(i + 1);
    for (size_t i = first_end; i < rest && set.told; ++i) rule.ends[i] = shape.end == (i == first_end);
    for (size_t i = rest; i < shape.places; ++i) {
      // The first leads to the line's end where the line is the shorter one, as the place would that it lacks; the next
      // to the other end. So neither the number of places nor that of ways tells how long the line is.
      const size_t after = i - rest + (shape.steps % 2 == 1 ? 0 : 1);
      drawn->ways[i].push_back(first_end + (after < kEnds ? after : rng.Below(kEnds)));
    }
    const auto keeps = [&](const Ways& ways) {
      for (size_t i = first_end; i < rest; ++i) {
        if (!ways[i].empty()) return false;
      }
      const PlaceKinds kinds = KindsOf(ways, rule);
      return std::count(kinds.ranks.begin(), kinds.ranks.end(), kUnsettled) == 0 && kinds.ranks[0] == shape.steps &&
             kinds.first[0] == wanted;
    };
    drawn->rule = rule;
    return AddWays(0, shape.counts, keeps, rng, &drawn->ways);
  }

  // What the first place of a line of single ways is: each is as the next, or each is otherwise.
  static bool LineKind(const RuleSet& set, bool end, int64_t steps) {
    return set.first ? end : end != (steps % 2 == 1);
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakePlaceRules() { return std::make_unique<PlaceRulesFamily>(); }

}  // namespace trivium
