// A language of rules over a graph, all of it facts: "if some way leads to a sad place then a place is kind .", "any
// other place is sad .", "if no way leads on then a place is kind ." or of dead ends what each is, "from ada a way
// leads to ben ."; and two questions: "ada is what ?", "the sad place from ada is what ?". A rule may have two
// conditions: "if some way leads to a sad place and no way leads to a red place then a place is kind .". The words for
// place, way, leads and the kinds are free: "from elm a move goes to fern .", "any other square is lost .". Torch-free.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "stage2_reasoning/tasks/place_graph.h"
#include "stage2_reasoning/tasks/rule_sets.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct RuleWords {
  std::array<std::string, 3>
      kinds;  // the one that the rule makes, what any other place is, and what else dead ends are
  std::string place = "place", way = "way", leads = "leads";
};

// The ways, both rules, and of dead ends a rule or of each what it is. ends: of places without ways, by number, the
// kind, as `set` says.
std::vector<std::string> RuledFacts(const RuleWords& words, const RuleSet& set, const std::vector<size_t>& ends,
                                    const std::vector<std::string>& places, const Ways& ways);
std::string WhatQuestion(const std::string& place);
std::string WhichQuestion(const RuleWords& words, const std::string& kind, const std::string& place);

// The kinds that their rules make of places with ways, "" where they are not said.
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
