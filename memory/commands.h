// `trivium memory ...`: what a person does with a shard.
#pragma once

#include <vector>

#include "core/cli/command.h"

namespace trivium {

// add, edit, delete, import, export, revert
std::vector<Command> MemoryEditCommands();
// list, show, search, diff, log, verify, stats
std::vector<Command> MemoryCommands();

}  // namespace trivium
