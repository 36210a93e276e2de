// Stage 1 from corpus to sealed model: wires corpus, tokenizer, language model and core's trainer. Used by
// `trivium stage1` and by the demo. Torch-free header.
//   LanguageTrainingConfig -> TrainLanguageModel -> RUN/ -> SealRun -> frozen LM artefact
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/config/key_table.h"
#include "core/text/tokenizer.h"
#include "core/train/trainer_config.h"
#include "stage1_language/corpus/corpus.h"
#include "stage1_language/measures/bits_per_byte.h"
#include "stage1_language/model/language_config.h"

namespace trivium {

struct TrainOptions;
struct TrainSummary;
struct TrainPlan;

struct LanguageTrainingConfig {
  LanguageTrainingConfig();  // the defaults of stage 1, see configs/stage1/tiny.yaml

  int64_t seed = 1;
  int64_t batch_items = 32;          // blocks in a batch
  int64_t block_tokens = 64;         // tokens in a block; at most model.max_tokens
  int64_t evaluate_documents = 400;  // most held-out documents to measure
  int64_t micro_items = 0;           // blocks that a thread reads at once, their gradients added up; 0: its whole share
  std::string pack = "stream";       // how rows are cut; this and noise and mask: see StreamConfig
  double token_noise = 0, token_mask = 0;
  std::string precision = "auto";  // of matrix products: auto, fp32 or bf16; see core/nn/precision.h
  CorpusConfig corpus;
  TokenizerConfig tokenizer;
  LanguageConfig model;
  TrainerConfig train;

  absl::Status Validate() const;
};

// seed, corpus.*, tokenizer.*, model.*, train.* (with train.batch_items, train.block_tokens, train.evaluate_documents).
void AddKeys(KeyTable& table, LanguageTrainingConfig& config);

struct LanguageTrainingResult {
  std::filesystem::path run_dir;
  double seconds = 0;
  double tokens = 0;  // trained on
  double flops = 0;
  int64_t steps = 0;
  int64_t params = 0;  // all weights, fixed embeddings included
  int64_t trained_params = 0;
  int64_t vocab = 0;
  BitsPerByte held_out;
  std::string corpus_sha256;
};

// The "stage1" object of result files.
nlohmann::json ToJson(const LanguageTrainingResult& result);

// The corpus of a config, with its held-out part: the same at every call.
absl::StatusOr<Corpus> LoadStage1Corpus(const LanguageTrainingConfig& config);

// Trains in options.run_dir (see core/train/trainer.h; tokenizer.model is added to the folder). options.config_yaml may
// be empty: then it is made from `config`. options.seed is taken from config.seed. Errors as LoadCorpus and Train.
absl::StatusOr<LanguageTrainingResult> TrainLanguageModel(const LanguageTrainingConfig& config,
                                                          const TrainOptions& options);

// Loads corpus and tokenizer and times a few steps; writes nothing.
absl::StatusOr<TrainPlan> PlanLanguageTraining(const LanguageTrainingConfig& config, const TrainOptions& options);

struct SealedRun {
  std::filesystem::path dir;
  int64_t step = 0;
  std::string weights;                // "ema" or "raw": what was sealed
  std::string sha256;                 // identity of the artefact
  std::vector<std::string> warnings;  // damaged checkpoints that were passed over
};

// Seals the run's newest good checkpoint as a frozen LM at `out`. weights: "ema", "raw", or "auto" = ema if the run has
// it. BadArtifact for a folder that is no stage-1 run or has no good checkpoint; UsageError for "ema" without one.
absl::StatusOr<SealedRun> SealRun(const std::filesystem::path& run_dir, const std::filesystem::path& out,
                                  const std::string& weights = "auto");

}  // namespace trivium
