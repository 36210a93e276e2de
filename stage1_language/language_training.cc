// See language_training.h.
#include "stage1_language/language_training.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "core/artifact/artifact_dir.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"
#include "core/config/config_loader.h"
#include "core/nn/flops.h"
#include "core/nn/torch_pch.h"
#include "core/train/checkpoint.h"
#include "core/train/data_parallel.h"
#include "core/train/machine.h"
#include "core/train/torch_errors.h"
#include "core/train/trainer.h"
#include "stage1_language/frozen_lm.h"
#include "stage1_language/language_model.h"
#include "stage1_language/token_stream.h"

namespace trivium {
namespace {

constexpr char kTokenizerFile[] = "tokenizer.model";
constexpr uint64_t kMaxTokenizerBytes = 256 << 20;
constexpr double kLn2 = 0.6931471805599453;

SeedTree Seeds(const LanguageTrainingConfig& config) {
  return SeedTree(static_cast<uint64_t>(config.seed)).Child("stage1");
}

// Fixed embeddings are made from the seed and not saved with a checkpoint; this tells whether they came out the same.
std::string EmbeddingSha256(const LanguageModel& model) {
  const at::Tensor rows = model.embedding().detach().to(at::kCPU).contiguous();
  return Sha256Hex({static_cast<const char*>(rows.data_ptr()), rows.nbytes()});
}

// The language model and its corpus, as the trainer sees them.
class LanguageTask : public Trainable {
 public:
  static absl::StatusOr<LanguageTask> Create(const LanguageTrainingConfig& config, const std::string& device) {
    RETURN_IF_ERROR(config.Validate());
    const SeedTree seeds = Seeds(config);
    ASSIGN_OR_RETURN(const std::string place, ChooseDevice(device));
    ASSIGN_OR_RETURN(Corpus corpus, LoadStage1Corpus(config));
    ASSIGN_OR_RETURN(Tokenizer tokenizer,
                     Tokenizer::Train(TokenizerSentences(config.corpus, corpus), config.tokenizer));
    ASSIGN_OR_RETURN(TokenStream stream, TokenStream::Build(corpus.training, tokenizer, config.block_tokens, seeds));
    LanguageModel model(config.model, tokenizer.vocab_size(), seeds);
    LanguageTask task(config, std::move(corpus), std::move(tokenizer), std::move(stream), std::move(model));
    if (place == "cuda") task.model_.To(at::kCUDA, at::kFloat);
    return task;
  }

  NamedTensors parameters() override { return model_.Parameters(); }
  std::string unit_name() const override { return "tokens"; }

  StepOutput Step(int64_t step) override {
    const int64_t items = config_.batch_items, row = config_.block_tokens + 1;
    const at::Tensor ids = torch::tensor(stream_.Batch(step, items)).view({items, row}).to(model_.device());
    StepOutput output;
    const int64_t shards = model_.device().is_cpu() ? std::clamp<int64_t>(at::get_num_threads(), 1, items) : 1;
    if (shards == 1) {
      output.loss = model_.Loss(ids);
    } else {
      double loss = 0;
      for (const double part : AccumulateGradients(parameters(), shards, [&](int64_t shard) {
             const int64_t begin = ShardBegin(items, shards, shard), end = ShardBegin(items, shards, shard + 1);
             return model_.Loss(ids.slice(0, begin, end)) * (static_cast<double>(end - begin) / static_cast<double>(items));
           })) {
        loss += part;
      }
      output.loss = torch::tensor(loss);
    }
    output.metrics = {{"bits_per_byte", output.loss.item<double>() / kLn2 / stream_.bytes_per_token()}};
    output.units = static_cast<double>(items * config_.block_tokens);
    output.flops = static_cast<double>(items) * TrainingFlops(model_.config(), config_.block_tokens);
    return output;
  }

  std::optional<Metrics> Evaluate(int64_t step) override {
    if (corpus_.held_out.empty()) return std::nullopt;
    const absl::StatusOr<BitsPerByte> measured = MeasureBitsPerByte(model_, tokenizer_, EvaluationDocuments());
    if (!measured.ok()) return std::nullopt;
    held_out_ = *measured;
    return Metrics{{"held_out_bits_per_byte", held_out_.value}};
  }

  std::map<std::string, std::string> RunFiles() const override { return {{kTokenizerFile, tokenizer_.bytes()}}; }

  nlohmann::json SaveState() const override {
    return {{"stage", 1},
            {"corpus_sha256", corpus_.sha256},
            {"tokenizer_sha256", Sha256Hex(tokenizer_.bytes())},
            {"embedding_sha256", EmbeddingSha256(model_)},
            {"held_out", ToJson(held_out_)}};
  }

  absl::Status LoadState(const nlohmann::json& state) override {
    const nlohmann::json now = SaveState();
    for (const auto& [key, what] : {std::pair("stage", "another stage"), std::pair("corpus_sha256", "another corpus"),
                                    std::pair("tokenizer_sha256", "another tokenizer")}) {
      if (!state.is_object() || !state.contains(key) || state[key] != now[key]) {
        return UsageError(std::string("cannot resume: the run was begun with ") + what +
                          "; restore it, or begin a new run with another --out");
      }
    }
    return CheckEmbedding(model_, config_, state);
  }

