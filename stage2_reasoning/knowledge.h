// What is mounted, as rows that stay encoded from question to question. Only torch .cc files include this.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/status.h"
#include "core/text/spelling.h"
#include "memory/mount.h"
#include "memory/mounted_rows.h"
#include "stage2_reasoning/reasoner/reasoner.h"

namespace trivium {

// Thread-safe.
class Knowledge {
 public:
  // Rows of what the mounts say together (MountedFacts), the sentences spaced out as questions are. The result belongs
  // to this and lives as long; a later call with other mounts changes it. What is not changed is not encoded again; a
  // few changes among facts that do not replace each other cost these facts, others (of these all additions under
  // several mounts) a look at every fact. Errors as RowEncoder::Encode. REQUIRES: always the same reasoner.
  absl::StatusOr<const MountedRows*> Rows(const std::vector<Mount>& mounts, const Reasoner& reasoner);

 private:
  // Makes the rows those of the mounts: by what was done to the mounts, false if that can't be; from the start.
  absl::StatusOr<bool> Follow(const std::vector<Mount>& mounts, const Spelling& spelling);
  absl::Status Renew(const std::vector<Mount>& mounts, const Spelling& spelling);

  std::mutex mutex_;
  std::unique_ptr<MountedRows> rows_;
  std::vector<uint64_t> versions_;  // of the mounts that rows_ were made from
  bool all_apart_ = false;          // no fact replaces another or has its id
  bool up_to_date_ = false;         // false before the first call and after an error
};

}  // namespace trivium
