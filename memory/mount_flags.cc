// See mount_flags.h.
#include "memory/mount_flags.h"

#include <iterator>
#include <utility>

namespace trivium {

std::vector<Flag> WithMountFlags(std::vector<Flag> flags) {
  flags.push_back({"shard", "FILE[=CONFIDENCE]",
                   "a shard to mount before those of the pipeline; the first of several goes before the others", true});
  flags.push_back({"unmount", "NAME", "leave out a shard of the pipeline, or \"all\"", true});
  return flags;
}

absl::Status ApplyMountFlags(const Invocation& inv, std::vector<Mount>& mounts) {
  for (const std::string& name : inv.GetAll("unmount")) RETURN_IF_ERROR(Unmount(name, mounts));
  std::vector<Mount> all;
  for (const std::string& flag : inv.GetAll("shard")) {
    ASSIGN_OR_RETURN(Mount mount, ParseMount(flag));
    all.push_back(std::move(mount));
  }
  all.insert(all.end(), std::make_move_iterator(mounts.begin()), std::make_move_iterator(mounts.end()));
  mounts = std::move(all);
  return absl::OkStatus();
}

}  // namespace trivium
