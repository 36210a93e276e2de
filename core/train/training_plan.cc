// Timed steps and sizes for --dry-run. See training_plan.h and trainer.h.
#include "core/train/training_plan.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "core/base/file_io.h"
#include "core/cli/console.h"
#include "core/nn/torch_pch.h"
#include "core/train/machine.h"
#include "core/train/torch_errors.h"
#include "core/train/trainer.h"

namespace trivium {
namespace {

constexpr int64_t kOverheadBytes = 64 << 10;  // headers, state.json and manifest of a checkpoint
constexpr int kTimedSteps = 3;

std::string Megabytes(int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

int64_t BytesBelow(const std::filesystem::path& dir) {
  int64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator place(dir, error), end; !error && place != end;
       place.increment(error)) {
    std::error_code ignored;
    const uintmax_t size = place->is_regular_file(ignored) ? place->file_size(ignored) : 0;
    if (!ignored) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

// Seconds of one forward, backward and update.
absl::StatusOr<double> TimeStep(Trainable& task, Optimizer& optimizer, int64_t step, double* units) {
  const auto begin = std::chrono::steady_clock::now();
  optimizer.ZeroGradients();
  StepOutput output = task.Step(step);
  if (output.loss.requires_grad()) output.loss.backward();
  RETURN_IF_ERROR(optimizer.Step(step).status());
  *units = output.units;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

absl::Status MakePlan(Trainable& task, const TrainerConfig& config, const TrainOptions& options, TrainPlan* plan) {
  RETURN_IF_ERROR(config.Validate());
  SetUpTorch(options.threads);
  NamedTensors before;
  for (const auto& [name, tensor] : task.parameters()) before.emplace_back(name, tensor.detach().clone());
  ASSIGN_OR_RETURN(Optimizer optimizer, Optimizer::Create(task.parameters(), config));
  std::vector<double> seconds;
  double units = 0;
  for (int step = 0; step <= kTimedSteps; ++step) {
    ASSIGN_OR_RETURN(const double taken, TimeStep(task, optimizer, step, &units));
    if (step > 0) seconds.push_back(taken);
  }
  std::sort(seconds.begin(), seconds.end());
  torch::NoGradGuard no_gradients;
  const NamedTensors parameters = task.parameters();
  for (size_t i = 0; i < parameters.size(); ++i) at::Tensor(parameters[i].second).copy_(before[i].second);

  plan->num_weights = optimizer.num_weights();
  plan->state_bytes = optimizer.StateBytes();
  plan->peak_memory_bytes = PeakMemoryBytes();
  plan->disk_bytes = CheckpointsBytes(optimizer, config);
  ASSIGN_OR_RETURN(const uint64_t free_bytes, FreeBytes(options.run_dir));
  plan->free_disk_bytes = static_cast<int64_t>(std::min<uint64_t>(free_bytes, INT64_MAX));
  plan->seconds_per_step = seconds[seconds.size() / 2];
  plan->units_per_second = plan->seconds_per_step > 0 ? units / plan->seconds_per_step : 0;
  plan->total_seconds = plan->seconds_per_step * static_cast<double>(config.steps);
  return absl::OkStatus();
}

}  // namespace

int64_t CheckpointsBytes(const Optimizer& optimizer, const TrainerConfig& config) {
  // The state counts the gradients, which are not saved.
  const int64_t copies = optimizer.has_ema() ? 5 : 4;
  const int64_t one = optimizer.StateBytes() / copies * (copies - 1) + kOverheadBytes;
  return one * (config.keep_checkpoints + 1);
}

absl::Status CheckDiskSpace(const Optimizer& optimizer, const TrainerConfig& config,
                            const std::filesystem::path& run_dir) {
  ASSIGN_OR_RETURN(const uint64_t free_bytes, FreeBytes(run_dir));
  const int64_t needed = CheckpointsBytes(optimizer, config) - BytesBelow(run_dir / "checkpoints");
  if (needed <= 0 || free_bytes >= static_cast<uint64_t>(needed)) return absl::OkStatus();
  return OutOfResource("checkpoints will need " + Megabytes(needed) + " in " + run_dir.string() + ", its disk has " +
                       Megabytes(static_cast<int64_t>(free_bytes)) +
                       " free: make room, lower train.keep_checkpoints, or choose another --out");
}

absl::StatusOr<TrainPlan> PlanTraining(Trainable& task, const TrainerConfig& config, const TrainOptions& options) {
  TrainPlan plan;
  RETURN_IF_ERROR(CatchTorch([&] { return MakePlan(task, config, options, &plan); }));
  return plan;
}

std::string RenderPlan(const TrainPlan& plan, const TrainerConfig& config, const std::string& unit_name) {
  char rate[96];
  std::snprintf(rate, sizeof(rate), "%.1f ms a step, %.0f %s/s", plan.seconds_per_step * 1e3, plan.units_per_second,
                unit_name.c_str());
  return "trained weights  " + std::to_string(plan.num_weights) + "\n" +  //
         "memory           " + Megabytes(plan.peak_memory_bytes) + " at the peak of the timed steps, of which " +
         Megabytes(plan.state_bytes) + " are weights, gradients and optimiser\n" +  //
         "disk             " + Megabytes(plan.disk_bytes) + " for checkpoints, " + Megabytes(plan.free_disk_bytes) +
         " free\n" +  //
         "time             " + FormatDuration(plan.total_seconds) + " for " + std::to_string(config.steps) +
         " steps (" + rate + ")\n";
}

nlohmann::json ToJson(const TrainPlan& plan) {
  return {{"params", plan.num_weights},
          {"state_bytes", plan.state_bytes},
          {"peak_memory_bytes", plan.peak_memory_bytes},
          {"disk_bytes", plan.disk_bytes},
          {"free_disk_bytes", plan.free_disk_bytes},
          {"seconds_per_step", plan.seconds_per_step},
          {"units_per_second", plan.units_per_second},
          {"total_seconds", plan.total_seconds}};
}

}  // namespace trivium
