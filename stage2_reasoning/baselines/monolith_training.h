// Teaches a causal transformer a world by heart: its facts as sentences and questions over one to three hops with their
// answers, in the wording of the audit. Stage 1's language model and core's trainer do the work. Only torch .cc files
// include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/text/tokenizer.h"
#include "core/train/trainer.h"
#include "stage1_language/model/language_model.h"
#include "stage2_reasoning/tasks/world.h"

namespace trivium {

class KeyTable;

struct MonolithConfig {
  MonolithConfig();

  int64_t seed = 1;
  int64_t weights = 0;  // about so many in all; 0: as many as the pipeline that it stands beside
  int64_t layers = 4;
  int64_t batch_items = 64;
  double unknown_share = 0.05;  // questions about people that the world does not know: "unknown"
  int64_t edit_steps = 50;      // gradient steps of an edit at most; it ends once the new answer is given
  TrainerConfig train;

  absl::Status Validate() const;
};

// seed, monolith.*, train.*
void AddKeys(KeyTable& table, MonolithConfig& config);

// The shape with trained tied embeddings that has about config.weights weights: the widest that has no more, its
// feed-forward parts made larger until it has as many. REQUIRES: weights > 0.
LanguageConfig MonolithShape(const MonolithConfig& config, int64_t vocab);

// What follows a prompt; an empty prompt is a plain sentence.
struct Completion {
  std::string prompt, text;
};
struct CompletionBatch {
  at::Tensor inputs, targets;  // [items, tokens] int64; targets are -1 at prompts and padding
  double flops = 0;            // of training on it once
};
CompletionBatch EncodeCompletions(const std::vector<Completion>& completions, const Tokenizer& tokenizer,
                                  const LlamaConfig& config);

// Trains `model`, made from MonolithShape, in options.run_dir. Errors as Train.
absl::StatusOr<TrainSummary> TrainMonolith(const MonolithConfig& config, const World& world, const Tokenizer& tokenizer,
                                           LanguageModel& model, const TrainOptions& options);
// Times a few steps; writes nothing.
absl::StatusOr<TrainPlan> PlanMonolith(const MonolithConfig& config, const World& world, const Tokenizer& tokenizer,
                                       LanguageModel& model, const TrainOptions& options);

}  // namespace trivium
