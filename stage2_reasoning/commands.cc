// `trivium stage2 train` and `stage2 eval`.
#include "stage2_reasoning/commands.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/config/config_loader.h"
#include "core/text/lexicon.h"
#include "core/train/machine.h"
#include "core/train/trainer.h"
#include "core/train/training_plan.h"
#include "memory/mount_flags.h"
#include "stage1_language/model/feature_cache.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/commands_memory.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/grade_suite.h"
#include "stage2_reasoning/grading/halting_report.h"
#include "stage2_reasoning/pipeline.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr char kDefaultRun[] = "runs/stage2";
constexpr int64_t kReportedLoops = 16;  // of --suite halting: twice the most that training loops

absl::StatusOr<Halting> LoopsFlag(const Invocation& inv) {
  return Halting::Parse(inv.Get("loops", kUsualLoops), kMostAutomaticLoops);
}

// --feature-cache MB: null without it.
absl::StatusOr<std::shared_ptr<FeatureCache>> FeatureCacheFlag(const Invocation& inv) {
  ASSIGN_OR_RETURN(const int64_t megabytes, inv.GetInt("feature-cache", 0, 0, 1 << 20));
  if (megabytes == 0) return std::shared_ptr<FeatureCache>();
  return std::make_shared<FeatureCache>(static_cast<uint64_t>(megabytes) << 20);
}

// What the cache did, for a person and for --json.
nlohmann::json ReportCache(const FeatureCache* cache, Console& console) {
  if (cache == nullptr) return nullptr;
  const FeatureCacheCounts counts = cache->Counts();
  const double texts = static_cast<double>(std::max<int64_t>(counts.hits + counts.misses, 1));
  const double rate = static_cast<double>(counts.hits) / texts;
  char text[160];
  std::snprintf(text, sizeof(text),
                "feature cache: %.1f %% of %.0f sentences found, %.1f s of encoding spent, about %.1f s saved",
                100 * rate, texts, counts.encode_seconds, counts.SecondsSaved());
  console.Print(text);
  return {{"hits", counts.hits},
          {"misses", counts.misses},
          {"hit_rate", rate},
          {"encode_seconds", counts.encode_seconds},
          {"seconds_saved", counts.SecondsSaved()},
          {"entries", counts.entries},
          {"evicted", counts.evicted},
          {"bytes", counts.bytes}};
}

constexpr char kCacheHelp[] =
    "keep the frozen features of sentences that were met, up to MB megabytes (default 0: none); results may differ in "
    "the last bits";

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
  RETURN_IF_ERROR(inv.LoadKeys(table, kDefaultRun));
  RETURN_IF_ERROR(config.Validate());
  const std::string from = inv.Get("from", "");
  const std::string language_dir = inv.Get("lm", from.empty() ? "" : (fs::path(from) / "language").string());
  if (language_dir.empty())
    return UsageError("stage2 train needs a frozen language model: --lm FOLDER (see 'trivium stage1 freeze')");
  const fs::path run_dir = inv.Get("out", kDefaultRun);
  const std::string config_yaml = ResolvedYaml(table);
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
  TrainOptions options;
  options.run_dir = run_dir;
  options.resume = inv.common().resume;
  options.seed = static_cast<uint64_t>(config.seed);
  options.threads = inv.common().threads;
  options.config_yaml = config_yaml;
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
  RETURN_IF_ERROR(SavePipeline(pipeline, language_dir, reasoner, {}, metadata, {config_yaml, std::move(words)}));
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

// --suite. Flags of other suites are refused.
absl::StatusOr<std::string> SuiteFlag(const Invocation& inv) {
  const std::string suite = inv.Get("suite", "tasks");
  const std::vector<std::string> known = {"tasks", "memory", "halting"};
  if (std::find(known.begin(), known.end(), suite) == known.end()) {
    const std::string near = Nearest(suite, known);
    return UsageError("unknown suite '" + suite + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?") +
                      " Known suites: tasks, memory, halting");
  }
  std::vector<std::string> others;
  if (suite == "memory") others = {"wording", "items", "items-per-cell", "details"};
  if (suite == "halting") others = {"items", "details", "loops"};
  if (suite != "memory") {
    for (const Flag& flag : MemoryAuditFlags()) others.push_back(flag.name);
  }
  for (const std::string& flag : others) {
    if (inv.Has(flag)) return UsageError("--" + flag + " is no flag of --suite " + suite);
  }
  return suite;
}

// The generated suites' options: what the pipeline was trained on, in its wording or another.
absl::StatusOr<SuiteOptions> SuiteOf(const Invocation& inv, const Pipeline& pipeline, const Halting& halting) {
  ASSIGN_OR_RETURN(const ReasonerTrainingConfig trained, ParseTrainingConfig(pipeline.training.config_yaml));
  SuiteOptions options;
  options.families = trained.data.families;
  options.deeper_steps = trained.data.deeper_steps();
  ASSIGN_OR_RETURN(options.items_per_cell, inv.GetInt("items-per-cell", 200, 1, 1000000));
  options.seed = inv.common().seed.value_or(1);
  options.halting = halting;
  options.more_loops = !inv.Has("loops");
  ASSIGN_OR_RETURN(options.rendering, FindRendering(inv.Get("wording", trained.data.wording)));
  if (options.rendering.wording != nullptr) options.games = options.worlds = false;
  return options;
}

