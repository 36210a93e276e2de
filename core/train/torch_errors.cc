// See torch_errors.h. Needs no torch itself: its exceptions are standard ones.
#include "core/train/torch_errors.h"

#include <exception>
#include <new>
#include <string>

namespace trivium {

absl::Status CatchTorch(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return OutOfResource("out of memory; try a smaller batch or model");
  } catch (const std::exception& error) {
    // LibTorch puts a backtrace behind the first line and reports lack of memory as an ordinary error.
    const std::string text = error.what(), first_line = text.substr(0, text.find('\n'));
    for (const char* sign : {"not enough memory", "out of memory", "can't allocate memory"}) {
      if (text.find(sign) != std::string::npos) {
        return OutOfResource("out of memory; try a smaller batch or model (" + first_line + ")");
      }
    }
    return Failed(first_line.empty() ? "an exception without a text" : first_line);
  }
}

}  // namespace trivium
