// A ladder of training: rung after rung, each begun with the weights of the one before, at a learning rate that starts
// anew. What builds on what within one rung is the order's business (curriculum/ordering.h); rungs are for what is not
// learned at all while everything is trained at once (configs/stage2/rules.yaml). Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

struct Rung {
  std::vector<std::string> families;
  int64_t steps = 0;

  std::string ToString() const;  // as written
};

// "plain_rules told_rules 4800": families, then steps. UsageError that names the rung, and the nearest family, where
// there is no such family, none at all, or no number of steps above 0.
absl::StatusOr<std::vector<Rung>> ParseRungs(const std::vector<std::string>& texts);

}  // namespace trivium
