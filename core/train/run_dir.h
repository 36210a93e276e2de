// The folder of a training run beside its checkpoints: config.yaml, environment.json, README.md (the model card), and
// whether a folder may be begun or resumed. Used by the trainer, and by ladders of runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/train/trainer.h"

namespace trivium {

// The resolved config of a run: its presence is what makes a folder one.
inline constexpr char kRunConfigFile[] = "config.yaml";

// Creates the folder for a new run, with `files` (name -> bytes) and config.yaml, or checks it for a resumed one;
// writes environment.json. UsageError if a new run would overwrite one, or there is nothing to resume.
absl::Status OpenRunDir(const TrainOptions& options, const std::map<std::string, std::string>& files);

// Keys whose values differ between two resolved configs, as "key: was A, is B"; keys that can't change the weights
// (how often is saved, logged and evaluated) and `threads` are left out. A key that only `after` has was `defaults`'s
// value before: a key that is added to the code does by default what was done without it.
std::vector<std::string> ConfigDifferences(const std::string& before, const std::string& after,
                                           const std::string& defaults = "");

// The model card: what was trained, from what, with what result, and what to type next.
absl::Status WriteModelCard(const TrainOptions& options, const TrainerConfig& config, const TrainSummary& summary,
                            const std::string& unit_name);

}  // namespace trivium
