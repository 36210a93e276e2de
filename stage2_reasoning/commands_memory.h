// The memory audit as a person types it: `trivium stage2 eval --suite memory` and `trivium stage2 baseline`. Only torch
// .cc files include this.
#pragma once

#include <filesystem>
#include <vector>

#include "core/cli/command.h"
#include "stage2_reasoning/pipeline.h"
#include "stage2_reasoning/reasoner/halting.h"

namespace trivium {

// --world-facts, --changes, --sequence and --facts-data.
std::vector<Flag> MemoryAuditFlags();

// Audits the pipeline's reasoner on the generated world and, with --facts-data, on the records of that folder. `dir` is
// where the pipeline was loaded from. Prints the tables and writes --json.
absl::Status EvalMemory(const Invocation& inv, const std::filesystem::path& dir, const Pipeline& pipeline,
                        const Halting& halting);

// `trivium stage2 baseline`: the monolith that learns the world of the audit by heart, in the same table.
Command BaselineCommand();

}  // namespace trivium
