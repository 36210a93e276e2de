// What is mounted, as rows that stay encoded from question to question. Only torch .cc files include this.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/status.h"
#include "memory/mount.h"
#include "memory/mounted_rows.h"
#include "stage2_reasoning/reasoner/reasoner.h"

namespace trivium {

// Thread-safe.
class Knowledge {
 public:
  // Rows of what the mounts say together (MountedFacts), the sentences spaced out as questions are. Encodes what has
  // changed since the last call, whatever was done to the mounts; if nothing has, only looks at each fact once. The
  // result belongs to this and lives as long; a later call with other mounts changes it. Where only texts or
  // confidences of some facts have changed it costs these facts. Errors as RowEncoder::Encode. REQUIRES: always the
  // same reasoner.
  absl::StatusOr<const MountedRows*> Rows(const std::vector<Mount>& mounts, const Reasoner& reasoner);

 private:
  // Hashes of all that rows depend on. Chance decides whether two contents have the same ones: 2^-64 for each fact.
  struct Fingerprint {
    std::vector<uint64_t> mounts;  // size and confidence of each
    std::vector<uint64_t> names;   // id, subject and relation of each fact: what precedence goes by
    std::vector<uint64_t> texts;   // text and confidence of each fact
  };
  static Fingerprint Of(const std::vector<Mount>& mounts);

  std::mutex mutex_;
  std::unique_ptr<MountedRows> rows_;
  Fingerprint fingerprint_;  // of the mounts that rows_ were made from
  bool all_apart_ = false;   // no fact replaces another or has its id
  bool up_to_date_ = false;  // false before the first call and after an error
};

}  // namespace trivium
