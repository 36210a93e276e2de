// Results as JSON files.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "core/base/status.h"

namespace trivium {

// Writes `json`, indented, atomically. Invalid UTF-8 inside texts is replaced. Errors as WriteFileAtomic.
absl::Status WriteJson(const std::filesystem::path& path, const nlohmann::json& json);

}  // namespace trivium
