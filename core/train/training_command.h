// What every command that trains begins with.
#pragma once

#include <string>

#include "core/cli/invocation.h"
#include "core/config/key_table.h"
#include "core/train/trainer.h"

namespace trivium {

// Loads the keys of `table` (Invocation::LoadKeys) and gives what the command line says of a run: its folder (--out, or
// default_run), its config, whether it is resumed, with how many threads and where. The seed, which is a key, title and
// card are left to the command.
absl::StatusOr<TrainOptions> LoadTraining(Invocation& call, const std::string& default_run, KeyTable& table);

}  // namespace trivium
