// Shards made available to a reasoner, in order of precedence: the first one wins where two speak of the same thing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "memory/fact.h"

namespace trivium {

struct Mount {
  std::string name;         // of the shard
  double confidence = 1.0;  // in (0, 1]: how far the shard is believed; multiplies the confidence of its facts
  std::vector<Fact> facts;
};

// Reads a shard's facts, each verified. Errors as Shard::Open; UsageError for a confidence outside (0, 1].
absl::StatusOr<Mount> MountShard(const std::filesystem::path& path, double confidence = 1.0);
// "FILE" or "FILE=CONFIDENCE", as typed after --shard.
absl::StatusOr<Mount> ParseMount(const std::string& flag);
// Takes the mount of that name away. UsageError with the names that are mounted if there is none; "all" takes all.
absl::Status Unmount(const std::string& name, std::vector<Mount>& mounts);

// What the mounts say together. A fact is left out if a mount before its own has a fact of the same id, or, where both
// have a triple, of the same subject and relation. Confidences are multiplied by those of the mounts.
std::vector<Fact> MountedFacts(const std::vector<Mount>& mounts);

}  // namespace trivium
