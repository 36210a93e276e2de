// The state of a training run on disk: one artefact folder (kind "checkpoint") for each saved step.
//   RUN/checkpoints/step-N/  model.safetensors optimizer.safetensors [ema.safetensors] state.json manifest.json
// Written whole or not at all; read newest first, past damaged ones. The trainer writes them, `freeze` reads them too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/artifact/artifact_dir.h"
#include "core/base/status.h"
#include "core/nn/layers.h"

namespace trivium {

// state.json. What a run needs beside its tensors: everything random is a function of (seed, step).
struct CheckpointState {
  int64_t step = 0;  // steps done
  uint64_t seed = 0;
  int64_t threads = 0;
  std::string device;       // "cpu" or "cuda"
  std::string config_yaml;  // the resolved config
  double seconds = 0;       // training time so far, over all resumptions
  double units = 0;         // tokens or items so far
  double flops = 0;
  nlohmann::json task;  // Trainable::SaveState
};

// Borrowed views.
struct CheckpointTensors {
  NamedTensors model, optimizer, ema;  // ema empty: none
};

struct Checkpoint {
  Artifact artifact;  // verified
  CheckpointState state;
};

// OutOfResource if the disk is full; earlier checkpoints are untouched by any failure.
absl::Status SaveCheckpoint(const std::filesystem::path& run_dir, const CheckpointState& state,
                            const CheckpointTensors& tensors);

// The newest checkpoint whose every byte verifies; nothing if the run has none at all. Damaged ones are passed over
// with a sentence each in `warnings`. BadArtifact if there are some and none verifies.
absl::StatusOr<std::optional<Checkpoint>> NewestCheckpoint(const std::filesystem::path& run_dir,
                                                           std::vector<std::string>* warnings);

// Copies the checkpoint's tensors into `targets`, bit for bit. BadArtifact if names, shapes or types differ.
absl::Status LoadTensors(const Checkpoint& checkpoint, const CheckpointTensors& targets);

// Renames the checkpoints of later steps than `step`, which NewestCheckpoint has passed over, to damaged-step-N: a
// resumed run will write those steps anew.
void SetAsideLater(const std::filesystem::path& run_dir, int64_t step);

// Removes all but the newest `keep` checkpoints, and what killed processes left behind.
void PruneCheckpoints(const std::filesystem::path& run_dir, int64_t keep);

}  // namespace trivium
