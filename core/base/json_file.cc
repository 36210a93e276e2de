// See json_file.h.
#include "core/base/json_file.h"

#include <nlohmann/json.hpp>

#include "core/base/file_io.h"

namespace trivium {

absl::Status WriteJson(const std::filesystem::path& path, const nlohmann::json& json) {
  return WriteFileAtomic(path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace trivium
