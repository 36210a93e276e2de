// `trivium stage2 train`, and the list of stage 2's commands.
#include "stage2_reasoning/commands.h"

#include "core/nn/torch_pch.h"

#include <filesystem>

#include "core/config/key_table.h"
#include "core/train/machine.h"
#include "core/train/run_dir.h"
#include "core/train/trainer.h"
#include "core/train/training_command.h"
#include "core/train/training_plan.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/commands_cache.h"
#include "stage2_reasoning/commands_eval.h"
#include "stage2_reasoning/commands_memory.h"
#include "stage2_reasoning/ladder.h"
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

// What all rungs of one command share.
struct Training {
  Invocation& inv;
  fs::path language_dir;
  std::shared_ptr<FrozenLm> language;
  std::shared_ptr<FeatureCache> cache;
  std::shared_ptr<const TextEncoder> encoder;
};

absl::StatusOr<Training> OpenLanguage(Invocation& inv) {
  const std::string from = inv.Get("from", "");
  Training training = {inv, inv.Get("lm", from.empty() ? "" : (fs::path(from) / "language").string()), {}, {}, {}};
  if (training.language_dir.empty())
    return UsageError("stage2 train needs a frozen language model: --lm FOLDER (see 'trivium stage1 freeze')");
  ASSIGN_OR_RETURN(training.language, FrozenLm::Load(training.language_dir));
  ASSIGN_OR_RETURN(training.cache, FeatureCacheFlag(inv));
  ASSIGN_OR_RETURN(const std::string device, ChooseDevice(inv.common().device));
  if (device == "cuda") {
    if (training.cache != nullptr)
      return UsageError("--feature-cache is kept by the CPU: leave it out, or use --device cpu");
    training.language->MoveTo(at::kCUDA);
  }
  training.encoder = training.language;
  if (training.cache != nullptr) training.encoder = std::make_shared<CachedEncoder>(training.language, training.cache);
  return training;
}

// Trains config.data.families from the pipeline `from` in options.run_dir, and keeps the pipeline there; what became of
// it as JSON. With --dry-run only a plan.
absl::StatusOr<nlohmann::json> TrainOne(const Training& training, ReasonerTrainingConfig config,
                                        const std::string& from, TrainOptions options) {
  Invocation& inv = training.inv;
  const FrozenLm& language = *training.language;
  RETURN_IF_ERROR(CompleteClosedClass(training.encoder->spelling(), config));
  const auto seed = static_cast<uint64_t>(config.seed);
  Reasoner reasoner(config.reasoner, *training.encoder, SeedTree(seed).Child("stage2"));
  TrainingRecord before;
  RETURN_IF_ERROR(BeginFrom(from, reasoner, config, &before));
  options.seed = seed;
  options.title = "Reasoner";
  options.card = "A reasoning controller around the frozen language model `" + language.sha256() + "` (" +
                 language.kind() + ").\n";
  if (inv.common().dry_run) {
    ASSIGN_OR_RETURN(const TrainPlan plan, PlanReasonerTraining(config, *training.encoder, reasoner, options));
    inv.console.Print(RenderPlan(plan, config.train, "items"));
    return ToJson(plan);
  }
  ASSIGN_OR_RETURN(const TrainSummary summary, TrainReasoner(config, *training.encoder, reasoner, options));
  const fs::path pipeline = options.run_dir / "pipeline";
  ASSIGN_OR_RETURN(std::set<std::string> words, ItemSource::Words(config.data, training.encoder->spelling()));
  words.merge(before.words);
  const nlohmann::json metadata = {
      {"training", ToJson(summary)}, {"seed", config.seed}, {"from_sha256", config.from_sha256}};
  RETURN_IF_ERROR(
      SavePipeline(pipeline, training.language_dir, reasoner, {}, metadata, {options.config_yaml, std::move(words)}));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> again, FrozenLm::Load(training.language_dir));
  inv.console.Print("trained " + std::to_string(summary.num_weights) + " algorithm weights on " +
                    std::to_string(static_cast<int64_t>(summary.units)) + " items in " +
                    FormatDuration(summary.seconds) + "; pipeline: " + pipeline.string());
  inv.console.Print("frozen LM before " + language.sha256() + "\nfrozen LM after  " + again->sha256());
  return nlohmann::json{{"stage2", ToJson(summary)},
                        {"pipeline", pipeline.string()},
                        {"frozen_lm_sha256", {{"before", language.sha256()}, {"after", again->sha256()}}}};
}

