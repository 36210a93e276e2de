// --shard and --unmount, as every command that reads mounted knowledge takes them.
#pragma once

#include <vector>

#include "core/cli/command.h"
#include "memory/mount.h"

namespace trivium {

// Of a command that mounts shards; `flags` are its other ones.
std::vector<Flag> WithMountFlags(std::vector<Flag> flags);
// --unmount, then --shard, on what the pipeline mounts. Errors as Unmount and ParseMount.
absl::Status ApplyMountFlags(const Invocation& inv, std::vector<Mount>& mounts);

}  // namespace trivium
