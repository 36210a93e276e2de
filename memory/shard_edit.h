// Changes of a shard. All edits between Begin and Commit are one change: readers see all or none of it, a crash leaves
// all or none of it, and Revert undoes all of it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "memory/shard.h"

namespace trivium {

// Begin (Add | Edit | Delete | Forget | Revert)* Commit?   Without Commit nothing has happened. A fact may be touched
// once in a change.
class ShardEdit {
 public:
  // Waits for another process that is writing, at most Database::kBusyMilliseconds.
  // REQUIRES: shard is open for writing and outlives this.
  static absl::StatusOr<ShardEdit> Begin(Shard& shard);
  ShardEdit(ShardEdit&& other) noexcept;
  ShardEdit& operator=(ShardEdit&&) = delete;
  // Rolls back what was not committed.
  ~ShardEdit();

  // Fills the id if empty, and the times if empty. UsageError if the fact is invalid, its id taken, or, where no id is
  // given, another fact says the same sentence. Returns the id.
  absl::StatusOr<std::string> Add(Fact fact);
  // Puts `fact` in the place of the one with its id. UsageError for an unknown id or an invalid fact.
  absl::Status Edit(Fact fact);
  absl::Status Delete(const std::string& id);
  // Deletes the fact and takes its text out of the history and off the disk: cannot be reverted.
  absl::Status Forget(const std::string& id);
  // Undoes a change. UsageError if there is none of that number, or one of its facts no longer stands as it left it, or
  // was forgotten.
  absl::Status Revert(int64_t change);

  // Number of the change, or 0 if nothing was touched. `command`: what was done, kept in the log.
  absl::StatusOr<int64_t> Commit(const std::string& command);

 private:
  ShardEdit(Shard& shard, const std::string& now);

  absl::Status Prepare();
  absl::Status Insert(const Fact& fact, int64_t position);
  absl::Status Remove(const std::string& id);
  // Keeps what the fact was before this change. before: null for a fact that was not there, or must not be kept.
  absl::Status Record(const std::string& id, const char* action, const Fact* before, int64_t position);
  absl::Status CheckRevertible(int64_t change);
  absl::StatusOr<int64_t> PositionOf(const std::string& id);  // 0: there is none
  // An id that no fact bears: an edited fact may still bear the one that its old sentence gave it.
  absl::StatusOr<std::string> FreeId(const std::string& text);
  // The fact, or a UsageError with the nearest id.
  absl::StatusOr<Fact> Known(const std::string& id);

  Shard* shard_;  // null once committed or moved from
  const Database* database_;
  int64_t change_ = 0, next_position_ = 0;
  int64_t facts_ = 0;  // in the shard, with what was done so far
  int64_t touched_ = 0;
  bool forgot_ = false;
  std::set<int64_t> rehashed_;  // earlier changes that held the text of forgotten facts
  std::string now_;
  Statement insert_, remove_, record_, by_id_, by_text_, touched_before_;
};

}  // namespace trivium
