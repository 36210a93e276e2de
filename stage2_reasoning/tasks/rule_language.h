// A language of rules over a graph, all of it facts: "if some way leads to a sad place then a place is kind .", "any
// other place is sad .", "if no way leads on then a place is kind ." or of each dead end what it is, "from ada a way
// leads to ben ."; and two questions: "ada is what ?", "the sad place from ada is what ?". The words for place, way,
// leads and the two kinds are free: "from elm a move goes to fern .", "any other square is lost .". Torch-free.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "stage2_reasoning/tasks/place_graph.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct RuleWords {
  std::array<std::string, 2> kinds;  // the one that the rule makes, and what any other place is
  std::string place = "place", way = "way", leads = "leads";
};

// Some or every way, to a place of which kind, makes a place be of the first kind. Dead ends are told one by one, or
// are by a rule of the first kind or of the second.
struct RuleSet {
  bool every = false, first = false;  // which ways, and to which kind, make a place be of the first
  bool told = false, first_ends = false;
};
// Of the eight that mean something; by a rule, dead ends decide nothing where ways have to lead to the same kind: all
// places would be as the dead ends are. Two are kept out of training: some or every way in turn, where dead ends are by
// a rule what the turn would not make them. Each is the other one with the two kinds exchanged, and no other set is,
// but each of their sentences is met in others.
const std::vector<RuleSet>& TrainedRuleSets();
const std::vector<RuleSet>& HeldOutRuleSets();

// The ways, both rules, and of dead ends a rule or of each what it is. rule: as `set` says, with its ends.
std::vector<std::string> RuledFacts(const RuleWords& words, const RuleSet& set, const PlaceRule& rule,
                                    const std::vector<std::string>& places, const Ways& ways);
std::string WhatQuestion(const std::string& place);
std::string WhichQuestion(const RuleWords& words, const std::string& kind, const std::string& place);

// The two kinds that facts speak of, "" where they are not said.
std::array<std::string, 2> StatedKinds(const std::vector<std::string>& facts);
// What could be answered without reasoning: the two kinds, or the places that ways lead to from the one asked about.
std::vector<std::string> RuledGuesses(const Item& item);

// By backward induction; {"unknown"} where the facts do not tell.
std::vector<std::string> SolveRuled(const std::vector<std::string>& facts, const std::string& question);
// Of each way what the place that it leads to is; "" for other facts.
std::vector<std::string> RuledConclusions(const std::vector<std::string>& facts);
// A second way, which plays the ways out with ever more steps on the sentences themselves. A depth is so many steps.
Derivation PlayRuled(const std::vector<std::string>& facts, const std::string& question, int64_t steps_a_depth = 2);

}  // namespace trivium
