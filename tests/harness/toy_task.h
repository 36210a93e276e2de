// A small network to train: the trainer's tests, and the process that they kill, share it. Its batches, a dropout mask
// and the order of its additions would all show a resume that is not exact.
#pragma once

#include "core/nn/torch_pch.h"

#include <functional>
#include <string>
#include <vector>

#include "core/train/trainer.h"

namespace trivium {

class ToyTask : public Trainable {
 public:
  explicit ToyTask(int64_t width = 48) : width_(width) {
    Rng rng = SeedTree(5).MakeRng();
    first_ = LinearWeight(width, 16, 1.0, rng);
    bias_ = torch::zeros({width}).requires_grad_();
    second_ = LinearWeight(16, width, 1.0, rng);
  }

  NamedTensors parameters() override { return {{"first", first_}, {"bias", bias_}, {"second", second_}}; }
  std::string unit_name() const override { return "items"; }

  StepOutput Step(int64_t step) override {
    if (before_step) before_step(step);
    Rng rng = SeedTree(7).Child(static_cast<uint64_t>(step)).MakeRng();
    const at::Tensor x = NormalTensor({64, 16}, 1.0, rng);
    const at::Tensor hidden = torch::dropout(torch::silu(Linear(x, first_) + bias_), 0.1, /*train=*/true);
    StepOutput output;
    output.loss = (Linear(hidden, second_) - x.flip(1)).square().mean() * loss_scale;
    output.units = 64;
    output.flops = 1000;
    return output;
  }

  std::optional<Metrics> Evaluate(int64_t step) override {
    ++evaluations;
    return Metrics{{"sum", first_.sum().item<double>()}};
  }
  nlohmann::json SaveState() const override { return {{"corpus", corpus}}; }
  absl::Status LoadState(const nlohmann::json& state) override {
    return state["corpus"] == corpus ? absl::OkStatus() : UsageError("another corpus");
  }

  // All weights, end to end.
  std::vector<float> Weights() const {
    const at::Tensor all =
        torch::cat({first_.detach().flatten(), bias_.detach(), second_.detach().flatten()}).contiguous();
    return {all.data_ptr<float>(), all.data_ptr<float>() + all.numel()};
  }

  std::function<void(int64_t)> before_step;
  double loss_scale = 1.0;
  std::string corpus = "a";
  int evaluations = 0;

 private:
  int64_t width_;
  at::Tensor first_, bias_, second_;
};

inline TrainerConfig ToyConfig(int64_t steps = 40) {
  TrainerConfig config;
  config.steps = steps;
  config.warmup_steps = 5;
  config.ema_decay = 0.9;
  config.checkpoint_every = 10;
  config.log_every = 4;
  return config;
}

inline TrainOptions ToyOptions(const std::filesystem::path& run_dir, int64_t threads = 1) {
  TrainOptions options;
  options.run_dir = run_dir;
  options.threads = threads;
  options.config_yaml = "seed: 1\ntrain:\n  steps: 40\n  log_every: 4\n";
  return options;
}

}  // namespace trivium
