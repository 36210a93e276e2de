// See checkpoint.h.
#include "core/train/checkpoint.h"

#include <algorithm>
#include <system_error>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/train/tensor_io.h"

namespace trivium {
namespace {

constexpr char kKind[] = "checkpoint";
constexpr char kModelFile[] = "model.safetensors";
constexpr char kOptimizerFile[] = "optimizer.safetensors";
constexpr char kEmaFile[] = "ema.safetensors";
constexpr char kStateFile[] = "state.json";
constexpr char kPrefix[] = "step-";

std::filesystem::path Folder(const std::filesystem::path& run_dir) { return run_dir / "checkpoints"; }

// Steps of the folders named step-N, newest first; whether they are whole is not looked at.
std::vector<int64_t> ListedSteps(const std::filesystem::path& run_dir) {
  std::vector<int64_t> steps;
  std::error_code error;
  for (std::filesystem::directory_iterator place(Folder(run_dir), error), end; !error && place != end;
       place.increment(error)) {
    const std::string name = place->path().filename().string();
    const std::string digits = name.starts_with(kPrefix) ? name.substr(sizeof(kPrefix) - 1) : "";
    if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != std::string::npos) continue;
    steps.push_back(std::stoll(digits));
  }
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

std::filesystem::path StepFolder(const std::filesystem::path& run_dir, int64_t step) {
  return Folder(run_dir) / (kPrefix + std::to_string(step));
}

nlohmann::json ToJson(const CheckpointState& state) {
  return {{"step", state.step},     {"seed", state.seed},       {"threads", state.threads},
          {"device", state.device}, {"seconds", state.seconds}, {"units", state.units},
          {"flops", state.flops},   {"task", state.task},       {"config", state.config_yaml}};
}

absl::StatusOr<CheckpointState> FromJson(const nlohmann::json& json) {
  // The manifest vouches for the bytes; this guards against a program of another version.
  try {
    CheckpointState state;
    json.at("step").get_to(state.step);
    json.at("seed").get_to(state.seed);
    json.at("threads").get_to(state.threads);
    json.at("device").get_to(state.device);
    json.at("seconds").get_to(state.seconds);
    json.at("units").get_to(state.units);
    json.at("flops").get_to(state.flops);
    json.at("config").get_to(state.config_yaml);
    state.task = json.at("task");
    if (state.step < 0) return BadArtifact("state.json: step is negative");
    return state;
  } catch (const nlohmann::json::exception& error) {
    return BadArtifact("state.json: " + std::string(error.what()));
  }
}

absl::StatusOr<Checkpoint> Open(const std::filesystem::path& dir) {
  Checkpoint checkpoint;
  ASSIGN_OR_RETURN(checkpoint.artifact, OpenArtifact(dir, kKind));
  ASSIGN_OR_RETURN(const std::string text, ReadArtifactFile(checkpoint.artifact, kStateFile));
  const absl::StatusOr<nlohmann::json> json = ParseStrictJson(text);
  if (!json.ok()) return BadArtifact("state.json: " + Message(json.status()));
  ASSIGN_OR_RETURN(checkpoint.state, FromJson(*json));
  return checkpoint;
}

absl::Status AddTensors(ArtifactWriter& writer, const char* file, const NamedTensors& tensors) {
  ASSIGN_OR_RETURN(const std::string bytes, TensorsToBytes(tensors, {{"format", "pt"}}));
  return writer.Add(file, bytes);
}

absl::Status Fill(const Artifact& artifact, const char* file, const NamedTensors& targets) {
  if (targets.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string bytes, ReadArtifactFile(artifact, file));
  return Annotate(FillTensors(bytes, targets), (artifact.dir / file).string() + ": ");
}

}  // namespace

absl::Status SaveCheckpoint(const std::filesystem::path& run_dir, const CheckpointState& state,
                            const CheckpointTensors& tensors) {
  const auto save = [&]() -> absl::Status {
    RETURN_IF_ERROR(MakeDirectories(Folder(run_dir)));
    ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::Create(StepFolder(run_dir, state.step)));
    RETURN_IF_ERROR(AddTensors(writer, kModelFile, tensors.model));
    RETURN_IF_ERROR(AddTensors(writer, kOptimizerFile, tensors.optimizer));
    if (!tensors.ema.empty()) RETURN_IF_ERROR(AddTensors(writer, kEmaFile, tensors.ema));
    const std::string text = ToJson(state).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    RETURN_IF_ERROR(writer.Add(kStateFile, text));
    return writer.Commit(kKind, {{"step", state.step}});
  };
  return Annotate(save(), "saving the checkpoint of step " + std::to_string(state.step) + ": ");
}

absl::StatusOr<std::optional<Checkpoint>> NewestCheckpoint(const std::filesystem::path& run_dir,
                                                           std::vector<std::string>* warnings) {
  // A crash in the middle of an exchange may have left a whole checkpoint under its second name.
  SweepOrphans(Folder(run_dir));
  const std::vector<int64_t> steps = ListedSteps(run_dir);
  for (const int64_t step : steps) {
    absl::StatusOr<Checkpoint> checkpoint = Open(StepFolder(run_dir, step));
    if (checkpoint.ok() && checkpoint->state.step != step) {
      checkpoint =
          BadArtifact(StepFolder(run_dir, step).string() + " holds step " + std::to_string(checkpoint->state.step));
    }
    if (checkpoint.ok()) return std::optional<Checkpoint>(std::move(*checkpoint));
    if (warnings != nullptr) {
      warnings->push_back("the checkpoint of step " + std::to_string(step) +
                          " is damaged and passed over: " + Message(checkpoint.status()));
    }
  }
  if (steps.empty()) return std::optional<Checkpoint>();
  return BadArtifact("no checkpoint in " + Folder(run_dir).string() + " can be read; the newest one is step " +
                     std::to_string(steps.front()) + ". Start again with another --out, or restore the folder");
}

absl::Status LoadTensors(const Checkpoint& checkpoint, const CheckpointTensors& targets) {
  RETURN_IF_ERROR(Fill(checkpoint.artifact, kModelFile, targets.model));
  RETURN_IF_ERROR(Fill(checkpoint.artifact, kOptimizerFile, targets.optimizer));
  return Fill(checkpoint.artifact, kEmaFile, targets.ema);
}

void SetAsideLater(const std::filesystem::path& run_dir, int64_t step) {
  std::error_code ignored;
  for (const int64_t later : ListedSteps(run_dir)) {
    if (later <= step) continue;
    const std::filesystem::path aside = Folder(run_dir) / ("damaged-" + StepFolder(run_dir, later).filename().string());
    std::filesystem::remove_all(aside, ignored);
    std::filesystem::rename(StepFolder(run_dir, later), aside, ignored);
  }
}

void PruneCheckpoints(const std::filesystem::path& run_dir, int64_t keep) {
  SweepOrphans(Folder(run_dir));
  const std::vector<int64_t> steps = ListedSteps(run_dir);
  std::error_code ignored;
  for (size_t i = static_cast<size_t>(std::max<int64_t>(keep, 1)); i < steps.size(); ++i) {
    std::filesystem::remove_all(StepFolder(run_dir, steps[i]), ignored);
  }
}

}  // namespace trivium
