// The rungs of train.rungs as runs: where each lies, by which config, and which have come to their end.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "stage2_reasoning/training/reasoner_training.h"
#include "stage2_reasoning/training/rungs.h"

namespace trivium {

// One rung as a run of its own.
struct LadderStep {
  Rung rung;
  std::filesystem::path run_dir;  // of all but the last: RUN/rungs/1, ..; of the last: RUN
  ReasonerTrainingConfig config;  // data.families, train.steps and the seed are the rung's, train.rungs is empty
  std::string config_yaml;
  bool is_done = false;  // its pipeline is there, complete, and what this ladder would train
};

// The steps of config.rungs in `run_dir`; a rung's seed is the config's and 1,000 more for each rung before, so that
// ladders of neighbouring seeds meet different items.
std::vector<LadderStep> LadderSteps(const ReasonerTrainingConfig& config, const std::filesystem::path& run_dir);

// A new ladder: UsageError if `run_dir` holds anything of another run.
absl::Status CheckNoLadder(const std::filesystem::path& run_dir);

// A ladder that is gone on with: finds out which steps are done. UsageError naming the rung if one was trained by
// another config, from other weights than `from` (a pipeline, "" for none) and the rungs before give, or around another
// language model. default_config_yaml: of keys that did not yet exist when it was trained.
absl::Status FindDone(std::vector<LadderStep>& steps, const std::string& from, const std::string& language_sha256,
                      const std::string& default_config_yaml);

}  // namespace trivium
