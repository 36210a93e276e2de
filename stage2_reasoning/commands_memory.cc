// See commands_memory.h.
#include "stage2_reasoning/commands_memory.h"

#include "core/nn/torch_pch.h"

#include "core/base/file_io.h"
#include "core/config/key_table.h"
#include "core/nn/flops.h"
#include "core/train/trainer.h"
#include "core/train/training_command.h"
#include "stage1_language/corpus/text_lines.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/baselines/monolith.h"
#include "stage2_reasoning/grading/fact_records.h"
#include "stage2_reasoning/grading/linear_probe.h"
#include "stage2_reasoning/grading/memory_audit.h"
#include "stage2_reasoning/grading/reasoner_answerer.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr char kRelationsFile[] = "facts_relations.json";
constexpr char kEditsFile[] = "facts_edits.jsonl.xz";
constexpr uint64_t kMostRelationsBytes = 16 << 20;
constexpr int64_t kWordsOfAFact = 8;  // tokens of a fact, for counting operations

absl::StatusOr<MemoryCaseOptions> CaseFlags(const Invocation& inv) {
  MemoryCaseOptions options;
  ASSIGN_OR_RETURN(options.facts, inv.GetInt("world-facts", options.facts, 9, 3000));
  ASSIGN_OR_RETURN(options.edits, inv.GetInt("changes", options.edits, 1, 100000));
  options.deletions = options.edits;
  ASSIGN_OR_RETURN(options.sequence, inv.GetInt("sequence", options.sequence, 1, 1000000));
  options.seed = inv.common().seed.value_or(1);
  return options;
}

absl::StatusOr<std::vector<RecordCase>> ReadRecords(const fs::path& dir, const Spelling& spelling) {
  ASSIGN_OR_RETURN(const std::string relations, ReadFile(dir / kRelationsFile, kMostRelationsBytes));
  absl::StatusOr<RecordReader> reader = RecordReader::Create(
      relations, [&](const std::string& text) { return SpellWords(text, spelling); }, /*join_names=*/true);
  if (!reader.ok()) return Annotate(reader.status(), (dir / kRelationsFile).string() + ": ");
  std::vector<RecordCase> cases;
  const fs::path edits = dir / kEditsFile;
  RETURN_IF_ERROR(ReadTextLines(edits, {}, [&](std::string_view line, int64_t number) -> absl::StatusOr<bool> {
    if (line.empty()) return true;
    absl::StatusOr<RecordCase> read = reader->Read(std::string(line));
    if (!read.ok()) return Annotate(read.status(), edits.string() + ":" + std::to_string(number) + ": ");
    cases.push_back(*std::move(read));
    return true;
  }));
  return cases;
}

// The second table; nothing where the folder is not there.
absl::Status EvalRecords(const Invocation& inv, const Spelling& spelling, const std::string& loops, Answerer& answerer,
                         nlohmann::json& json) {
  const fs::path dir = inv.Get("facts-data", "");
  if (dir.empty()) return absl::OkStatus();
  if (!fs::is_directory(dir)) {
    inv.console.Warn("no folder " + dir.string() + ": the audit on real names is left out");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<RecordCase> records, ReadRecords(dir, spelling));
  int64_t questions = 0, sayable = 0;
  for (const RecordCase& record : records) {
    for (const AuditQuestion& question : record.questions) {
      ++questions;
      sayable += answerer.CanSay(question.after);
    }
  }
  ASSIGN_OR_RETURN(const std::vector<ResultRow> rows, AuditRecords(records, loops, answerer));
  inv.console.Print("\n" + dir.string() + ": " + std::to_string(records.size()) + " cases; of " +
                    std::to_string(questions) + " right answers " + std::to_string(sayable) + " can be said\n" +
                    RenderTable(rows));
  json["facts_data"] = {{"cases", records.size()}, {"questions", questions}, {"sayable", sayable}};
  for (const ResultRow& row : rows) json["accuracy"].push_back(ToJson(row));
  return absl::OkStatus();
}

constexpr int64_t kEditRateTrials = 20;

int64_t CountOf(const NamedTensors& tensors) {
  int64_t count = 0;
  for (const auto& [name, tensor] : tensors) count += tensor.numel();
  return count;
}

