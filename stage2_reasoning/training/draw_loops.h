// How long a step of training thinks, and what of it is taught. Only torch .cc files include this.
#pragma once

#include "core/base/seed_tree.h"
#include "stage2_reasoning/reasoner/reasoner.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {

// Two graded loops, the last one between config.min_loops and config.max_loops and an earlier one; in a quarter of the
// steps up to config.untracked_loops before them; and which matches are sure at this step. REQUIRES: a valid config.
LogitsOptions DrawLoops(const ReasonerTrainingConfig& config, int64_t step, const SeedTree& seeds);

}  // namespace trivium
