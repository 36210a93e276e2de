// See language_task.h.
#include "stage1_language/language_task.h"

#include <algorithm>
#include <numbers>
#include <utility>

#include "core/base/sha256.h"
#include "core/nn/flops.h"
#include "core/nn/torch_pch.h"
#include "core/train/data_parallel.h"
#include "core/train/machine.h"

namespace trivium {
namespace {

std::string EmbeddingSha256(const LanguageModel& model) {
  const at::Tensor rows = model.embedding().detach().to(at::kCPU).contiguous();
  return Sha256Hex({static_cast<const char*>(rows.data_ptr()), rows.nbytes()});
}

StreamConfig DescribeStream(const LanguageTrainingConfig& config, const Corpus& corpus) {
  StreamConfig stream{.block_tokens = config.block_tokens,
                      .pack = config.pack,
                      .token_noise = config.token_noise,
                      .token_mask = config.token_mask};
  for (size_t i = 0; i < config.corpus.weights.size(); ++i) {
    stream.sources.push_back({.documents = corpus.sources[i].training, .weight = config.corpus.weights[i]});
  }
  return stream;
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
  std::vector<std::string> notes;
  if (!config.corpus.sources.empty() || !IsGenerated(config.corpus.source))
    notes.push_back(DescribeSources(corpus.sources));
  TokenStore store = config.corpus.cache.empty()
                         ? TokenStore::Encode(corpus.training, tokenizer)
                         : TokenStore::Cached(config.corpus.cache, corpus.training, tokenizer, &notes);
  ASSIGN_OR_RETURN(TokenStream stream,
                   TokenStream::Build(std::move(store), tokenizer, DescribeStream(config, corpus), seeds));
  LanguageModel model(config.model, tokenizer.vocab_size(), seeds);
  LanguageTask task(config, std::move(corpus), std::move(tokenizer), std::move(stream), std::move(model));
  // What is timed is the processor; a GPU keeps to float32 unless asked.
  const bool is_timed = config.precision != "auto" || place == "cpu";
  ASSIGN_OR_RETURN(task.precision_, ChoosePrecision(is_timed ? config.precision : "fp32", config.model.width));
  notes.push_back("matrix products in " + PrecisionName(task.precision_));
  task.notes_ = std::move(notes);
  if (place == "cuda") task.model_.To(at::kCUDA, at::kFloat);
  return task;
}

StepOutput LanguageTask::Step(int64_t step) {
  const TokenBatch batch = stream_.TrainingBatch(step, config_.batch_items);
  const auto tensor = [&](const std::vector<int64_t>& ids) {
    return torch::tensor(ids).view({batch.items, batch.tokens}).to(model_.device());
  };
  const at::Tensor inputs = tensor(batch.inputs), targets = tensor(batch.targets);
  const auto counted = static_cast<double>(batch.counted);
  StepOutput output;
  const int64_t threads = model_.device().is_cpu() ? std::clamp<int64_t>(at::get_num_threads(), 1, batch.items) : 1;
  const int64_t at_once = config_.micro_items > 0 ? config_.micro_items : batch.items;
  const int64_t shards = std::max(threads, (batch.items + at_once - 1) / at_once);
  if (shards == 1) {
    const PrecisionScope scope(precision_);
    output.loss = model_.Loss(inputs, targets);
  } else {
    double loss = 0;
    for (const double part : AccumulateGradients(parameters(), shards, threads, [&](int64_t shard) {
           const PrecisionScope scope(precision_);
           const int64_t begin = ShardBegin(batch.items, shards, shard),
                         end = ShardBegin(batch.items, shards, shard + 1);
           const at::Tensor wanted = targets.slice(0, begin, end);
           const double share = static_cast<double>(wanted.ge(0).sum().item<int64_t>()) / counted;
           return model_.Loss(inputs.slice(0, begin, end), wanted) * share;
         })) {
      loss += part;
    }
    output.loss = torch::tensor(loss);
  }
  output.metrics = {{"bits_per_byte", output.loss.item<double>() / std::numbers::ln2 / stream_.bytes_per_token()}};
  output.units = counted;
  output.flops = static_cast<double>(batch.items) * TrainingFlops(model_.config(), batch.tokens);
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
                          {"embedding_sha256", EmbeddingSha256(model_)},
                          {"precision", PrecisionName(precision_)}};
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
  // What was measured when the run began holds to its end: other rounding would be another run.
  const std::string begun_in = state.value("precision", PrecisionName(Precision::kFloat32));
  precision_ = begun_in == PrecisionName(Precision::kBFloat16) ? Precision::kBFloat16 : Precision::kFloat32;
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
