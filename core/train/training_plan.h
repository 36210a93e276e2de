// Sizes of a training run before it begins: what a checkpoint takes and whether the disk has room. PlanTraining, the
// public part, is declared in trainer.h.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/status.h"
#include "core/train/optimizer.h"
#include "core/train/trainer_config.h"

namespace trivium {

// All kept checkpoints and one being written, in bytes.
int64_t CheckpointsBytes(const Optimizer& optimizer, const TrainerConfig& config);

// OutOfResource, with both numbers, if the checkpoints that `run_dir` does not hold yet cannot fit on its disk: better
// said now than after hours.
absl::Status CheckDiskSpace(const Optimizer& optimizer, const TrainerConfig& config,
                            const std::filesystem::path& run_dir);

}  // namespace trivium
