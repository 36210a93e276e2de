// The training loop. See trainer.h.
#include "core/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>

#include "core/base/seed_tree.h"
#include "core/cli/console.h"
#include "core/metrics/metrics_writer.h"
#include "core/nn/torch_pch.h"
#include "core/train/checkpoint.h"
#include "core/train/interrupt.h"
#include "core/train/machine.h"
#include "core/train/optimizer.h"
#include "core/train/run_dir.h"
#include "core/train/torch_errors.h"
#include "core/train/training_plan.h"

namespace trivium {
namespace {

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string Short(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

// One call of Train: Open Resume? (Step)* Finish. Members are the loop's whole state.
class Run {
 public:
  Run(Trainable& task, const TrainerConfig& config, const TrainOptions& options)
      : task_(task), config_(config), options_(options) {}

  absl::StatusOr<TrainSummary> Train() {
    RETURN_IF_ERROR(config_.Validate());
    RETURN_IF_ERROR(OpenRunDir(options_, task_.RunFiles()));
    threads_ = SetUpTorch(options_.threads);
    ASSIGN_OR_RETURN(Optimizer optimizer, Optimizer::Create(task_.parameters(), config_));
    optimizer_ = std::make_unique<Optimizer>(std::move(optimizer));
    if (options_.resume) RETURN_IF_ERROR(Resume());
    ASSIGN_OR_RETURN(metrics_, MetricsWriter::Open(options_.run_dir, step_ == 0 ? -1 : step_));
    RETURN_IF_ERROR(CheckDiskSpace(*optimizer_, config_, options_.run_dir));
    RETURN_IF_ERROR(Loop());
    return Finish();
  }

 private:
  void Warn(const std::string& text) const {
    if (options_.console != nullptr) options_.console->Warn(text);
  }

  std::string Device() const { return optimizer_->Weights().front().second.is_cuda() ? "cuda" : "cpu"; }

  absl::Status Resume() {
    std::vector<std::string> warnings;
    absl::StatusOr<std::optional<Checkpoint>> found = NewestCheckpoint(options_.run_dir, &warnings);
    for (const std::string& warning : warnings) Warn(warning);
    RETURN_IF_ERROR(found.status());
    if (!found->has_value()) {
      if (options_.console != nullptr) options_.console->Note("no checkpoint yet: starting from the beginning");
      return absl::OkStatus();
    }
    const Checkpoint& checkpoint = **found;
    const CheckpointState& state = checkpoint.state;
    RETURN_IF_ERROR(CheckSameRun(state));
    RETURN_IF_ERROR(task_.LoadState(state.task));  // first: it knows best why shapes may differ
    RETURN_IF_ERROR(LoadTensors(checkpoint, Tensors()));
    SetAsideLater(options_.run_dir, state.step);
    step_ = resumed_from_ = saved_step_ = state.step;
    seconds_before_ = state.seconds;
    units_ = units_before_ = state.units;
    flops_ = state.flops;
    if (options_.console != nullptr) options_.console->Note("resuming after step " + std::to_string(step_));
    return absl::OkStatus();
  }

  absl::Status CheckSameRun(const CheckpointState& state) const {
    std::vector<std::string> differences =
        ConfigDifferences(state.config_yaml, options_.config_yaml, options_.default_config_yaml);
    if (state.seed != options_.seed) {
      differences.push_back("seed: was " + std::to_string(state.seed) + ", is " + std::to_string(options_.seed));
    }
    if (!differences.empty()) {
      std::string text = "cannot resume " + options_.run_dir.string() + ": the config differs from the run's in";
      for (const std::string& difference : differences) text += "\n  " + difference;
      return UsageError(text + "\nUse its own config (" + (options_.run_dir / "config.yaml").string() +
                        "), or begin a new run with another --out");
    }
    if (state.threads != threads_ || state.device != Device()) {
      Warn("the run was begun with " + std::to_string(state.threads) + " threads on " + state.device +
           " and goes on with " + std::to_string(threads_) + " on " + Device() +
           ": the result will differ in the last digits");
    }
    return absl::OkStatus();
  }

  absl::Status Loop() {
    const InterruptGuard signals;
    started_ = Now();
    bool stop = false;
    while (step_ < config_.steps && !stop) {
      RETURN_IF_ERROR(Annotate(CatchTorch([this] { return Step(); }), "step " + std::to_string(step_) + ": "));
      if (step_ % config_.log_every == 0 || step_ == config_.steps) RETURN_IF_ERROR(Log());
      const bool is_due = config_.evaluate_every > 0 && step_ % config_.evaluate_every == 0;
      if (is_due || step_ == config_.steps) RETURN_IF_ERROR(Evaluate());
      stop = signals.interrupted() || (options_.stop_after > 0 && step_ >= options_.stop_after);
      if (stop || step_ % config_.checkpoint_every == 0 || step_ == config_.steps) RETURN_IF_ERROR(Save());
    }
    if (!stop || step_ == config_.steps) return absl::OkStatus();
    RETURN_IF_ERROR(metrics_->Flush());
    RETURN_IF_ERROR(WriteModelCard(options_, config_, Summary(), task_.unit_name()));
    return Interrupted("stopped after step " + std::to_string(step_) + " of " + std::to_string(config_.steps) +
                       "; the state is saved in " + options_.run_dir.string() + ", --resume goes on from there");
  }

  absl::Status Step() {
    torch::manual_seed(SeedTree(options_.seed).Child("torch").Child(static_cast<uint64_t>(step_)).seed());
    optimizer_->ZeroGradients();
    StepOutput output = task_.Step(step_);
    if (!output.loss.defined() || output.loss.numel() != 1) return Failed("the model returned no scalar loss");
    const double loss = output.loss.item<double>();
    if (!std::isfinite(loss)) return NotFinite("the loss is " + Short(loss, "%g"));
    if (output.loss.requires_grad()) output.loss.backward();
    const absl::StatusOr<double> norm = optimizer_->Step(step_);
    if (!norm.ok()) return NotFinite(Message(norm.status()));

    window_loss_ += loss;
    window_steps_ += 1;
    units_ += output.units;
    flops_ += output.flops;
    latest_ = {{"loss", loss}, {"lr", LearningRate(step_, config_)}, {"gradient_norm", *norm}};
    latest_.insert(latest_.end(), output.metrics.begin(), output.metrics.end());
    step_ += 1;
    return absl::OkStatus();
  }

  absl::Status NotFinite(const std::string& what) const {
    return Failed(what + ". " +
                  (saved_step_ > 0 ? "The checkpoint of step " + std::to_string(saved_step_) + " stands. " : "") +
                  "Lower train.learning_rate or train.clip_norm, or lengthen train.warmup_steps");
  }

  // Training time without evaluations.
  double Seconds() const { return seconds_before_ + (Now() - started_) - evaluation_seconds_; }

  absl::Status Log() {
    latest_.front().second = window_loss_ / static_cast<double>(window_steps_);  // mean since the last line
    window_loss_ = 0;
    window_steps_ = 0;
    const double elapsed = Seconds() - seconds_before_;
    const double rate = elapsed > 0 ? (units_ - units_before_) / elapsed : 0;
    Metrics line = latest_;
    line.emplace_back(task_.unit_name() + "_per_second", rate);
    if (options_.console != nullptr) {
      options_.console->Progress(step_, config_.steps, Short(rate, "%.0f ") + task_.unit_name() + "/s",
                                 "loss " + Short(latest_.front().second, "%.4f"));
    }
    return metrics_->Log(step_, line);
  }

  absl::Status Evaluate() {
    const double begin = Now();
    optimizer_->SwapEma();
    std::optional<Metrics> measured;
    {
      torch::NoGradGuard no_gradients;
      measured = task_.Evaluate(step_);
    }
    optimizer_->SwapEma();
    evaluation_seconds_ += Now() - begin;
    if (!measured) return absl::OkStatus();
    evaluated_ = *measured;
    return metrics_->Log(step_, *measured);
  }

  CheckpointTensors Tensors() const {
    return {.model = optimizer_->Weights(), .optimizer = optimizer_->Moments(), .ema = optimizer_->Ema()};
  }

  absl::Status Save() {
    // A step that is saved already is the end of a finished run that was resumed.
    if (saved_step_ == step_) return absl::OkStatus();
    RETURN_IF_ERROR(metrics_->Flush());
    const CheckpointState state{.step = step_,
                                .seed = options_.seed,
                                .threads = threads_,
                                .device = Device(),
                                .config_yaml = options_.config_yaml,
                                .seconds = Seconds(),
                                .units = units_,
                                .flops = flops_,
                                .task = task_.SaveState()};
    RETURN_IF_ERROR(SaveCheckpoint(options_.run_dir, state, Tensors()));
    saved_step_ = step_;
    PruneCheckpoints(options_.run_dir, config_.keep_checkpoints);
    return absl::OkStatus();
  }

  TrainSummary Summary() const {
    TrainSummary summary{.steps = step_,
                         .resumed_from = resumed_from_,
                         .seconds = Seconds(),
                         .units = units_,
                         .flops = flops_,
                         .num_weights = optimizer_->num_weights(),
                         .peak_memory_bytes = PeakMemoryBytes(),
                         .metrics = latest_};
    summary.metrics.insert(summary.metrics.end(), evaluated_.begin(), evaluated_.end());
    return summary;
  }

  absl::StatusOr<TrainSummary> Finish() {
    // A finished run that is resumed takes no step.
    if (resumed_from_ == config_.steps) RETURN_IF_ERROR(Evaluate());
    optimizer_->SwapEma();
    RETURN_IF_ERROR(metrics_->Flush());
    const TrainSummary summary = Summary();
    RETURN_IF_ERROR(WriteModelCard(options_, config_, summary, task_.unit_name()));
    return summary;
  }

  Trainable& task_;
  const TrainerConfig& config_;
  const TrainOptions& options_;
  int64_t threads_ = 1;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<MetricsWriter> metrics_;

  int64_t step_ = 0;  // steps done
  int64_t resumed_from_ = 0;
  int64_t saved_step_ = 0;
  double started_ = Now(), evaluation_seconds_ = 0;
  double seconds_before_ = 0, units_before_ = 0;  // of earlier calls
  double units_ = 0, flops_ = 0;
  double window_loss_ = 0;
  int64_t window_steps_ = 0;
  Metrics latest_, evaluated_;
};

}  // namespace

absl::StatusOr<TrainSummary> Train(Trainable& task, const TrainerConfig& config, const TrainOptions& options) {
  Run run(task, config, options);
  TrainSummary summary;
  const auto train = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(summary, run.Train());
    return absl::OkStatus();
  };
  const absl::Status status = CatchTorch(train);
  if (options.console != nullptr) options.console->EndProgress();
  if (status.ok()) return summary;
  return status;
}

nlohmann::json ToJson(const TrainSummary& summary) {
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [name, value] : summary.metrics) metrics[name] = value;
  return {{"steps", summary.steps}, {"seconds", summary.seconds},    {"units", summary.units},
          {"flops", summary.flops}, {"params", summary.num_weights}, {"peak_memory_bytes", summary.peak_memory_bytes},
          {"metrics", metrics}};
}

}  // namespace trivium
