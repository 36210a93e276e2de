// --feature-cache of the commands that encode many sentences. Only torch .cc files include this.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "core/cli/command.h"
#include "stage1_language/model/feature_cache.h"

namespace trivium {

inline constexpr char kCacheHelp[] =
    "keep the frozen features of sentences that were met, up to MB megabytes (default 0: none); results may differ in "
    "the last bits";

// --feature-cache MB: null without it.
absl::StatusOr<std::shared_ptr<FeatureCache>> FeatureCacheFlag(const Invocation& inv);

// What the cache did, printed for a person and returned for --json; null without a cache.
nlohmann::json ReportCache(const FeatureCache* cache, Console& console);

}  // namespace trivium
