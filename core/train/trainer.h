// The one training loop of both stages: step, clip, average, log, evaluate, save, resume, stop on a signal.
// A stage gives it a Trainable (model + batches); everything else about training lives here.
// A run that was killed and resumed ends with the same weights, bit for bit, as one that was not, at the same thread
// count: all randomness is a function of (seed, step), and a checkpoint holds the rest.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/nn/layers.h"
#include "core/train/trainer_config.h"

namespace trivium {

class Console;

using Metrics = std::vector<std::pair<std::string, double>>;

struct StepOutput {
  at::Tensor
      loss;  // scalar; without a gradient if Step has put the gradients into .grad() itself (AccumulateGradients)
  Metrics metrics;   // "name", value; "loss", "lr", "gradient_norm" are added
  double units = 0;  // tokens or items in the batch
  double flops = 0;  // forward and backward, core/nn/flops.h
};

// Model and data. REQUIRES: Step is a pure function of the parameters, the step and what SaveState holds. torch's
// global generator is seeded anew from (seed, step) before each call, so dropout is one, too.
class Trainable {
 public:
  virtual ~Trainable() = default;

  // What is trained, by name; the same tensors in the same order at every call. Never a frozen model's weights.
  virtual NamedTensors parameters() = 0;
  // The loss of the batch of `step`, counted from 0. May throw: the trainer makes a status of it.
  virtual StepOutput Step(int64_t step) = 0;
  // "tokens", "items": what throughput is counted in.
  virtual std::string unit_name() const = 0;

  // name -> bytes of files that belong in the run folder from its beginning.
  virtual std::map<std::string, std::string> RunFiles() const { return {}; }
  // State beside the parameters that later steps depend on, and hashes of what must not change between runs.
  virtual nlohmann::json SaveState() const { return nlohmann::json::object(); }
  // UsageError or BadArtifact if the state belongs to other data.
  virtual absl::Status LoadState(const nlohmann::json& state) { return absl::OkStatus(); }

  // Measured at evaluate_every and at the end, without gradients, on the averaged weights if there are any. Must change
  // nothing that later steps depend on. nullopt: this task has no evaluation.
  virtual std::optional<Metrics> Evaluate(int64_t step) { return std::nullopt; }
};

struct TrainOptions {
  std::filesystem::path run_dir;
  bool resume = false;  // go on from the newest good checkpoint of run_dir; from step 0 if it has none yet
  uint64_t seed = 1;
  int64_t threads = 0;                 // 0: the machine's cores
  std::string device = "auto";         // auto, cpu or cuda; for the stage, which places its tensors
  std::string config_yaml;             // the resolved config: becomes config.yaml, and must be the same on resume
  std::string default_config_yaml;     // of keys that did not yet exist when a run to be resumed began
  std::string title = "Training run";  // of the model card
  std::string card = "";               // more Markdown for the model card
  std::vector<std::string> command_line = {};
  Console* console = nullptr;  // borrowed; nullptr: silent
  int64_t stop_after = 0;      // act as if a signal came after this many steps of the run in all; 0: never
};

struct TrainSummary {
  int64_t steps = 0;         // done in all
  int64_t resumed_from = 0;  // the step this call began at
  double seconds = 0;        // training time over all resumptions
  double units = 0;
  double flops = 0;
  int64_t num_weights = 0;
  int64_t peak_memory_bytes = 0;  // of the process
  Metrics metrics;                // last logged ones and the final evaluation
};

// {"steps","seconds","units","flops","params","peak_memory_bytes","metrics":{...}}
nlohmann::json ToJson(const TrainSummary& summary);

// Writes RUN/: config.yaml environment.json metrics.jsonl, TensorBoard events, checkpoints/, README.md.
// When ok, the parameters hold the weights to use: the averaged ones if ema_decay > 0.
// UsageError: run_dir holds a run and resume is false; nothing to resume; the config or seed differs from the
// checkpoint's (names the keys). OutOfResource: disk or memory. Interrupted: SIGINT or SIGTERM came; the step was
// finished and saved. Failed: loss or gradient not finite, or an exception of LibTorch, naming the step; the last
// checkpoint stands. Sets torch's thread count, denormal flushing and deterministic algorithms for the process.
absl::StatusOr<TrainSummary> Train(Trainable& task, const TrainerConfig& config, const TrainOptions& options);

// What a run would take, for --dry-run.
struct TrainPlan {
  int64_t num_weights = 0;
  int64_t state_bytes = 0;        // weights, gradients, moments, average
  int64_t peak_memory_bytes = 0;  // of this process during the timed steps
  int64_t disk_bytes = 0;         // all kept checkpoints, and one being written
  int64_t free_disk_bytes = 0;
  double seconds_per_step = 0;  // median of the timed steps
  double units_per_second = 0;
  double total_seconds = 0;  // steps * seconds_per_step
};

// Runs one step to warm up and three timed ones, with backward and update, then puts the weights back. Writes nothing.
absl::StatusOr<TrainPlan> PlanTraining(Trainable& task, const TrainerConfig& config, const TrainOptions& options);
// Lines for a person to read.
std::string RenderPlan(const TrainPlan& plan, const TrainerConfig& config, const std::string& unit_name);
nlohmann::json ToJson(const TrainPlan& plan);

}  // namespace trivium
