// Shards made available to a reasoner, in order of precedence: the first one wins where two speak of the same thing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "memory/fact.h"

namespace trivium {

// A shard's facts. A mount remembers the last changes, so that whoever has made something of its facts (Knowledge) need
// not look at each of them again. One that was moved from may only be assigned to or destroyed.
class Mount {
 public:
  enum class Action { kAdded, kReworded, kRemoved };  // reworded: id, subject and relation are the same
  struct Change {
    uint64_t version = 0;  // of the mount, once this was done
    Action action = Action::kAdded;
    Fact fact;  // as it is now; of a removed one as it was
  };

  // confidence, in (0, 1]: how far the shard is believed; multiplies that of its facts.
  Mount(std::string name, double confidence, std::vector<Fact> facts);

  const std::string& name() const { return name_; }
  double confidence() const { return confidence_; }
  const std::vector<Fact>& facts() const { return facts_; }

  void Add(Fact fact);
  // REQUIRES: at < facts().size().
  void Replace(size_t at, Fact fact);
  void Remove(size_t at);

  // Mounts of the same version, copies of one another, say the same.
  uint64_t version() const { return version_; }
  // What made this of the one of that version, oldest first; nullopt if it never was that one or has forgotten.
  std::optional<std::vector<Change>> Since(uint64_t version) const;

 private:
  void Remember(Action action, const Fact& fact);

  std::string name_;
  double confidence_;
  std::vector<Fact> facts_;
  uint64_t version_;
  uint64_t first_version_;       // what changes_ began from
  std::vector<Change> changes_;  // oldest first
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
