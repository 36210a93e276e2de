// See commands_cache.h.
#include "stage2_reasoning/commands_cache.h"

#include <algorithm>
#include <cstdio>

namespace trivium {

absl::StatusOr<std::shared_ptr<FeatureCache>> FeatureCacheFlag(const Invocation& inv) {
  ASSIGN_OR_RETURN(const int64_t megabytes, inv.GetInt("feature-cache", 0, 0, 1 << 20));
  if (megabytes == 0) return std::shared_ptr<FeatureCache>();
  return std::make_shared<FeatureCache>(static_cast<uint64_t>(megabytes) << 20);
}

nlohmann::json ReportCache(const FeatureCache* cache, Console& console) {
  if (cache == nullptr) return nullptr;
  const FeatureCacheCounts counts = cache->Counts();
  const double texts = static_cast<double>(std::max<int64_t>(counts.hits + counts.misses, 1));
  const double rate = static_cast<double>(counts.hits) / texts;
  char text[160];
  std::snprintf(text, sizeof(text),
                "feature cache: %.1f %% of %.0f sentences found, %.1f s of encoding spent, about %.1f s saved",
                100 * rate, texts, counts.encode_seconds, counts.SecondsSaved());
  console.Print(text);
  return {{"hits", counts.hits},
          {"misses", counts.misses},
          {"hit_rate", rate},
          {"encode_seconds", counts.encode_seconds},
          {"seconds_saved", counts.SecondsSaved()},
          {"entries", counts.entries},
          {"evicted", counts.evicted},
          {"bytes", counts.bytes}};
}

}  // namespace trivium
