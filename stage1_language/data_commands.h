// `trivium data describe`: what the corpus of a config holds.
#pragma once

#include <vector>

#include "core/cli/command.h"

namespace trivium {

std::vector<Command> DataCommands();

}  // namespace trivium
