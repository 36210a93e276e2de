// `trivium stage1 eval`: a row for Stage1Commands().
#pragma once

#include "core/cli/command.h"

namespace trivium {

Command Stage1EvalCommand();

}  // namespace trivium
