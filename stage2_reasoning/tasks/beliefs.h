// Facts that contradict each other: what is believed is what the more confident one says. Torch-free.
#pragma once

#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// Puts another fact that says otherwise beside one that an item needs, each with a confidence of its own, and lets some
// of the other facts be less than sure, which means nothing. The answer is what the family's solver derives with the
// weaker of the two left out, which may be that it is unknown. Returns false (item untouched) where a few tries find no
// such fact, as of an item that names no support, or whose facts that think have conclusions, or where the family's
// facts do not contradict each other.
bool AddRival(const TaskFamily& family, Item& item, Rng& rng);

}  // namespace trivium
