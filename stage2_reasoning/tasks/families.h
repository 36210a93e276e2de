// The built-in families, each defined in the file of its name. Each header comment there states tier, depth, solver and
// floor.
#pragma once

#include <memory>

#include "stage2_reasoning/tasks/task.h"

namespace trivium {

std::unique_ptr<TaskFamily> MakeLookup();
std::unique_ptr<TaskFamily> MakeRelations();
std::unique_ptr<TaskFamily> MakeRules();
std::unique_ptr<TaskFamily> MakeComparisons();
std::unique_ptr<TaskFamily> MakeOperators();

}  // namespace trivium
