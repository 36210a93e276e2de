// Exceptions as statuses. Torch-free, though LibTorch's are what is caught most.
#pragma once

#include <exception>

#include "core/base/status.h"

namespace trivium {

// OutOfResource if memory ran out, else Failed with the first line of the exception's text.
absl::Status StatusOf(const std::exception& error);

}  // namespace trivium
