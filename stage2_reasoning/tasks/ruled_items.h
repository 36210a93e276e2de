// Items in the language of rules (rule_language.h), over random graphs in which nothing but rules and ways tells the
// answer. Torch-free.
#pragma once

#include "stage2_reasoning/tasks/rule_language.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct RuledQuestion {
  RuleWords words;
  RuleSet set;
  bool which = false;    // asks for the place of a kind that a way leads to, instead of what a place is
  bool by_step = false;  // what a place is, dead ends told: depth d is settled after exactly d steps
};

// Whether the names and facts suffice to ask which place. What a place is can be asked with 2 * depth + 5 names.
bool FitsWhich(const RuleSet& set, const GenerateOptions& options);

// Facts, question and answer; the kind that is right or asked for is either of the first two in half of the items.
// Depth d: what a place is, is settled after 2d-1 or 2d steps, or by step after d; which place it is, after 2d-2 or
// 2d-1. REQUIRES: 2 * depth + 5 names; FitsWhich, if it is asked which.
Item DrawRuledItem(const RuledQuestion& question, const GenerateOptions& options, Rng& rng);

}  // namespace trivium
