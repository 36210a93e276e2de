// See language_training.h.
#include "stage1_language/language_training.h"

#include <optional>
#include <system_error>
#include <utility>

#include "core/artifact/artifact_dir.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"
#include "core/cli/console.h"
#include "core/config/config_loader.h"
#include "core/train/checkpoint.h"
#include "core/train/torch_errors.h"
#include "stage1_language/language_task.h"
#include "stage1_language/model/frozen_lm.h"

namespace trivium {
namespace {

TrainOptions Filled(const LanguageTrainingConfig& config, const TrainOptions& options) {
  TrainOptions filled = options;
  filled.seed = static_cast<uint64_t>(config.seed);
  if (filled.config_yaml.empty()) {
    LanguageTrainingConfig copy = config;
    KeyTable table;
    AddKeys(table, copy);
    filled.config_yaml = ResolvedYaml(table);
  }
  filled.title = "Stage 1: a language model in training";
  filled.card = "Corpus: " + config.corpus.Name() +
                ". Seal the result as a component for stage 2 with\n\n    trivium stage1 freeze " +
                options.run_dir.string() + " --out FROZEN_LM";
  return filled;
}

absl::StatusOr<Tokenizer> ReadTokenizer(const std::filesystem::path& run_dir, const nlohmann::json& state) {
  const std::filesystem::path path = run_dir / kRunTokenizerFile;
  const absl::StatusOr<std::string> bytes = ReadFile(path, kMaxTokenizerBytes);
  if (!bytes.ok()) return BadArtifact(Message(bytes.status()));
  if (Sha256Hex(*bytes) != state.value("tokenizer_sha256", "")) {
    return BadArtifact(path.string() + " is damaged: its SHA-256 is not the one the checkpoint was made with");
  }
  return Tokenizer::FromBytes(*bytes);
}

// The newest checkpoint of a run of stage 1 that verifies.
absl::StatusOr<Checkpoint> NewestOf(const std::filesystem::path& run_dir, SealedRun* sealed) {
  std::error_code error;
  if (!std::filesystem::is_directory(run_dir, error)) {
    return BadArtifact("there is no run folder " + run_dir.string() + "; make one with: trivium stage1 train --out " +
                       run_dir.string());
  }
  ASSIGN_OR_RETURN(const std::optional<Checkpoint> found, NewestCheckpoint(run_dir, &sealed->warnings));
  if (!found) {
    return BadArtifact(run_dir.string() +
                       " holds no checkpoint yet; continue it with: trivium stage1 train --resume --out " +
                       run_dir.string());
  }
  if (!found->state.task.is_object() || found->state.task.value("stage", 0) != 1) {
    return BadArtifact(run_dir.string() + " is no run of stage 1");
  }
  return *found;
}

absl::Status Seal(const std::filesystem::path& run_dir, const std::filesystem::path& out, const std::string& weights,
                  SealedRun* sealed) {
  if (weights != "auto" && weights != "ema" && weights != "raw" && weights != "random") {
    return UsageError("weights are \"" + weights + "\"; choose auto, ema or raw");
  }
  ASSIGN_OR_RETURN(const Checkpoint found, NewestOf(run_dir, sealed));
  const CheckpointState& state = found.state;
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  const absl::Status loaded = LoadConfigText(table, state.config_yaml, "config");
  if (!loaded.ok()) return BadArtifact("the checkpoint's " + Message(loaded));
  ASSIGN_OR_RETURN(const Tokenizer tokenizer, ReadTokenizer(run_dir, state.task));

  if (weights == "random") {
    ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> control,
                     FrozenLm::Random(config.model, tokenizer, Stage1Seeds(config).Child("control")));
    sealed->dir = out;
    sealed->weights = weights;
    sealed->sha256 = control->sha256();
    return control->SealTo(out);
  }
  const bool has_ema = found.artifact.sha256.count("ema.safetensors") != 0;
  if (weights == "ema" && !has_ema) {
    return UsageError("the run has no averaged weights (train.ema_decay is 0); seal its raw weights");
  }
  const bool use_ema = has_ema && weights != "raw";
  const LanguageModel model(config.model, tokenizer.vocab_size(), Stage1Seeds(config));
  CheckpointTensors targets;
  (use_ema ? targets.ema : targets.model) = model.Parameters();
  RETURN_IF_ERROR(LoadTensors(found, targets));
  RETURN_IF_ERROR(CheckFixedEmbedding(model, config, state.task));

  sealed->dir = out;
  sealed->step = state.step;
  sealed->weights = use_ema ? "ema" : "raw";
  const nlohmann::json metadata = {
      {"origin", "trained"},
      {"seed", state.seed},
      {"step", state.step},
      {"weights", sealed->weights},
      {"config", state.config_yaml},
      {"spelling", {{"lower_case", config.corpus.HasNoCapitals()}, {"words", config.corpus.HasWordsOnly()}}},
      {"corpus_sha256", state.task.value("corpus_sha256", "")},
      {"held_out", state.task.value("held_out", nlohmann::json::object())},
      {"training", {{"tokens", state.units}, {"seconds", state.seconds}, {"flops", state.flops}}}};
  RETURN_IF_ERROR(FrozenLm::Seal(model, tokenizer, out, metadata));
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(out, ""));
  sealed->sha256 = ContentSha256(artifact);
  return absl::OkStatus();
}

}  // namespace

