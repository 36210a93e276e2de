// See ruled_items.h.
#include "stage2_reasoning/tasks/ruled_items.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace trivium {
namespace {

constexpr int64_t kGraphsForRules = 200;  // tried for an item

struct Drawn {
  Ways ways;
  std::vector<size_t> ends;  // of places without ways, by number, the kind
};

// What an item is asked, drawn once, so that graphs that are easily found are no more frequent than others.
struct Shape {
  int64_t steps = 0;  // after which the answer is settled
  size_t places = 0;
  WayCounts counts;
  size_t kind = kFirstKind;  // that is the answer, or asked for
  size_t end = kFirstKind;   // that the end of the first line is of
};

// Dead ends of an item; if they are told, one of each kind, else all are as the rule says, but for a third one.
size_t Ends(const RuleSet& set) { return set.third ? 3 : 2; }
// Facts that are no ways.
int64_t OtherFacts(const RuleSet& set) { return 2 + (set.told ? static_cast<int64_t>(Ends(set)) : 1 + set.third); }

size_t DrawKind(Rng& rng) { return rng.Chance(0.5) ? kFirstKind : kSecondKind; }
size_t OtherKind(size_t kind) { return kind == kFirstKind ? kSecondKind : kFirstKind; }

// A way from one of these places to the dead end of the third kind, if any can have one: what no way leads to is no
// clue that has to be read.
void ReachThird(size_t third, std::vector<size_t> places, const std::function<bool(const Ways&)>& keeps, Rng& rng,
                Ways& ways) {
  rng.Shuffle(places);
  for (const size_t place : places) {
    ways[place].push_back(third);
    if (keeps(ways)) return;
    ways[place].pop_back();
  }
}

int64_t DrawWays(int64_t fewest, const RuleSet& set, const GenerateOptions& options, Rng& rng) {
  const int64_t least = std::max(fewest, options.min_facts - OtherFacts(set));
  return rng.Between(least, std::max(least, options.max_facts - OtherFacts(set)));
}

Shape ShapeOfWhat(const RuleSet& set, bool by_step, const GenerateOptions& options, Rng& rng) {
  const int64_t last = by_step ? options.depth : 2 * options.depth, more = rng.Between(1, 2);
  Shape shape;
  shape.kind = DrawKind(rng);
  shape.steps = last - (by_step ? 0 : rng.Between(0, 1));
  std::vector<size_t> ends = set.told ? std::vector<size_t>{kFirstKind, kSecondKind} : std::vector<size_t>{set.ends};
  if (set.third) ends.push_back(kThirdKind);
  std::vector<size_t> fit;
  const auto fits = [&](size_t end) { return KindAtLine(set, end, shape.steps) == shape.kind; };
  std::copy_if(ends.begin(), ends.end(), std::back_inserter(fit), fits);
  // By a rule on dead ends a place one step nearer, or further, is of the other kind.
  if (fit.empty()) shape.steps = shape.steps == last ? last - 1 : last;
  shape.end = rng.Pick(fit.empty() ? ends : fit);
  // By the longer of both lines, so that no size tells which it is.
  shape.counts = {DrawWays(last + more + 1, set, options, rng), 1};
  const int64_t places = static_cast<int64_t>(Ends(set)) + std::max(last + more, shape.counts.all / 2 + 1);
  shape.places = static_cast<size_t>(std::min(places, std::ssize(*options.names)));
  return shape;
}

// A line of ways from place 0 to the first dead end, the other dead ends, further places with ways to some of them, and
// other ways that do not change after how many steps, and as what, place 0 is settled.
bool DrawWhat(const RuleSet& set, const Shape& shape, Rng& rng, Drawn* drawn) {
  PlaceRule rule{set.conditions, set.any, std::vector<size_t>(shape.places, set.ends)};
  drawn->ways.assign(shape.places, {});
  const size_t first_end = static_cast<size_t>(shape.steps), ends = Ends(set), rest = first_end + ends;
  for (size_t i = 0; i < first_end; ++i) drawn->ways[i].push_back(i + 1);
  for (size_t i = 0; i < ends && set.told; ++i) rule.ends[first_end + i] = (shape.end + i) % ends;
  if (set.third && !set.told) rule.ends[first_end + (shape.end == kThirdKind ? 0 : ends - 1)] = kThirdKind;
  for (size_t i = rest; i < shape.places; ++i) {
    // The first leads to the line's end where the line is the shorter one, as the place would that it lacks; the next
    // to the other end. So neither the number of places nor that of ways tells how long the line is.
    const size_t after = i - rest + (shape.steps % 2 == 1 ? 0 : 1);
    drawn->ways[i].push_back(first_end + (after < ends ? after : rng.Below(ends)));
  }
  const auto keeps = [&](const Ways& ways) {
    for (size_t i = first_end; i < rest; ++i) {
      if (!ways[i].empty()) return false;
    }
    const PlaceKinds kinds = KindsOf(ways, rule);
    return kinds.AllSettled() && kinds.ranks[0] == shape.steps && kinds.kinds[0] == shape.kind;
  };
  drawn->ends = rule.ends;
  if (set.third && shape.end != kThirdKind) {
    std::vector<size_t> line;
    for (size_t i = 1; i < first_end; ++i) line.push_back(i);
    const auto third = std::find(rule.ends.begin(), rule.ends.end(), kThirdKind) - rule.ends.begin();
    ReachThird(static_cast<size_t>(third), line, keeps, rng, drawn->ways);
  }
  return AddWays(0, shape.counts, keeps, rng, &drawn->ways);
}

// For two places of different kinds: two lines where a place is of the same kind as the one that its way leads to, else
// one, whose first two differ; without a third dead end.
int64_t PlacesOfWhich(const RuleSet& set, int64_t steps) { return KeepsKind(set) ? 2 * steps + 3 : steps + 4; }
int64_t WaysOfWhich(const RuleSet& set, int64_t depth) { return PlacesOfWhich(set, 2 * depth - 1) + 1; }

Shape ShapeOfWhich(const RuleSet& set, const GenerateOptions& options, Rng& rng) {
  Shape shape;
  shape.kind = DrawKind(rng);
  shape.steps = 2 * options.depth - rng.Between(1, 2);
  // No question asks for the third kind, of which the first of a line would be after no step.
  if (!set.told && set.ends == kThirdKind) shape.steps = std::max<int64_t>(shape.steps, 1);
  shape.end = set.told ? DrawKind(rng) : set.ends;
  // By the longer lines of that depth.
  const int64_t fewest = PlacesOfWhich(set, 2 * options.depth - 1), more = rng.Between(0, 1);
  const int64_t least = WaysOfWhich(set, options.depth), ways = DrawWays(least, set, options, rng);
  // A third way from the place needs room, and beside two told dead ends a third place, of a kind that no other has
  // there.
  const bool two = ways == least || (shape.steps == 0 && set.told && !KeepsKind(set));
  shape.counts = {ways, two ? 2 : rng.Between(2, 3)};
  const auto ends = static_cast<int64_t>(Ends(set));
  const int64_t places = std::max(fewest + ends - 2 + more, ends + shape.counts.all / 2 + 2);
  shape.places = static_cast<size_t>(std::min(places, std::ssize(*options.names)));
  return shape;
}

// Place 0 has ways to two places of different kinds, both settled after so many steps or one of them after one more;
// `answer` is the one of the kind asked for.
bool DrawWhich(const RuleSet& set, const Shape& shape, Rng& rng, Drawn* drawn, size_t* answer) {
  PlaceRule rule{set.conditions, set.any, std::vector<size_t>(shape.places, set.ends)};
  Ways& ways = drawn->ways;
  ways.assign(shape.places, {});
  const bool lines = KeepsKind(set);
  const auto steps = static_cast<size_t>(shape.steps), fixed = static_cast<size_t>(PlacesOfWhich(set, shape.steps));
  const size_t near = lines ? 1 : 2, other = lines ? steps + 2 : 1;
  std::vector<size_t> ends = {near + steps, lines ? other + steps : steps + 3};
  for (size_t i = 1; i + 1 < fixed; ++i) {
    if (i != ends[0] && i != ends[1]) ways[i].push_back(i + 1);
  }
  if (set.third) ends.push_back(fixed);
  ways[0] = {near, other};
  for (size_t i = fixed + ends.size() - 2; i < shape.places; ++i) ways[i].push_back(rng.Pick(ends));
  if (set.told) {
    rule.ends[ends[0]] = shape.end;
    rule.ends[ends[1]] = OtherKind(shape.end);
  }
  if (set.third) rule.ends[ends[2]] = kThirdKind;
  *answer = KindAtLine(set, rule.ends[ends[0]], shape.steps) == shape.kind ? near : other;
  const auto keeps = [&](const Ways& now) {
    if (std::any_of(ends.begin(), ends.end(), [&](size_t end) { return !now[end].empty(); })) return false;
    const PlaceKinds kinds = KindsOf(now, rule);
    const ChosenPlace chosen = ChoosePlace(kinds, now[0], shape.kind);
    return kinds.AllSettled() && chosen.place == static_cast<int64_t>(*answer) && chosen.steps == shape.steps;
  };
  drawn->ends = rule.ends;
  if (set.third) {
    std::vector<size_t> lines_after;  // the two places: those have as many ways as each other
    for (size_t i = 3; i < fixed; ++i) {
      if (i != near && i != other && i != ends[0] && i != ends[1]) lines_after.push_back(i);
    }
    ReachThird(ends[2], lines_after, keeps, rng, ways);
  }
  // How many ways leave the two places does not tell them apart, but for a dead end.
  return AddWays(0, shape.counts, keeps, rng, &ways) && (steps == 0 || ways[near].size() == ways[other].size());
}

}  // namespace

