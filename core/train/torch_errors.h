// Exceptions of LibTorch as statuses. Caught at three kinds of places only: the trainer, evaluations and commands.
#pragma once

#include <functional>

#include "core/base/status.h"

namespace trivium {

// Runs `work`. An exception becomes OutOfResource if memory ran out, else Failed with the first line of its text.
absl::Status CatchTorch(const std::function<absl::Status()>& work);

}  // namespace trivium
