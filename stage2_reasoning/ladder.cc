// See ladder.h.
#include "stage2_reasoning/ladder.h"

#include "core/nn/torch_pch.h"

#include <utility>

#include "core/base/file_io.h"
#include "core/config/config_loader.h"
#include "core/config/key_table.h"
#include "core/train/run_dir.h"
#include "stage2_reasoning/pipeline.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSeedsApart = 1000;
constexpr uint64_t kMostConfigBytes = 1 << 20;

// Why the finished rung in step.run_dir is not the one that this ladder would train; "" if it is.
absl::StatusOr<std::string> WhyNot(const LadderStep& step, const AlgorithmOrigin& found, const std::string& from_sha256,
                                   const std::string& language_sha256, const std::string& default_config_yaml) {
  if (found.language_sha256 != language_sha256) return "around another language model (--lm)";
  if (found.from_sha256 != from_sha256) return "from other weights (--from, or a rung before it that was trained anew)";
  ASSIGN_OR_RETURN(const std::string trained_by, ReadFile(step.run_dir / kRunConfigFile, kMostConfigBytes));
  std::string why;
  for (const std::string& key : ConfigDifferences(trained_by, step.config_yaml, default_config_yaml)) {
    why += (why.empty() ? "by another config: " : ", ") + key;
  }
  return why;
}

}  // namespace

std::vector<LadderStep> LadderSteps(const ReasonerTrainingConfig& config, const fs::path& run_dir) {
  const std::vector<Rung> rungs = ParseRungs(config.rungs).value();  // as Validate has found
  std::vector<LadderStep> steps;
  for (const Rung& rung : rungs) {
    const int64_t before = std::ssize(steps);
    LadderStep step{rung, before + 1 == std::ssize(rungs) ? run_dir : run_dir / "rungs" / std::to_string(before + 1),
                    config, "", false};
    step.config.rungs.clear();
    step.config.data.families = rung.families;
    step.config.train.steps = rung.steps;
    step.config.seed += kSeedsApart * before;
    KeyTable table;
    AddKeys(table, step.config);
    step.config_yaml = ResolvedYaml(table);
    steps.push_back(std::move(step));
  }
  return steps;
}

absl::Status CheckNoLadder(const fs::path& run_dir) {
  for (const char* part : {kRunConfigFile, "checkpoints", "pipeline", "rungs"}) {
    if (!fs::exists(run_dir / part)) continue;
    return UsageError(run_dir.string() + " already holds a run (" + part +
                      "); continue it with --resume, or choose another folder with --out");
  }
  return absl::OkStatus();
}

absl::Status FindDone(std::vector<LadderStep>& steps, const std::string& from, const std::string& language_sha256,
                      const std::string& default_config_yaml) {
  std::string from_sha256;
  if (!from.empty()) {
    ASSIGN_OR_RETURN(const AlgorithmOrigin origin, OriginOf(from));
    from_sha256 = origin.sha256;
  }
  for (LadderStep& step : steps) {
    const fs::path pipeline = step.run_dir / "pipeline";
    if (!fs::exists(pipeline / "index.json")) return absl::OkStatus();  // written last
    ASSIGN_OR_RETURN(const AlgorithmOrigin found, OriginOf(pipeline));
    ASSIGN_OR_RETURN(const std::string why, WhyNot(step, found, from_sha256, language_sha256, default_config_yaml));
    if (!why.empty()) {
      return UsageError("cannot resume: the rung in " + step.run_dir.string() + " was trained " + why +
                        "; restore it, or begin a new run with another --out");
    }
    step.is_done = true;
    from_sha256 = found.sha256;
  }
  return absl::OkStatus();
}

}  // namespace trivium
