// Keys, rules and the learning-rate schedule. See trainer_config.h.
#include "core/train/trainer_config.h"

#include <algorithm>
#include <cmath>

namespace trivium {

absl::Status TrainerConfig::Validate() const {
  if (steps < 1) return UsageError("train.steps must be at least 1");
  if (!(learning_rate > 0) || !std::isfinite(learning_rate)) return UsageError("train.learning_rate must be above 0");
  if (!(min_lr_ratio >= 0 && min_lr_ratio <= 1)) return UsageError("train.min_lr_ratio must lie between 0 and 1");
  if (warmup_steps < 0) return UsageError("train.warmup_steps must be 0 or more");
  if (!(beta1 >= 0 && beta1 < 1)) return UsageError("train.beta1 must be at least 0 and below 1");
  if (!(beta2 >= 0 && beta2 < 1)) return UsageError("train.beta2 must be at least 0 and below 1");
  if (!(eps > 0) || !std::isfinite(eps)) return UsageError("train.eps must be above 0");
  if (!(weight_decay >= 0) || !std::isfinite(weight_decay)) return UsageError("train.weight_decay must be 0 or more");
  if (!(clip_norm >= 0) || !std::isfinite(clip_norm)) return UsageError("train.clip_norm must be 0 (no limit) or more");
  if (!(ema_decay >= 0 && ema_decay < 1)) return UsageError("train.ema_decay must be at least 0 (none) and below 1");
  if (checkpoint_every < 1) return UsageError("train.checkpoint_every must be at least 1");
  if (keep_checkpoints < 1) return UsageError("train.keep_checkpoints must be at least 1");
  if (log_every < 1) return UsageError("train.log_every must be at least 1");
  if (evaluate_every < 0) return UsageError("train.evaluate_every must be 0 (only at the end) or more");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, const std::string& prefix, TrainerConfig& config) {
  table.Add(prefix + "steps", &config.steps, {.help = "number of weight updates", .unit = "steps", .min = 1});
  table.Add(prefix + "learning_rate", &config.learning_rate, {.help = "peak learning rate", .min = 0});
  table.Add(prefix + "min_lr_ratio", &config.min_lr_ratio,
            {.help = "learning rate of the last step, as a share of the peak", .min = 0, .max = 1});
  table.Add(prefix + "warmup_steps", &config.warmup_steps,
            {.help = "linear warmup of the learning rate", .unit = "steps", .min = 0});
  table.Add(prefix + "beta1", &config.beta1, {.help = "AdamW: decay rate of the first moment", .min = 0, .max = 1});
  table.Add(prefix + "beta2", &config.beta2, {.help = "AdamW: decay rate of the second moment", .min = 0, .max = 1});
  table.Add(prefix + "eps", &config.eps, {.help = "AdamW: epsilon, added to the root of the second moment", .min = 0});
  table.Add(prefix + "weight_decay", &config.weight_decay,
            {.help = "AdamW: decoupled weight decay of matrices; vectors are never decayed", .min = 0});
  table.Add(prefix + "clip_norm", &config.clip_norm,
            {.help = "clip the gradient's global norm to this; 0: no clipping", .min = 0});
  table.Add(prefix + "ema_decay", &config.ema_decay,
            {.help = "decay of the moving average of the weights, which is what is evaluated and kept; 0: no average",
             .min = 0,
             .max = 1});
  table.Add(prefix + "checkpoint_every", &config.checkpoint_every,
            {.help = "steps between checkpoints; the last step is always saved", .unit = "steps", .min = 1});
  table.Add(prefix + "keep_checkpoints", &config.keep_checkpoints,
            {.help = "number of newest checkpoints to keep", .min = 1});
  table.Add(prefix + "log_every", &config.log_every,
            {.help = "steps between rows of metrics", .unit = "steps", .min = 1});
  table.Add(prefix + "evaluate_every", &config.evaluate_every,
            {.help = "steps between measurements on held-out data; 0: only at the end", .unit = "steps", .min = 0});
}

double LearningRate(int64_t step, const TrainerConfig& config) {
  constexpr double kPi = 3.14159265358979323846;
  const auto t = static_cast<double>(step + 1), warmup = static_cast<double>(config.warmup_steps);
  if (t <= warmup) return config.learning_rate * t / warmup;
  const double rest = std::max(1.0, static_cast<double>(config.steps) - warmup);
  const double progress = std::clamp((t - warmup) / rest, 0.0, 1.0);
  const double r = config.min_lr_ratio;
  return config.learning_rate * (r + (1.0 - r) * 0.5 * (1.0 + std::cos(kPi * progress)));
}

}  // namespace trivium
