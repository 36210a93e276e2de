// The commands of stage 1: train, freeze, eval, generate. main.cc joins them with the other parts'.
#pragma once

#include <vector>

#include "core/cli/command.h"

namespace trivium {

std::vector<Command> Stage1Commands();

}  // namespace trivium