bool FitsWhich(const RuleSet& set, const GenerateOptions& options) {
  return PlacesOfWhich(set, 2 * options.depth - 1) + set.third <= std::ssize(*options.names) &&
         WaysOfWhich(set, options.depth) + OtherFacts(set) <= std::max(options.max_facts, 2 * options.depth + 8);
}

Item DrawRuledItem(const RuledQuestion& question, const GenerateOptions& options, Rng& rng) {
  const RuleSet& set = question.set;
  const Shape shape =
      question.which ? ShapeOfWhich(set, options, rng) : ShapeOfWhat(set, question.by_step, options, rng);
  Drawn drawn;
  size_t answer = 0;
  for (int64_t tries = 0; tries < kGraphsForRules; ++tries) {
    if (question.which ? DrawWhich(set, shape, rng, &drawn, &answer) : DrawWhat(set, shape, rng, &drawn)) break;
  }
  const std::vector<std::string> places = rng.Sample(*options.names, drawn.ways.size());
  const std::string kind = question.words.kinds[shape.kind];
  Item item;
  item.depth = options.depth;
  item.facts = RuledFacts(question.words, set, drawn.ends, places, drawn.ways);
  item.question = question.which ? WhichQuestion(question.words, kind, places[0]) : WhatQuestion(places[0]);
  item.answer = question.which ? places[answer] : kind;
  item.answers = {item.answer};
  ShuffleFacts(item, rng);
  return item;
}

}  // namespace trivium
