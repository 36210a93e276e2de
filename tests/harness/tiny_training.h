// A stage-1 config that trains in well under a second, for tests that need a run or a sealed model.
#pragma once

#include <filesystem>

#include "core/train/trainer.h"
#include "stage1_language/language_training.h"

namespace trivium {

inline LanguageTrainingConfig TinyLanguage() {
  LanguageTrainingConfig config;
  config.corpus.documents = 200;
  config.corpus.held_out = 0.1;
  config.tokenizer.vocab_size = 1024;
  config.model.width = 16;
  config.model.layers = 1;
  config.model.heads = 2;
  config.model.max_tokens = 32;
  config.precision = "fp32";  // "auto" is a timing, and two runs of a test must choose alike
  config.batch_items = 4;
  config.block_tokens = 16;
  config.train.steps = 12;
  config.train.warmup_steps = 2;
  config.train.checkpoint_every = 4;
  return config;
}

inline TrainOptions TinyOptions(const std::filesystem::path& run_dir) {
  TrainOptions options;
  options.run_dir = run_dir;
  options.threads = 1;
  return options;
}

}  // namespace trivium
