// See commands_eval.h: the generated suites, items of one's own, and the reports of memory and halting.
#include "stage2_reasoning/commands_eval.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <shared_mutex>

#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/train/machine.h"
#include "memory/mount_flags.h"
#include "stage2_reasoning/commands_cache.h"
#include "stage2_reasoning/commands_memory.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/grade_suite.h"
#include "stage2_reasoning/grading/halting_report.h"
#include "stage2_reasoning/pipeline.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {
namespace {

constexpr char kReportedLoops[] = "16";  // of --suite halting: twice the most that training usually loops

absl::StatusOr<Halting> LoopsFlag(const Invocation& inv, const std::string& suite) {
  if (suite != "halting") return Halting::Parse(inv.Get("loops", kUsualLoops), kMostAutomaticLoops);
  ASSIGN_OR_RETURN(const Halting halting, Halting::Parse(inv.Get("loops", kReportedLoops), kMostAutomaticLoops));
  if (halting.automatic)
    return UsageError("--suite halting compares auto with fixed numbers of loops: give --loops the most of them");
  return halting;
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
  if (suite == "memory") others = {"wording", "items", "items-per-cell", "details", "trace"};
  if (suite == "halting") others = {"items", "details", "trace"};
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

// --details: a line of JSON for each item.
std::string DetailLines(const std::vector<Item>& items, const Grade& grade) {
  std::string lines;
  for (size_t i = 0; i < items.size(); ++i) {
    nlohmann::json line = {{"id", items[i].id},
                           {"answer", grade.answers[i]},
                           {"expected", items[i].answers},
                           {"correct", bool(grade.correct[i])},
                           {"loops", grade.loops[i]}};
    if (!grade.traces.empty()) line["trace"] = ToJson(grade.traces[i])["steps"];
    lines += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return lines;
}

absl::Status RunEval(Invocation& inv) {
  ASSIGN_OR_RETURN(const std::string suite, SuiteFlag(inv));
  ASSIGN_OR_RETURN(const Halting halting, LoopsFlag(inv, suite));
  SetUpTorch(inv.common().threads);
  ASSIGN_OR_RETURN(const std::shared_ptr<FeatureCache> cache, FeatureCacheFlag(inv));
  if (!inv.Has("items") && (inv.Has("shard") || inv.Has("unmount")))
    return UsageError("--shard and --unmount go with --items: the generated suites bring their own facts");
  if (inv.Has("trace") && !(inv.Has("items") && inv.Has("details")))
    return UsageError("--trace goes with --items and --details FILE, which it adds to");
  ASSIGN_OR_RETURN(Pipeline pipeline, LoadPipeline(inv.positionals[0], cache));
  RETURN_IF_ERROR(ApplyMountFlags(inv, pipeline.mounts));
  if (suite == "memory") return EvalMemory(inv, inv.positionals[0], pipeline, halting);
  if (suite == "halting") {
    ASSIGN_OR_RETURN(const SuiteOptions options, SuiteOf(inv, pipeline, halting));
    ASSIGN_OR_RETURN(const HaltingReport report, GradeHalting(*pipeline.reasoner, options));
    inv.console.Print(RenderHalting(report));
    return inv.WriteResult(ToJson(report));
  }
  std::vector<ResultRow> rows;
  nlohmann::json mean_loops;  // of items of one's own; a generated row names its own
  if (inv.Has("items")) {
    ASSIGN_OR_RETURN(std::vector<Item> items, ReadItems(inv.Get("items", "")));
    GradeOptions options;
    if (!pipeline.mounts.empty()) {
      ASSIGN_OR_RETURN(options.mounted, pipeline.Rows());
    }
    const auto is_mounted = [&](const std::string& word) {
      if (options.mounted == nullptr) return false;
      const std::shared_lock lock = options.mounted->Lock();
      return options.mounted->HasWord(word);
    };
    for (Item& item : items) {
      SpellItem(item, pipeline.language->spelling(), pipeline.training.questions_in_place, is_mounted);
    }
    for (const Item& item : items) {
      RETURN_IF_ERROR(Annotate(EncodeItems(pipeline.reasoner->encoder(), {item}).status(), item.where + ": "));
    }
    options.halting = halting;
    options.traces = inv.Has("trace");
    Grade grade;
    ASSIGN_OR_RETURN(rows, GradeFile(ReasonerItems(*pipeline.reasoner), items, options, &grade));
    mean_loops = grade.mean_loops();
    if (inv.Has("details")) {
      RETURN_IF_ERROR(WriteFileAtomic(inv.Get("details", ""), DetailLines(items, grade)));
    }
  } else {
    ASSIGN_OR_RETURN(const SuiteOptions options, SuiteOf(inv, pipeline, halting));
    ASSIGN_OR_RETURN(rows, GradeSuite(ReasonerItems(*pipeline.reasoner), options));
  }
  inv.console.Print(RenderTable(rows));
  nlohmann::json json = {{"accuracy", nlohmann::json::array()}, {"mean_loops", mean_loops}};
  for (const ResultRow& row : rows) json["accuracy"].push_back(ToJson(row));
  if (cache != nullptr) json["feature_cache"] = ReportCache(cache.get(), inv.console);
  return inv.WriteResult(json);
}

}  // namespace

Command EvalCommand() {
  std::vector<Flag> eval_flags = {
      {"suite", "NAME",
       "tasks (default); memory: what edits, deletions and a swap of facts do to answers; halting: do items stop when "
       "their answer stands"},
      {"loops", "N|auto",
       "loops per item (default 12, more where a generated item's depth takes more); auto stops when the answer has "
       "settled; for --suite halting the most loops that are compared (default 16, or more likewise)"},
      {"wording", "NAME", "how generated items are worded: canonical (default), reworded, paraphrased or constructed"},
      {"items", "FILE", "JSONL items to grade instead of the generated suite"},
      {"items-per-cell", "N",
       "generated items per family, depth and setting (default 200), and at most so many questions about a world"},
      {"feature-cache", "MB", kCacheHelp},
      {"details", "FILE", "with --items: one JSON line per item with answer, verdict and loops"},
      {"trace", "", "with --details: also what was read for each item, loop by loop"}};
  for (const Flag& flag : MemoryAuditFlags()) eval_flags.push_back(flag);
  return {
      .name = "stage2 eval",
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
          "--suite halting asks every item through 16 loops or more: accuracy after each fixed number beside that of items\n"
          "that stop by themselves, and how well the judgements tell answers that are right and those that have settled.\n\n"
          "  trivium stage2 eval runs/stage2/pipeline --suite halting\n",
      .flags = WithMountFlags(eval_flags),
      .min_positionals = 1,
      .max_positionals = 1,
      .positional_help = "PIPELINE",
      .run = RunEval};
}

}  // namespace trivium
