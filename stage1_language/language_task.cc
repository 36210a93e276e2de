// See language_task.h.
#include "stage1_language/language_task.h"

#include <algorithm>
#include <utility>

#include "core/base/sha256.h"
#include "core/nn/flops.h"
#include "core/nn/torch_pch.h"
#include "core/train/data_parallel.h"
#include "core/train/machine.h"

namespace trivium {
namespace {

constexpr double kLn2 = 0.6931471805599453;

std::string EmbeddingSha256(const LanguageModel& model) {
  const at::Tensor rows = model.embedding().detach().to(at::kCPU).contiguous();
  return Sha256Hex({static_cast<const char*>(rows.data_ptr()), rows.nbytes()});
}

}  // namespace

SeedTree Stage1Seeds(const LanguageTrainingConfig& config) {
  return SeedTree(static_cast<uint64_t>(config.seed)).Child("stage1");
}

LanguageTask::LanguageTask(const LanguageTrainingConfig& config, Corpus corpus, Tokenizer tokenizer, TokenStream stream,
                           LanguageModel model)
    : config_(config),
      corpus_(std::move(corpus)),
      tokenizer_(std::move(tokenizer)),
      stream_(std::move(stream)),
      model_(std::move(model)) {}

absl::StatusOr<LanguageTask> LanguageTask::Create(const LanguageTrainingConfig& config, const std::string& device) {
  RETURN_IF_ERROR(config.Validate());
  const SeedTree seeds = Stage1Seeds(config);
  ASSIGN_OR_RETURN(const std::string place, ChooseDevice(device));
  ASSIGN_OR_RETURN(Corpus corpus, LoadStage1Corpus(config));
  ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::Train(TokenizerSentences(config.corpus, corpus), config.tokenizer));
  ASSIGN_OR_RETURN(TokenStream stream, TokenStream::Build(corpus.training, tokenizer, config.block_tokens, seeds));
  LanguageModel model(config.model, tokenizer.vocab_size(), seeds);
  LanguageTask task(config, std::move(corpus), std::move(tokenizer), std::move(stream), std::move(model));
  if (place == "cuda") task.model_.To(at::kCUDA, at::kFloat);
  return task;
}

StepOutput LanguageTask::Step(int64_t step) {
  const int64_t items = config_.batch_items, row = config_.block_tokens + 1;
  const at::Tensor ids = torch::tensor(stream_.Batch(step, items)).view({items, row}).to(model_.device());
  StepOutput output;
  const int64_t shards = model_.device().is_cpu() ? std::clamp<int64_t>(at::get_num_threads(), 1, items) : 1;
  if (shards == 1) {
    output.loss = model_.Loss(ids);
  } else {
    double loss = 0;
    for (const double part : AccumulateGradients(parameters(), shards, shards, [&](int64_t shard) {
           const int64_t begin = ShardBegin(items, shards, shard), end = ShardBegin(items, shards, shard + 1);
           return model_.Loss(ids.slice(0, begin, end)) *
                  (static_cast<double>(end - begin) / static_cast<double>(items));
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

std::optional<Metrics> LanguageTask::Evaluate(int64_t step) {
  if (corpus_.held_out.empty()) return std::nullopt;
  const absl::StatusOr<BitsPerByte> measured = MeasureBitsPerByte(model_, tokenizer_, EvaluationDocuments());
  if (!measured.ok()) return std::nullopt;
  held_out_ = *measured;
  return Metrics{{"held_out_bits_per_byte", held_out_.value}};
}

std::vector<std::string> LanguageTask::EvaluationDocuments() const {
  const auto count = std::min(corpus_.held_out.size(), static_cast<size_t>(config_.evaluate_documents));
  return {corpus_.held_out.begin(), corpus_.held_out.begin() + static_cast<int64_t>(count)};
}

std::map<std::string, std::string> LanguageTask::RunFiles() const { return {{kRunTokenizerFile, tokenizer_.bytes()}}; }

nlohmann::json LanguageTask::SaveState() const {
  nlohmann::json state = {{"stage", 1},
                          {"corpus_sha256", corpus_.sha256},
                          {"tokenizer_sha256", Sha256Hex(tokenizer_.bytes())},
                          {"embedding_sha256", EmbeddingSha256(model_)}};
  if (held_out_.documents > 0) state["held_out"] = ToJson(held_out_);
  return state;
}

absl::Status CheckFixedEmbedding(const LanguageModel& model, const LanguageTrainingConfig& config,
                                 const nlohmann::json& state) {
  if (!config.model.fixed_embeddings() || state.value("embedding_sha256", "") == EmbeddingSha256(model)) {
    return absl::OkStatus();
  }
  return BadArtifact(
      "the fixed embeddings made from the seed are not those of the run: it was trained by another "
      "version of this program or C library");
}

absl::Status LanguageTask::LoadState(const nlohmann::json& state) {
  const nlohmann::json now = SaveState();
  for (const auto& [key, what] : {std::pair("stage", "another stage"), std::pair("corpus_sha256", "another corpus"),
                                  std::pair("tokenizer_sha256", "another tokenizer")}) {
    if (!state.is_object() || !state.contains(key) || state[key] != now[key]) {
      return UsageError(std::string("cannot resume: the run was begun with ") + what +
                        "; restore it, or begin a new run with another --out");
    }
  }
  return CheckFixedEmbedding(model_, config_, state);
}

LanguageTrainingResult LanguageTask::Result(const TrainSummary& summary, const std::filesystem::path& run_dir) const {
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

}  // namespace trivium