absl::Status RunEval(Invocation& inv) {
  ASSIGN_OR_RETURN(const Halting halting, LoopsFlag(inv));
  SetUpTorch(inv.common().threads);
  ASSIGN_OR_RETURN(const std::shared_ptr<FeatureCache> cache, FeatureCacheFlag(inv));
  ASSIGN_OR_RETURN(const std::string suite, SuiteFlag(inv));
  if (!inv.Has("items") && (inv.Has("shard") || inv.Has("unmount")))
    return UsageError("--shard and --unmount go with --items: the generated suites bring their own facts");
  ASSIGN_OR_RETURN(Pipeline pipeline, LoadPipeline(inv.positionals[0], cache));
  RETURN_IF_ERROR(ApplyMountFlags(inv, pipeline.mounts));
  if (suite == "memory") return EvalMemory(inv, inv.positionals[0], pipeline, halting);
  if (suite == "halting") {
    ASSIGN_OR_RETURN(const SuiteOptions options, SuiteOf(inv, pipeline, halting));
    ASSIGN_OR_RETURN(const HaltingReport report, GradeHalting(*pipeline.reasoner, options, kReportedLoops));
    inv.console.Print(RenderHalting(report));
    return inv.WriteResult(ToJson(report));
  }
  std::vector<ResultRow> rows;
  nlohmann::json mean_loops;  // of items of one's own; a generated row names its own
  if (inv.Has("items")) {
    ASSIGN_OR_RETURN(std::vector<Item> items, ReadItems(inv.Get("items", "")));
    for (Item& item : items) SpellItem(item, pipeline.language->spelling(), pipeline.training.questions_in_place);
    for (const Item& item : items) {
      RETURN_IF_ERROR(Annotate(EncodeItems(pipeline.reasoner->encoder(), {item}).status(), item.where + ": "));
    }
    GradeOptions options;
    options.halting = halting;
    if (!pipeline.mounts.empty()) {
      ASSIGN_OR_RETURN(options.mounted, pipeline.Rows());
    }
    Grade grade;
    ASSIGN_OR_RETURN(rows, GradeFile(*pipeline.reasoner, items, options, &grade));
    mean_loops = grade.mean_loops();
    if (inv.Has("details")) {
      std::string lines;
      for (size_t i = 0; i < items.size(); ++i) {
        lines += nlohmann::json({{"id", items[i].id},
                                 {"answer", grade.answers[i]},
                                 {"expected", items[i].answers},
                                 {"correct", bool(grade.correct[i])},
                                 {"loops", grade.loops[i]}})
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                 "\n";
      }
      RETURN_IF_ERROR(WriteFileAtomic(inv.Get("details", ""), lines));
    }
  } else {
    ASSIGN_OR_RETURN(const SuiteOptions options, SuiteOf(inv, pipeline, halting));
    ASSIGN_OR_RETURN(rows, GradeSuite(*pipeline.reasoner, options));
  }
  inv.console.Print(RenderTable(rows));
  nlohmann::json json = {{"accuracy", nlohmann::json::array()}, {"mean_loops", mean_loops}};
  for (const ResultRow& row : rows) json["accuracy"].push_back(ToJson(row));
  if (cache != nullptr) json["feature_cache"] = ReportCache(cache.get(), inv.console);
  return inv.WriteResult(json);
}

std::string TrainingKeys() {
  ReasonerTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  return DescribeKeys(table);
}

}  // namespace

std::vector<Command> Stage2Commands() {
  std::vector<Flag> eval_flags = {
      {"suite", "NAME",
       "tasks (default); memory: what edits, deletions and a swap of facts do to answers; halting: do items stop when "
       "their answer stands"},
      {"loops", "N|auto",
       "loops per item (default 12, more where a generated item's depth takes more); auto stops when the answer has settled"},
      {"wording", "NAME", "how generated items are worded: canonical (default), reworded, paraphrased or constructed"},
      {"items", "FILE", "JSONL items to grade instead of the generated suite"},
      {"items-per-cell", "N", "generated items per family, depth and setting (default 200)"},
      {"feature-cache", "MB", kCacheHelp},
      {"details", "FILE", "with --items: one JSON line per item with answer, verdict and loops"}};
  for (const Flag& flag : MemoryAuditFlags()) eval_flags.push_back(flag);
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
      {.name = "stage2 eval",
       .summary = "grade a reasoner on items it has never met",
       .help =
           "Grades every family by depth on held-out items, on names never met in training, with facts withheld, over mounted\n"
           "worlds, and on the graded-only games; or, with --items, your own JSONL file. Accuracy comes with 95 % intervals and\n"
           "a floor: the best of three guessers on the same items (a random candidate, the commonest answer, one clue).\n"
           "Your items may need facts that they do not bring: those of the pipeline's shards and of --shard files are read\n"
           "beside their own.\n\n"
           "  trivium stage2 eval runs/stage2/pipeline --loops auto --json eval.json\n"
           "  trivium stage2 eval runs/stage2/pipeline --items mine.jsonl --shard people.shard --details answers.jsonl\n\n"
           "--suite memory audits the knowledge apart from the network: do answers over one to three hops follow an edit at\n"
           "once, does a deleted fact stay forgotten, does a world of other facts and names serve as well, and what do 1,000\n"
           "edits leave? Nothing is trained, and the weights are hashed before and after.\n\n"
           "  trivium stage2 eval runs/stage2/pipeline --suite memory --world-facts 120 --json memory.json\n\n"
           "--suite halting asks every item through 16 loops: accuracy after each fixed number of them beside that of items\n"
           "that stop by themselves, and how well the judgements tell answers that are right and those that have settled.\n\n"
           "  trivium stage2 eval runs/stage2/pipeline --suite halting\n",
       .flags = WithMountFlags(eval_flags),
       .min_positionals = 1,
       .max_positionals = 1,
       .positional_help = "PIPELINE",
       .run = RunEval},
      BaselineCommand(),
  };
}

}  // namespace trivium
