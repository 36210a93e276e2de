// Sets of rules over a graph (rule_language.h): what makes a place be of the first kind, and what dead ends are; those
// that training draws, and those that are kept out of it. Torch-free.
#pragma once

#include <vector>

#include "stage2_reasoning/tasks/place_graph.h"

namespace trivium {

struct RuleSet {
  std::vector<WayCondition> conditions;  // that make a place be of the first kind, all others being of the second
  bool any = false;                      // one of them suffices
  bool told = false;  // of each dead end is told what it is; otherwise all are, by a rule, of the kind
  size_t ends = kSecondKind;
  bool third = false;  // one dead end is told to be of the third kind, whatever the rule says of the others
};

// What a place is whose only way leads to a place of that kind.
size_t KindBefore(const RuleSet& set, size_t kind);
// Whether that is the same kind, for the first as for the second one. (In all sets here it is the other one otherwise.)
bool KeepsKind(const RuleSet& set);
// What the first place of a line of single ways is that ends so.
size_t KindAtLine(const RuleSet& set, size_t end, int64_t steps);

// Of the eight sets of one condition and two kinds that mean something; by a rule, dead ends decide nothing where ways
// have to lead to the same kind: all places would be as the dead ends are. Two are kept out of training: some or every
// way in turn, where dead ends are by a rule what the turn would not make them. Each is the other one with the two
// kinds exchanged, and no other set is, but each of their sentences is met in others.
const std::vector<RuleSet>& TrainedRuleSets();
const std::vector<RuleSet>& HeldOutRuleSets();

// The sets of one condition (some, every or no way, to a place of one of three kinds), or of two on different kinds, in
// either order, with "and" or "or", and of any dead ends, in which a place with one way is otherwise than the place
// that it leads to, or the same; by a rule on dead ends, otherwise. All sets by which the same is played (the first two
// kinds exchanged, or the third doing what another does) are in the same of both lists. Held out are, by lot, some of
// these meanings, and some conditions whatever the dead ends are; always that of HeldOutRuleSets, and none of
// TrainedRuleSets.
const std::vector<RuleSet>& ComposedRuleSets();
const std::vector<RuleSet>& HeldOutComposedRuleSets();

}  // namespace trivium
