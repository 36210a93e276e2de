// `trivium memory ...`: what a person does with a shard.
#pragma once

#include <vector>

#include "core/cli/command.h"

namespace trivium {

// add, edit, delete, revert
std::vector<Command> MemoryEditCommands();
// import, export
std::vector<Command> MemoryTransferCommands();
// list, show, search, diff, log, verify, stats
std::vector<Command> MemoryCommands();

}  // namespace trivium
