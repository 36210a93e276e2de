// `trivium stage2 train`, and the list of stage 2's commands.
#include "stage2_reasoning/commands.h"

#include "core/nn/torch_pch.h"

#include <filesystem>

#include "core/config/config_loader.h"
#include "core/train/machine.h"
#include "core/train/trainer.h"
#include "core/train/training_plan.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/commands_cache.h"
#include "stage2_reasoning/commands_eval.h"
#include "stage2_reasoning/commands_memory.h"
#include "stage2_reasoning/pipeline.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr char kDefaultRun[] = "runs/stage2";

// --from: begins with that pipeline's weights, if one is named.
absl::Status BeginFrom(const std::string& from, Reasoner& reasoner, ReasonerTrainingConfig& config,
                       TrainingRecord* before) {
  if (from.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(config.from_sha256, TakeWeights(from, reasoner, before));
  return absl::OkStatus();
}

absl::Status RunTrain(Invocation& inv) {
  ReasonerTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  TrainOptions options;
  options.default_config_yaml = ResolvedYaml(table);
  RETURN_IF_ERROR(inv.LoadKeys(table, kDefaultRun));
  RETURN_IF_ERROR(config.Validate());
  const std::string from = inv.Get("from", "");
  const std::string language_dir = inv.Get("lm", from.empty() ? "" : (fs::path(from) / "language").string());
  if (language_dir.empty())
    return UsageError("stage2 train needs a frozen language model: --lm FOLDER (see 'trivium stage1 freeze')");
  const fs::path run_dir = inv.Get("out", kDefaultRun);
  options.config_yaml = ResolvedYaml(table);
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> language, FrozenLm::Load(language_dir));
  ASSIGN_OR_RETURN(const std::shared_ptr<FeatureCache> cache, FeatureCacheFlag(inv));
  ASSIGN_OR_RETURN(const std::string device, ChooseDevice(inv.common().device));
  if (device == "cuda") {
    if (cache != nullptr) return UsageError("--feature-cache is kept by the CPU: leave it out, or use --device cpu");
    language->MoveTo(at::kCUDA);
  }
  std::shared_ptr<const TextEncoder> encoder = language;
  if (cache != nullptr) encoder = std::make_shared<CachedEncoder>(language, cache);
  RETURN_IF_ERROR(CompleteClosedClass(encoder->spelling(), config));
  Reasoner reasoner(config.reasoner, *encoder, SeedTree(static_cast<uint64_t>(config.seed)).Child("stage2"));
  TrainingRecord before;
  RETURN_IF_ERROR(BeginFrom(from, reasoner, config, &before));
  options.run_dir = run_dir;
  options.resume = inv.common().resume;
  options.seed = static_cast<uint64_t>(config.seed);
  options.threads = inv.common().threads;
  options.title = "Reasoner";
  options.card = "A reasoning controller around the frozen language model `" + language->sha256() + "` (" +
                 language->kind() + ").\n";
  options.command_line = inv.command_line;
  options.console = &inv.console;
  if (inv.common().dry_run) {
    ASSIGN_OR_RETURN(const TrainPlan plan, PlanReasonerTraining(config, *encoder, reasoner, options));
    inv.console.Print(RenderPlan(plan, config.train, "items"));
    return inv.WriteResult(ToJson(plan));
  }
  const std::string sha256 = language->sha256();
  ASSIGN_OR_RETURN(const TrainSummary summary, TrainReasoner(config, *encoder, reasoner, options));
  const fs::path pipeline = run_dir / "pipeline";
  ASSIGN_OR_RETURN(std::set<std::string> words, ItemSource::Words(config.data, encoder->spelling()));
  words.merge(before.words);
  const nlohmann::json metadata = {
      {"training", ToJson(summary)}, {"seed", config.seed}, {"from_sha256", config.from_sha256}};
  RETURN_IF_ERROR(
      SavePipeline(pipeline, language_dir, reasoner, {}, metadata, {options.config_yaml, std::move(words)}));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> again, FrozenLm::Load(language_dir));
  inv.console.Print("trained " + std::to_string(summary.num_weights) + " algorithm weights on " +
                    std::to_string(static_cast<int64_t>(summary.units)) + " items in " +
                    FormatDuration(summary.seconds) + "; pipeline: " + pipeline.string());
  inv.console.Print("frozen LM before " + sha256 + "\nfrozen LM after  " + again->sha256());
  return inv.WriteResult({{"stage2", ToJson(summary)},
                          {"pipeline", pipeline.string()},
                          {"feature_cache", ReportCache(cache.get(), inv.console)},
                          {"frozen_lm_sha256", {{"before", sha256}, {"after", again->sha256()}}}});
}

std::string TrainingKeys() {
  ReasonerTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  return DescribeKeys(table);
}

}  // namespace

std::vector<Command> Stage2Commands() {
  return {
      {.name = "stage2 train",
       .summary = "train a reasoner around a frozen language model",
       .help =
           "Reads a sealed language model, never changes it, and trains the algorithm weights on items generated afresh for\n"
           "every batch, or on your own JSONL items too (data.items). Writes a run folder with checkpoints, metrics and, at\n"
           "the end, RUN/pipeline for 'stage2 eval' and 'ask'. Ctrl-C saves; --resume goes on, bit for bit.\n\n"
           "  trivium stage2 train --lm frozen_lm --out runs/stage2\n"
           "  trivium stage2 train --lm frozen_lm --set train.steps=500 --set data.families=[lookup,relations]\n"
           "  trivium stage2 train --from runs/stage2/pipeline --config more.yaml --out runs/more\n",
       .flags = {{"lm", "FOLDER", "sealed frozen language model (from 'trivium stage1 freeze')"},
                 {"from", "PIPELINE", "begin with the weights of this pipeline, around its language model"},
                 {"out", "FOLDER", "run folder (default runs/stage2)"},
                 {"feature-cache", "MB", kCacheHelp}},
       .uses_cuda = true,
       .run = RunTrain,
       .describe_keys = TrainingKeys},
      EvalCommand(),
      BaselineCommand(),
  };
}

}  // namespace trivium
