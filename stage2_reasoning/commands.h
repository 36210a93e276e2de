// `trivium demo`, `stage2 ...`, `ask`, `verify` and `doctor`. Torch-free header.
#pragma once

#include <vector>

#include "core/cli/command.h"

namespace trivium {

std::vector<Command> Stage2Commands();  // stage2 train, stage2 eval, stage2 baseline
std::vector<Command> ToolCommands();    // ask, verify, doctor
std::vector<Command> DemoCommands();    // demo

}  // namespace trivium