absl::Status RunBaseline(Invocation& inv) {
  MonolithConfig config;
  KeyTable table;
  AddKeys(table, config);
  ASSIGN_OR_RETURN(TrainOptions options, LoadTraining(inv, "runs/monolith", table));
  RETURN_IF_ERROR(config.Validate());
  ASSIGN_OR_RETURN(const MemoryCaseOptions case_options, CaseFlags(inv));
  const fs::path dir = inv.positionals[0];
  ASSIGN_OR_RETURN(const Pipeline pipeline, LoadPipeline(dir));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> language, FrozenLm::Load(dir / "language"));
  if (config.weights == 0) {
    config.weights = CountWeights(language->model().config()).total() + CountOf(pipeline.reasoner->Parameters());
  }
  const Tokenizer& tokenizer = language->tokenizer();
  LanguageModel model(MonolithShape(config, tokenizer.vocab_size()), tokenizer.vocab_size(),
                      SeedTree(static_cast<uint64_t>(config.seed)).Child("monolith"));
  const World world = AuditWorld(case_options);
  options.seed = static_cast<uint64_t>(config.seed);
  options.title = "Monolith";
  options.card = "A causal transformer that holds the world of the memory audit in its weights.\n";
  if (inv.common().dry_run) {
    ASSIGN_OR_RETURN(const TrainPlan plan, PlanMonolith(config, world, tokenizer, model, options));
    inv.console.Print(RenderPlan(plan, config.train, "items"));
    return inv.WriteResult(ToJson(plan));
  }
  ASSIGN_OR_RETURN(const TrainSummary summary, TrainMonolith(config, world, tokenizer, model, options));
  const int64_t weights = CountWeights(model.config()).total();
  Monolith monolith(std::move(model), tokenizer, config.edit_steps);
  Rng rng = SeedTree(case_options.seed).Child("memory_audit").Child("edit_rate").MakeRng();
  ASSIGN_OR_RETURN(const std::vector<EditRateTrial> trials,
                   ChooseEditRate(MakeEdits(world, kEditRateTrials, rng), monolith));
  const MemoryCases cases = MakeMemoryCases(case_options);
  inv.console.Note("auditing the weights that learned " + std::to_string(cases.facts.size()) + " facts");
  ASSIGN_OR_RETURN(const ResultRow probe, ProbeFacts(cases.direct_questions, "-", case_options.seed, monolith));
  ASSIGN_OR_RETURN(MemoryAudit audit, AuditMemory(cases, "-", monolith));
  audit.rows.push_back(probe);
  inv.console.Print(RenderAudit(audit, monolith.name()));
  nlohmann::json json = ToJson(audit, monolith.name());
  json["world_facts"] = cases.facts.size();
  json["params"] = {{"monolith", weights}, {"pipeline", config.weights}};
  json["training"] = ToJson(summary);
  for (const EditRateTrial& trial : trials) {
    json["edit_rates"].push_back({{"rate", trial.rate},
                                  {"efficacy", trial.efficacy},
                                  {"propagation", trial.propagation},
                                  {"locality", trial.locality}});
  }
  return inv.WriteResult(json);
}

std::string MonolithKeys() {
  MonolithConfig config;
  KeyTable table;
  AddKeys(table, config);
  return DescribeKeys(table);
}

}  // namespace

Command BaselineCommand() {
  std::vector<Flag> flags = MemoryAuditFlags();
  flags.pop_back();  // real names are no part of what the monolith learned
  flags.insert(flags.begin(), {"out", "FOLDER", "run folder (default runs/monolith)"});
  return {
      .name = "stage2 baseline",
      .summary = "train and audit a network that holds the facts in its weights",
      .help =
          "A causal transformer with as many weights as the pipeline's language and algorithm together, and its tokenizer,\n"
          "learns the world of 'stage2 eval --suite memory' and questions over one to three hops by heart. It is then\n"
          "edited by fine-tuning on the new fact (the best of three learning rates, chosen on other edits), deletes by\n"
          "fine-tuning towards \"unknown\", and is audited on the same cases in the same table.\n\n"
          "  trivium stage2 baseline runs/stage2/pipeline --world-facts 120 --json monolith.json\n",
      .flags = flags,
      .min_positionals = 1,
      .max_positionals = 1,
      .positional_help = "PIPELINE",
      .run = RunBaseline,
      .describe_keys = MonolithKeys};
}

std::vector<Flag> MemoryAuditFlags() {
  return {{"world-facts", "N", "memory audit: facts of the world, about (default 500: a few minutes on one core)"},
          {"changes", "N", "memory audit: edits, and as many deletions, each of the unchanged world (default 100)"},
          {"sequence", "N", "memory audit: edits one after another (default 1000)"},
          {"facts-data", "FOLDER", "memory audit: also edit the real names of facts_edits.jsonl.xz in this folder"}};
}

absl::Status EvalMemory(const Invocation& inv, const fs::path& dir, const Pipeline& pipeline, const Halting& halting) {
  ASSIGN_OR_RETURN(const MemoryCaseOptions options, CaseFlags(inv));
  const MemoryCases cases = MakeMemoryCases(options);
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> language, FrozenLm::Load(dir / "language"));
  const LlamaConfig& shape = language->model().config();
  const double flops_per_word = EncodeFlops(shape, kWordsOfAFact, shape.layers) / kWordsOfAFact;
  ReasonerAnswerer answerer(*pipeline.reasoner, halting, flops_per_word);
  inv.console.Note("auditing a memory of " + std::to_string(cases.facts.size()) + " facts");
  ASSIGN_OR_RETURN(MemoryAudit audit, AuditMemory(cases, halting.ToString(), answerer));
  ASSIGN_OR_RETURN(const ResultRow probe,
                   ProbeFacts(cases.direct_questions, halting.ToString(), options.seed, answerer));
  audit.rows.push_back(probe);
  inv.console.Print(RenderAudit(audit, answerer.name()));
  nlohmann::json json = ToJson(audit, answerer.name());
  json["world_facts"] = cases.facts.size();
  RETURN_IF_ERROR(EvalRecords(inv, language->spelling(), halting.ToString(), answerer, json));
  return inv.WriteResult(json);
}

}  // namespace trivium
