// JSON from files that may be damaged or hostile: nlohmann's parser with the checks it lacks. Used for safetensors
// headers, manifests, shards and fact files.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace trivium {

// Parses one JSON text. UsageError (callers change the kind) for a syntax error, invalid UTF-8, a key repeated in one
// object, nesting deeper than `max_depth`, or a number that overflows. Never throws, and never recurses on the input.
absl::StatusOr<nlohmann::json> ParseStrictJson(std::string_view text, size_t max_depth = 32);

}  // namespace trivium
