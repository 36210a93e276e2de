// The language model and its corpus as the trainer sees them: batches in, loss out, held-out text measured.
// Made by language_training.cc only; only torch .cc files include this.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/nn/precision.h"
#include "core/train/trainer.h"
#include "stage1_language/language_training.h"
#include "stage1_language/model/language_model.h"
#include "stage1_language/tokens/token_stream.h"

namespace trivium {

class LanguageTask : public Trainable {
 public:
  // Loads the corpus, trains the tokenizer and makes the model on `device` (auto, cpu or cuda).
  static absl::StatusOr<LanguageTask> Create(const LanguageTrainingConfig& config, const std::string& device);

  NamedTensors parameters() override { return model_.Parameters(); }
  StepOutput Step(int64_t step) override;
  std::string unit_name() const override { return "tokens"; }
  std::map<std::string, std::string> RunFiles() const override;
  nlohmann::json SaveState() const override;
  absl::Status LoadState(const nlohmann::json& state) override;
  std::optional<Metrics> Evaluate(int64_t step) override;

  // What was read and where the token ids came from, for people.
  const std::vector<std::string>& notes() const { return notes_; }

  LanguageTrainingResult Result(const TrainSummary& summary, const std::filesystem::path& run_dir) const;

 private:
  LanguageTask(const LanguageTrainingConfig& config, Corpus corpus, Tokenizer tokenizer, TokenStream stream,
               LanguageModel model);
  std::vector<std::string> EvaluationDocuments() const;

  LanguageTrainingConfig config_;
  Corpus corpus_;
  Tokenizer tokenizer_;
  TokenStream stream_;
  LanguageModel model_;
  Precision precision_ = Precision::kFloat32;
  BitsPerByte held_out_;  // newest measurement
  std::vector<std::string> notes_;
};

// The file of a run folder that holds the tokenizer.
inline constexpr char kRunTokenizerFile[] = "tokenizer.model";

// All randomness of stage 1 begins here.
SeedTree Stage1Seeds(const LanguageTrainingConfig& config);

// Fixed embeddings are made from the seed and not saved with a checkpoint: BadArtifact if `state` (a LanguageTask's)
// knows others than `model` has.
absl::Status CheckFixedEmbedding(const LanguageModel& model, const LanguageTrainingConfig& config,
                                 const nlohmann::json& state);

}  // namespace trivium
