// See torch_errors.h. Needs no torch itself: its exceptions are standard ones.
#include "core/train/torch_errors.h"

#include <exception>

#include "core/base/exceptions.h"

namespace trivium {

absl::Status CatchTorch(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return StatusOf(error);
  }
}

}  // namespace trivium
