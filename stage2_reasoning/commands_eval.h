// `trivium stage2 eval`. Only torch .cc files include this.
#pragma once

#include "core/cli/command.h"

namespace trivium {

Command EvalCommand();

}  // namespace trivium
