// What both stages choose about training: steps, learning rate, AdamW, averaging, checkpoints. Torch-free, so that
// configs and commands can use it. The corpus, batch and model belong to each stage's own config.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/status.h"
#include "core/config/key_table.h"

namespace trivium {

struct TrainerConfig {
  int64_t steps = 1000;

  // Learning rate: linear warm-up, then half a cosine down to min_lr_ratio of the peak.
  double learning_rate = 3e-3;
  double min_lr_ratio = 0.1;
  int64_t warmup_steps = 100;

  // AdamW with decoupled weight decay; vectors and scalars (norms, temperatures) are never decayed.
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.1;
  double clip_norm = 1.0;  // clip the gradient's global norm to this; 0: no clipping

  // Exponential moving average of the weights; 0: none. Early on it forgets faster: min(ema_decay, (1 + t) / (10 + t)).
  double ema_decay = 0.0;

  int64_t checkpoint_every = 500;  // steps; the last step is always saved
  int64_t keep_checkpoints = 2;    // the newest so many stay
  int64_t log_every = 10;          // steps
  int64_t evaluate_every = 0;      // steps; 0: only at the end

  // One sentence per broken rule, naming the key.
  absl::Status Validate() const;
};

void AddKeys(KeyTable& table, const std::string& prefix, TrainerConfig& config);

// The rate of a step, counted from 0. With t = step + 1: learning_rate * t / warmup_steps while t <= warmup_steps, then
// learning_rate * (r + (1 - r) (1 + cos(pi p)) / 2), r = min_lr_ratio, p = (t - warmup_steps) / (steps - warmup_steps)
// (Loshchilov and Hutter 2017, arXiv 1608.03983, one cycle). The last step has r times the peak.
double LearningRate(int64_t step, const TrainerConfig& config);

}  // namespace trivium
