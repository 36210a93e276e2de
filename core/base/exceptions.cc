// See exceptions.h.
#include "core/base/exceptions.h"

#include <new>
#include <string>

namespace trivium {

absl::Status StatusOf(const std::exception& error) {
  const std::string out_of_memory = "out of memory; try a smaller batch or model";
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return OutOfResource(out_of_memory);
  // LibTorch puts a backtrace behind the first line and reports lack of memory as an ordinary error.
  const std::string text = error.what(), first_line = text.substr(0, text.find('\n'));
  for (const char* sign : {"not enough memory", "out of memory", "can't allocate memory"}) {
    if (text.find(sign) != std::string::npos) return OutOfResource(out_of_memory + " (" + first_line + ")");
  }
  return Failed(first_line.empty() ? "an exception without a text" : first_line);
}

}  // namespace trivium