LanguageTrainingConfig::LanguageTrainingConfig() {
  train.steps = 800;
  train.learning_rate = 3e-3;
  train.warmup_steps = 50;
  train.weight_decay = 0.05;
  train.ema_decay = 0.99;
  train.checkpoint_every = 200;
}

absl::Status LanguageTrainingConfig::Validate() const {
  RETURN_IF_ERROR(corpus.Validate());
  RETURN_IF_ERROR(tokenizer.Validate());
  RETURN_IF_ERROR(model.Validate());
  RETURN_IF_ERROR(train.Validate());
  if (seed < 0) return UsageError("seed must be 0 or more");
  if (batch_items < 1) return UsageError("train.batch_items must be at least 1");
  if (block_tokens < 1) return UsageError("train.block_tokens must be at least 1");
  if (block_tokens > model.max_tokens) {
    return UsageError("train.block_tokens is " + std::to_string(block_tokens) + ", more than model.max_tokens, " +
                      std::to_string(model.max_tokens));
  }
  if (pack != "stream" && pack != "documents") {
    return UsageError("train.pack is \"" + pack + "\"; choose stream or documents");
  }
  if (!(token_noise >= 0 && token_mask >= 0 && token_noise + token_mask <= 0.9)) {
    return UsageError("train.token_noise and train.token_mask must be 0 or more and together at most 0.9");
  }
  if (evaluate_documents < 1) return UsageError("train.evaluate_documents must be at least 1");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, LanguageTrainingConfig& config) {
  table.Add("seed", &config.seed, {.help = "root of all randomness", .min = 0});
  AddKeys(table, "corpus.", config.corpus);
  AddKeys(table, "tokenizer.", config.tokenizer);
  AddKeys(table, "model.", config.model);
  table.Add("train.batch_items", &config.batch_items, {.help = "blocks of text in a step", .min = 1, .max = 1 << 20});
  table.Add("train.block_tokens", &config.block_tokens,
            {.help = "length of a block, at most model.max_tokens", .unit = "tokens", .min = 1, .max = 1 << 20});
  table.Add(
      "train.micro_items", &config.micro_items,
      {.help = "gradient accumulation: blocks that a thread reads at once; 0: its whole share of the batch. Bounds "
               "memory; the result differs in rounding only",
       .min = 0,
       .max = 1 << 20});
  table.Add("train.evaluate_documents", &config.evaluate_documents,
            {.help = "most held-out documents to measure", .min = 1});
  table.Add("train.pack", &config.pack,
            {.help = "'stream': a row is any stretch of the documents written one behind the other; 'documents': a row "
                     "holds one document, rows of like length stand together and padding is not counted.",
             .choices = {"stream", "documents"}});
  table.Add("train.precision", &config.precision,
            {.help = "number format of matrix products; auto: bf16 where it is measured to be faster, else fp32",
             .choices = {"auto", "fp32", "bf16"}});
  table.Add("train.token_noise", &config.token_noise,
            {.help = "share of input tokens replaced by a random one; targets stay", .min = 0, .max = 0.9});
  table.Add("train.token_mask", &config.token_mask,
            {.help = "share of input tokens replaced by the unknown token; targets stay", .min = 0, .max = 0.9});
  AddKeys(table, "train.", config.train);
}

nlohmann::json ToJson(const LanguageTrainingResult& result) {
  return {{"run", result.run_dir.string()},
          {"seconds", result.seconds},
          {"tokens", result.tokens},
          {"flops", result.flops},
          {"steps", result.steps},
          {"params", result.params},
          {"trained_params", result.trained_params},
          {"vocab", result.vocab},
          {"bits_per_byte", result.held_out.value},
          {"held_out", ToJson(result.held_out)},
          {"corpus_sha256", result.corpus_sha256}};
}

absl::StatusOr<Corpus> LoadStage1Corpus(const LanguageTrainingConfig& config) {
  return LoadCorpus(config.corpus, Stage1Seeds(config));
}

absl::StatusOr<LanguageTrainingResult> TrainLanguageModel(const LanguageTrainingConfig& config,
                                                          const TrainOptions& options) {
  const TrainOptions filled = Filled(config, options);
  LanguageTrainingResult result;
  RETURN_IF_ERROR(CatchTorch([&]() -> absl::Status {
    ASSIGN_OR_RETURN(LanguageTask task, LanguageTask::Create(config, options.device));
    if (options.console != nullptr) {
      for (const std::string& note : task.notes()) options.console->Note(note);
    }
    ASSIGN_OR_RETURN(const TrainSummary summary, Train(task, config.train, filled));
    result = task.Result(summary, options.run_dir);
    return absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<TrainPlan> PlanLanguageTraining(const LanguageTrainingConfig& config, const TrainOptions& options) {
  TrainPlan plan;
  RETURN_IF_ERROR(CatchTorch([&]() -> absl::Status {
    ASSIGN_OR_RETURN(LanguageTask task, LanguageTask::Create(config, options.device));
    ASSIGN_OR_RETURN(plan, PlanTraining(task, config.train, Filled(config, options)));
    return absl::OkStatus();
  }));
  return plan;
}

absl::StatusOr<SealedRun> SealRun(const std::filesystem::path& run_dir, const std::filesystem::path& out,
                                  const std::string& weights) {
  SealedRun sealed;
  RETURN_IF_ERROR(CatchTorch([&] { return Seal(run_dir, out, weights, &sealed); }));
  return sealed;
}

}  // namespace trivium