  static absl::Status CheckEmbedding(const LanguageModel& model, const LanguageTrainingConfig& config,
                                     const nlohmann::json& state) {
    if (!config.model.fixed_embeddings() || state.value("embedding_sha256", "") == EmbeddingSha256(model)) {
      return absl::OkStatus();
    }
    return BadArtifact("the fixed embeddings made from the seed are not those of the run: it was trained by another "
                       "version of this program or C library");
  }

  LanguageTrainingResult Result(const TrainSummary& summary, const std::filesystem::path& run_dir) const {
    return {.run_dir = run_dir,
            .seconds = summary.seconds,
            .tokens = summary.units,
            .flops = summary.flops,
            .steps = summary.steps,
            .params = CountWeights(model_.config()).total(),
            .trained_params = summary.num_weights,
            .vocab = model_.vocab(),
            .held_out = held_out_,
            .corpus_sha256 = corpus_.sha256};
  }

 private:
  LanguageTask(const LanguageTrainingConfig& config, Corpus corpus, Tokenizer tokenizer, TokenStream stream,
               LanguageModel model)
      : config_(config),
        corpus_(std::move(corpus)),
        tokenizer_(std::move(tokenizer)),
        stream_(std::move(stream)),
        model_(std::move(model)) {}

  std::vector<std::string> EvaluationDocuments() const {
    const auto count = std::min(corpus_.held_out.size(), static_cast<size_t>(config_.evaluate_documents));
    return {corpus_.held_out.begin(), corpus_.held_out.begin() + static_cast<int64_t>(count)};
  }

  LanguageTrainingConfig config_;
  Corpus corpus_;
  Tokenizer tokenizer_;
  TokenStream stream_;
  LanguageModel model_;
  BitsPerByte held_out_;
};

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
  filled.card = "Corpus: " + config.corpus.source + ". Seal the result as a component for stage 2 with\n\n    trivium stage1 freeze " +
                options.run_dir.string() + " --out FROZEN_LM";
  return filled;
}

absl::StatusOr<Tokenizer> ReadTokenizer(const std::filesystem::path& run_dir, const nlohmann::json& state) {
  const std::filesystem::path path = run_dir / kTokenizerFile;
  const absl::StatusOr<std::string> bytes = ReadFile(path, kMaxTokenizerBytes);
  if (!bytes.ok()) return BadArtifact(Message(bytes.status()));
  if (Sha256Hex(*bytes) != state.value("tokenizer_sha256", "")) {
    return BadArtifact(path.string() + " is damaged: its SHA-256 is not the one the checkpoint was made with");
  }
  return Tokenizer::FromBytes(*bytes);
}

absl::Status Seal(const std::filesystem::path& run_dir, const std::filesystem::path& out, const std::string& weights,
                  SealedRun* sealed) {
  if (weights != "auto" && weights != "ema" && weights != "raw") {
    return UsageError("weights are \"" + weights + "\"; choose auto, ema or raw");
  }
  std::error_code error;
  if (!std::filesystem::is_directory(run_dir, error)) {
    return BadArtifact("there is no run folder " + run_dir.string() + "; make one with: trivium stage1 train --out " +
                       run_dir.string());
  }
  ASSIGN_OR_RETURN(const std::optional<Checkpoint> found, NewestCheckpoint(run_dir, &sealed->warnings));
  if (!found) {
    return BadArtifact(run_dir.string() + " holds no checkpoint yet; continue it with: trivium stage1 train --resume --out " +
                       run_dir.string());
  }
  const CheckpointState& state = found->state;
  if (!state.task.is_object() || state.task.value("stage", 0) != 1) {
    return BadArtifact(run_dir.string() + " is no run of stage 1");
  }
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  const absl::Status loaded = LoadConfigText(table, state.config_yaml, "config");
  if (!loaded.ok()) return BadArtifact("the checkpoint's " + Message(loaded));
  ASSIGN_OR_RETURN(const Tokenizer tokenizer, ReadTokenizer(run_dir, state.task));

  const bool has_ema = found->artifact.sha256.count("ema.safetensors") != 0;
  if (weights == "ema" && !has_ema) {
    return UsageError("the run has no averaged weights (train.ema_decay is 0); seal its raw weights");
  }
  const bool use_ema = has_ema && weights != "raw";
  const LanguageModel model(config.model, tokenizer.vocab_size(), Seeds(config));
  CheckpointTensors targets;
  (use_ema ? targets.ema : targets.model) = model.Parameters();
  RETURN_IF_ERROR(LoadTensors(*found, targets));
  if (config.model.fixed_embeddings()) RETURN_IF_ERROR(LanguageTask::CheckEmbedding(model, config, state.task));

  sealed->dir = out;
  sealed->step = state.step;
  sealed->weights = use_ema ? "ema" : "raw";
  const nlohmann::json metadata = {
      {"origin", "trained"},
      {"seed", state.seed},
      {"step", state.step},
      {"weights", sealed->weights},
      {"config", state.config_yaml},
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
  table.Add("train.evaluate_documents", &config.evaluate_documents,
            {.help = "held-out documents measured at most", .min = 1});
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
  return LoadCorpus(config.corpus, Seeds(config));
}

absl::StatusOr<LanguageTrainingResult> TrainLanguageModel(const LanguageTrainingConfig& config,
                                                          const TrainOptions& options) {
  const TrainOptions filled = Filled(config, options);
  LanguageTrainingResult result;
  RETURN_IF_ERROR(CatchTorch([&]() -> absl::Status {
    ASSIGN_OR_RETURN(LanguageTask task, LanguageTask::Create(config, options.device));
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
