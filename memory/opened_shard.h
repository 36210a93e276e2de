// What the commands that write to a shard share. Torch-free.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/cli/invocation.h"
#include "memory/shard.h"
#include "memory/shard_edit.h"

namespace trivium {

inline constexpr size_t kReported = 5;  // facts shown of each kind of trouble

// Opens a shard for writing; with `make` it is created where there is none. A dry run of a new shard works on a
// temporary one, which is removed again.
class OpenedShard {
 public:
  static absl::StatusOr<OpenedShard> Open(Invocation& inv, bool make);
  OpenedShard(OpenedShard&& other) noexcept
      : shard(std::move(other.shard)), temporary_(std::exchange(other.temporary_, "")) {}
  ~OpenedShard();

  Shard shard;

 private:
  OpenedShard(Shard the_shard, const std::filesystem::path& temporary)
      : shard(std::move(the_shard)), temporary_(temporary) {}

  std::filesystem::path temporary_;
};

// Commits, or says what a commit would do.
absl::Status Finish(Invocation& inv, ShardEdit& edit, const std::string& what, nlohmann::json result);

// Facts that contradict `fact`: same subject and relation, other object.
absl::StatusOr<std::vector<Fact>> Contradicting(const Shard& shard, const Fact& fact);

}  // namespace trivium