// Rung after rung; what is done stays.
absl::StatusOr<nlohmann::json> Climb(const Training& training, const ReasonerTrainingConfig& config,
                                     TrainOptions options) {
  Invocation& inv = training.inv;
  const CommonOptions& common = inv.common();
  std::string from = inv.Get("from", "");
  std::vector<LadderStep> steps = LadderSteps(config, options.run_dir);
  if (!common.dry_run) {
    RETURN_IF_ERROR(common.resume ? FindDone(steps, from, training.language->sha256(), options.default_config_yaml)
                                  : CheckNoLadder(options.run_dir));
  }
  nlohmann::json told = nlohmann::json::array();
  for (const LadderStep& step : steps) {
    const std::string name = "rung " + std::to_string(told.size() + 1) + " of " + std::to_string(steps.size());
    inv.console.Note(name + (step.is_done ? " is done: " : ": ") + step.rung.ToString());
    told.push_back({{"rung", step.rung.ToString()}, {"was_done", step.is_done}});
    if (!step.is_done) {
      options.run_dir = step.run_dir;
      options.config_yaml = step.config_yaml;
      options.resume = common.resume && fs::exists(step.run_dir / kRunConfigFile);
      ASSIGN_OR_RETURN(told.back()["run"], TrainOne(training, step.config, from, options));
    }
    if (!common.dry_run) from = (step.run_dir / "pipeline").string();
  }
  nlohmann::json all = {{"rungs", std::move(told)}};
  if (!common.dry_run) all["pipeline"] = from;
  return all;
}

// Rungs say what is trained and for how long; the keys that say so otherwise must not be set beside them. A folder that
// holds rungs is gone on with by the config that names them.
absl::Status CheckRungs(const ReasonerTrainingConfig& config, const KeyTable& table, const fs::path& run_dir,
                        bool resume) {
  if (config.rungs.empty()) {
    if (!resume || !fs::exists(run_dir / "rungs")) return absl::OkStatus();
    return UsageError("--resume: " + run_dir.string() + " holds rungs; give the config that names them in train.rungs");
  }
  if (resume) return absl::OkStatus();  // they may stand in the folder's own config
  for (const char* key : {"data.families", "train.steps"}) {
    const std::string& origin = table.Find(key)->origin;
    if (origin == "default") continue;
    return UsageError(std::string(key) + " (" + origin + ") is set beside train.rungs (" +
                      table.Find("train.rungs")->origin + "), which say it for each rung: leave it out, or set " +
                      "train.rungs=[]");
  }
  return absl::OkStatus();
}

absl::Status RunTrain(Invocation& inv) {
  ReasonerTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  ASSIGN_OR_RETURN(TrainOptions options, LoadTraining(inv, kDefaultRun, table));
  RETURN_IF_ERROR(config.Validate());
  RETURN_IF_ERROR(CheckRungs(config, table, options.run_dir, options.resume));
  ASSIGN_OR_RETURN(const Training training, OpenLanguage(inv));
  ASSIGN_OR_RETURN(nlohmann::json told, config.rungs.empty() ? TrainOne(training, config, inv.Get("from", ""), options)
                                                             : Climb(training, config, options));
  if (!inv.common().dry_run) told["feature_cache"] = ReportCache(training.cache.get(), inv.console);
  return inv.WriteResult(told);
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
           "the end, RUN/pipeline for 'stage2 eval' and 'ask'. Ctrl-C saves; --resume goes on, bit for bit. With\n"
           "train.rungs several runs follow each other, each from the weights of the one before: RUN/rungs/1, .., RUN;\n"
           "--resume, with the same config, leaves out what is done.\n\n"
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
