// The commands of stage 1: train, freeze, eval, generate, export, import. main.cc joins them with the other parts'.
#pragma once

#include <vector>

#include "core/cli/command.h"

namespace trivium {

std::vector<Command> Stage1Commands();
// export and import: sealed models to and from Hugging Face folders and GGUF files.
std::vector<Command> InteropCommands();

}  // namespace trivium
