// See ruled_items.h.
#include "stage2_reasoning/tasks/ruled_items.h"

#include <algorithm>

namespace trivium {
namespace {

constexpr int64_t kGraphsForRules = 200;  // tried for an item
constexpr size_t kEnds = 2;               // dead ends of an item; if they are told, one of each kind

struct Drawn {
  Ways ways;
  PlaceRule rule;
};

// What an item is asked, drawn once, so that graphs that are easily found are no more frequent than others.
struct Shape {
  int64_t steps = 0;  // after which the answer is settled
  size_t places = 0;
  WayCounts counts;
  bool kind = false;  // whether the answer, or the kind asked for, is the first one
  bool end = false;   // whether the end of the first line is of the first kind
};

// Facts that are no ways.
int64_t OtherFacts(const RuleSet& set) { return 2 + (set.told ? int64_t{kEnds} : 1); }

// What the first place of a line of single ways is: each is as the next, or each is otherwise.
bool LineKind(const RuleSet& set, bool end, int64_t steps) { return set.first ? end : end != (steps % 2 == 1); }

int64_t DrawWays(int64_t fewest, const RuleSet& set, const GenerateOptions& options, Rng& rng) {
  const int64_t least = std::max(fewest, options.min_facts - OtherFacts(set));
  return rng.Between(least, std::max(least, options.max_facts - OtherFacts(set)));
}

Shape ShapeOfWhat(const RuleSet& set, bool by_step, const GenerateOptions& options, Rng& rng) {
  const int64_t last = by_step ? options.depth : 2 * options.depth, more = rng.Between(1, 2);
  Shape shape;
  shape.kind = rng.Chance(0.5);
  shape.steps = last - (by_step ? 0 : rng.Between(0, 1));
  shape.end = set.told ? rng.Chance(0.5) : set.first_ends;
  if (LineKind(set, shape.end, shape.steps) != shape.kind) {
    if (set.told) {
      shape.end = !shape.end;
    } else {
      shape.steps = shape.steps == last ? last - 1 : last;
    }
  }
  // By the longer of both lines, so that no size tells which it is.
  shape.counts = {DrawWays(last + more + 1, set, options, rng), 1};
  const int64_t places = int64_t{kEnds} + std::max(last + more, shape.counts.all / 2 + 1);
  shape.places = static_cast<size_t>(std::min(places, std::ssize(*options.names)));
  return shape;
}

// A line of ways from place 0 to the first dead end, the other dead ends, further places with ways to some of them, and
// other ways that do not change after how many steps, and as what, place 0 is settled.
bool DrawWhat(const RuleSet& set, const Shape& shape, Rng& rng, Drawn* drawn) {
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
    return kinds.AllSettled() && kinds.ranks[0] == shape.steps && kinds.first[0] == shape.kind;
  };
  drawn->rule = rule;
  return AddWays(0, shape.counts, keeps, rng, &drawn->ways);
}

// For two places of different kinds: two lines where ways have to lead to the same kind, else one, whose first two
// differ.
int64_t PlacesOfWhich(const RuleSet& set, int64_t steps) { return set.first ? 2 * steps + 3 : steps + 4; }
int64_t WaysOfWhich(const RuleSet& set, int64_t depth) { return PlacesOfWhich(set, 2 * depth - 1) + 1; }

Shape ShapeOfWhich(const RuleSet& set, const GenerateOptions& options, Rng& rng) {
  Shape shape;
  shape.kind = rng.Chance(0.5);
  shape.steps = 2 * options.depth - rng.Between(1, 2);
  shape.end = set.told ? rng.Chance(0.5) : set.first_ends;
  // By the longer lines of that depth.
  const int64_t fewest = PlacesOfWhich(set, 2 * options.depth - 1), more = rng.Between(0, 1);
  const int64_t least = WaysOfWhich(set, options.depth), ways = DrawWays(least, set, options, rng);
  // A third way from the place needs room, and beside two told dead ends a third place, of a kind that no other has
  // there.
  const bool two = ways == least || (shape.steps == 0 && set.told && !set.first);
  shape.counts = {ways, two ? 2 : rng.Between(2, 3)};
  const int64_t places = std::max(fewest + more, int64_t{kEnds} + shape.counts.all / 2 + 2);
  shape.places = static_cast<size_t>(std::min(places, std::ssize(*options.names)));
  return shape;
}

// Place 0 has ways to two places of different kinds, both settled after so many steps or one of them after one more;
// `answer` is the one of the kind asked for.
bool DrawWhich(const RuleSet& set, const Shape& shape, Rng& rng, Drawn* drawn, size_t* answer) {
  PlaceRule rule{set.every, set.first, std::vector<bool>(shape.places, set.first_ends)};
  Ways& ways = drawn->ways;
  ways.assign(shape.places, {});
  const auto steps = static_cast<size_t>(shape.steps), fixed = static_cast<size_t>(PlacesOfWhich(set, shape.steps));
  const size_t near = set.first ? 1 : 2, other = set.first ? steps + 2 : 1;
  const std::array<size_t, kEnds> ends = {near + steps, set.first ? other + steps : steps + 3};
  for (size_t i = 1; i + 1 < fixed; ++i) {
    if (i != ends[0] && i != ends[1]) ways[i].push_back(i + 1);
  }
  ways[0] = {near, other};
  for (size_t i = fixed; i < shape.places; ++i) ways[i].push_back(rng.Pick(std::vector<size_t>{ends[0], ends[1]}));
  if (set.told) {
    rule.ends[ends[0]] = shape.end;
    rule.ends[ends[1]] = !shape.end;
  }
  *answer = LineKind(set, rule.ends[ends[0]], shape.steps) == shape.kind ? near : other;
  const auto keeps = [&](const Ways& now) {
    if (!now[ends[0]].empty() || !now[ends[1]].empty()) return false;
    const PlaceKinds kinds = KindsOf(now, rule);
    const ChosenPlace chosen = ChoosePlace(kinds, now[0], shape.kind);
    return kinds.AllSettled() && chosen.place == static_cast<int64_t>(*answer) && chosen.steps == shape.steps;
  };
  drawn->rule = rule;
  // How many ways leave the two places does not tell them apart, but for a dead end.
  return AddWays(0, shape.counts, keeps, rng, &ways) && (steps == 0 || ways[near].size() == ways[other].size());
}

}  // namespace

bool FitsWhich(const RuleSet& set, const GenerateOptions& options) {
  return PlacesOfWhich(set, 2 * options.depth - 1) <= std::ssize(*options.names) &&
         WaysOfWhich(set, options.depth) + OtherFacts(set) <= std::max(options.max_facts, 2 * options.depth + 10);
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
  const std::string kind = question.words.kinds[shape.kind ? 0 : 1];
  Item item;
  item.depth = options.depth;
  item.facts = RuledFacts(question.words, set, drawn.rule, places, drawn.ways);
  item.question = question.which ? WhichQuestion(question.words, kind, places[0]) : WhatQuestion(places[0]);
  item.answer = question.which ? places[answer] : kind;
  item.answers = {item.answer};
  ShuffleFacts(item, rng);
  return item;
}

}  // namespace trivium
