// The demo from top to bottom: train, seal, train, grade, swap, edit, explain.
#include "stage2_reasoning/demo.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/base/file_io.h"
#include "core/base/json_file.h"
#include "core/config/config_loader.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "core/train/machine.h"
#include "core/train/trainer.h"
#include "stage1_language/language_training.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/ask.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/grade_suite.h"
#include "stage2_reasoning/pipeline.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// A number of steps, not a time: the same result on every machine. Two AVX2 cores are done with ten minutes' steps, and
// the grading after them, within twelve.
constexpr double kStage1StepsPerMinute = 120, kStage2StepsPerMinute = 300;
constexpr int64_t kFewestSteps = 20;  // so that a tiny budget still runs from end to end
constexpr int64_t kLocalityQuestions = 100;

double Seconds(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

TrainOptions RunOptionsFor(const DemoOptions& options, const fs::path& dir, const std::string& title) {
  TrainOptions run;
  run.run_dir = dir;
  run.seed = options.seed;
  run.threads = options.threads;
  run.title = title;
  run.command_line = options.command_line;
  run.console = options.console;
  return run;
}

absl::StatusOr<nlohmann::json> TrainStage1(const DemoOptions& options) {
  LanguageTrainingConfig config;
  config.precision = "fp32";  // the same on every machine
  config.seed = static_cast<int64_t>(options.seed);
  const TrainOptions run = RunOptionsFor(options, options.out / "stage1", "Minimal language model");
  config.train.steps = StepsOf(options.minutes).stage1;
  options.console->Note("stage 1: training a language model for " + std::to_string(config.train.steps) + " steps");
  ASSIGN_OR_RETURN(const LanguageTrainingResult result, TrainLanguageModel(config, run));
  ASSIGN_OR_RETURN(const SealedRun sealed, SealRun(run.run_dir, options.out / "frozen_lm"));
  options.console->Note("stage 1: sealed as " + sealed.sha256.substr(0, 16) + "...");
  nlohmann::json json = ToJson(result);
  json["seconds"] = result.seconds;
  json["params"] = result.params;
  json["tokens"] = result.tokens;
  json["bits_per_byte"] = result.held_out.value;
  return json;
}

struct Stage2Result {
  std::unique_ptr<Reasoner> reasoner;
  nlohmann::json json;
  std::string config_yaml;
};

absl::StatusOr<Stage2Result> TrainStage2(const DemoOptions& options, const TextEncoder& language, const fs::path& dir) {
  ReasonerTrainingConfig config;
  config.seed = static_cast<int64_t>(options.seed);
  TrainOptions run = RunOptionsFor(options, dir, "Reasoner");
  const SeedTree seeds = SeedTree(options.seed).Child("stage2");
  Stage2Result result;
  config.train.steps = StepsOf(options.minutes).stage2;
  KeyTable table;
  AddKeys(table, config);
  run.config_yaml = result.config_yaml = ResolvedYaml(table);
  options.console->Note("stage 2: training a reasoner around the " + language.kind() + " frozen model for " +
                        std::to_string(config.train.steps) + " steps");
  result.reasoner = std::make_unique<Reasoner>(config.reasoner, language, seeds);
  ASSIGN_OR_RETURN(const TrainSummary summary, TrainReasoner(config, language, *result.reasoner, run));
  result.json = ToJson(summary);
  result.json["params"] = summary.num_weights;
  result.json["examples"] = summary.units;
  return result;
}

// Changes one fact of a mounted world: what is asked about it must follow at once, nothing else may change.
absl::StatusOr<nlohmann::json> EditOneFact(const Reasoner& reasoner, World world, const SeedTree& seeds) {
  Rng rng = seeds.MakeRng();
  const Item question = world.Ask(rng, 1);
  const std::string subject = question.meta["path"][0];
  const std::string relation = SplitWords(question.question)[1];
  std::string object = question.answer;
  while (object == question.answer || object == subject) object = rng.Pick(world.people());
  std::vector<Item> others;
  while (static_cast<int64_t>(others.size()) < kLocalityQuestions) {
    Item other = world.Ask(rng, 1);
    if (other.question != question.question) others.push_back(std::move(other));
  }
  GradeOptions options;
  options.top_k = kTopRows;
  const auto answers = [&](const std::vector<Fact>& facts,
                           const std::vector<Item>& items) -> absl::StatusOr<std::vector<std::string>> {
    options.shared_facts = &facts;
    ASSIGN_OR_RETURN(const Grade grade, GradeItems(reasoner, items, options));
    return grade.answers;
  };
  std::vector<Fact> facts = FactsOf(world, "world");
  ASSIGN_OR_RETURN(const auto before, answers(facts, {question}));
  ASSIGN_OR_RETURN(const auto others_before, answers(facts, others));
  const Clock::time_point start = Clock::now();
  const auto [old_text, new_text] = world.Edit(relation, subject, object);
  for (Fact& fact : facts) {
    if (fact.text == old_text) fact.text = new_text;
  }
  ASSIGN_OR_RETURN(const auto after, answers(facts, {question}));
  const double milliseconds = 1000 * Seconds(start);
  ASSIGN_OR_RETURN(const auto others_after, answers(facts, others));
  int64_t changed = 0;
  for (size_t i = 0; i < others.size(); ++i) changed += others_before[i] != others_after[i];
  return nlohmann::json{{"question", question.question},
                        {"fact_before", old_text},
                        {"fact_after", new_text},
                        {"before", before[0]},
                        {"after", after[0]},
                        {"expected", object},
                        {"others_checked", others.size()},
                        {"others_changed", changed},
                        {"milliseconds", milliseconds},
                        {"gradient_steps", 0}};
}

absl::StatusOr<nlohmann::json> TraceOne(const DemoOptions& options) {
  ASSIGN_OR_RETURN(const Pipeline pipeline, LoadPipeline(options.out / "pipeline"));
  ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily("relations"));
  GenerateOptions generate;
  generate.depth = 3;
  generate.names = &EnglishLexicon().held_out_names();
  Rng rng = SeedTree(options.seed).Child("trace").MakeRng();
  const Item item = family->Generate(rng, generate);
  AskOptions ask;
  for (const std::string& fact : item.facts) ask.facts.push_back(MakeFact(fact));
  ask.halting.automatic = true;
  ask.halting.loops = 16;
  ASSIGN_OR_RETURN(const Trace trace, Ask(pipeline, item.question, ask));
  std::string file;
  for (const std::string& fact : item.facts) file += fact + "\n";
  RETURN_IF_ERROR(WriteFileAtomic(options.out / "facts.txt", file));
  nlohmann::json json = ToJson(trace);
  json["facts"] = item.facts;
  json["expected"] = item.answer;
  json["text"] = RenderTrace(trace);
  return json;
}

// All grading of one reasoner: rows in the form of DESIGN section 4.
absl::StatusOr<nlohmann::json> GradeAll(const DemoOptions& options, const Reasoner& reasoner, int64_t items_per_cell) {
  SuiteOptions suite;
  suite.families = DataConfig().families;
  suite.deeper_steps = DataConfig().deeper_steps();
  suite.items_per_cell = items_per_cell;
  suite.seed = options.seed;
  nlohmann::json rows = nlohmann::json::array();
  const ReasonerItems answerer(reasoner);
  ASSIGN_OR_RETURN(const std::vector<ResultRow> graded, GradeSuite(answerer, suite));
  for (const ResultRow& row : graded) rows.push_back(ToJson(row));
  ASSIGN_OR_RETURN(const std::vector<ResultRow> loops,
                   LoopTable(answerer, "relations", {1, 2, 3, 4, 6, 8}, {1, 2, 4, 8, 16, 32}, suite));
  for (const ResultRow& row : loops) rows.push_back(ToJson(row));
  suite.halting.automatic = true;
  suite.halting.loops = kMostAutomaticLoops;
  suite.new_names = suite.withheld = suite.games = suite.worlds = false;
  suite.deeper_steps = suite.extra_depths = 0;
  ASSIGN_OR_RETURN(const std::vector<ResultRow> automatic, GradeSuite(answerer, suite));
  for (const ResultRow& row : automatic) rows.push_back(ToJson(row));
  return rows;
}

}  // namespace

DemoSteps StepsOf(double minutes) {
  const auto steps = [&](double per_minute) {
    return std::max(kFewestSteps, static_cast<int64_t>(std::llround(minutes * per_minute)));
  };
  return {steps(kStage1StepsPerMinute), steps(kStage2StepsPerMinute)};
}

absl::StatusOr<nlohmann::json> RunDemo(const DemoOptions& options) {
  const Clock::time_point start = Clock::now();
  Console& console = *options.console;
  if (fs::exists(options.out)) {
    // Only what a demo made is removed; anything else in the way is the user's.
    if (!fs::exists(options.out / "demo.json") && !fs::is_empty(options.out)) {
      return UsageError(options.out.string() + " exists and is not from a demo; choose another folder with --out");
    }
    std::error_code error;
    fs::remove_all(options.out, error);
  }
  RETURN_IF_ERROR(MakeDirectories(options.out));
  RETURN_IF_ERROR(WriteFileAtomic(options.out / "demo.json", "{}\n"));
  SetUpTorch(options.threads);

  nlohmann::json result;
  result["machine"] = DescribeMachine();
  result["options"] = {{"minutes", options.minutes}, {"seed", options.seed}, {"control", options.control}};
  ASSIGN_OR_RETURN(result["stage1"], TrainStage1(options));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> language, FrozenLm::Load(options.out / "frozen_lm"));
  const std::string before = language->sha256();
  ASSIGN_OR_RETURN(const Stage2Result stage2, TrainStage2(options, *language, options.out / "stage2"));
  result["stage2"] = stage2.json;
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> again, FrozenLm::Load(options.out / "frozen_lm"));
  result["frozen_lm_sha256"] = {{"before", before}, {"after", again->sha256()}};

  console.Note("grading");
  const int64_t items_per_cell = std::clamp<int64_t>(std::llround(40 * options.minutes), 2, 200);
  ASSIGN_OR_RETURN(result["accuracy"], GradeAll(options, *stage2.reasoner, items_per_cell));
  const SeedTree worlds = SeedTree(options.seed).Child("worlds");
  const World world = MakeWorld(EnglishLexicon().training_names(), worlds.Child("first"));
  ASSIGN_OR_RETURN(result["edit"], EditOneFact(*stage2.reasoner, world, worlds.Child("edit")));
  ASSIGN_OR_RETURN(std::set<std::string> words, ItemSource::Words(DataConfig(), language->spelling()));
  RETURN_IF_ERROR(SavePipeline(options.out / "pipeline", options.out / "frozen_lm", *stage2.reasoner, {},
                               {{"demo", true}}, {stage2.config_yaml, std::move(words)}));
  ASSIGN_OR_RETURN(result["trace"], TraceOne(options));
  result["seconds"] = Seconds(start);

  if (options.control) {
    LanguageTrainingConfig defaults;
    ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> random,
                     FrozenLm::Random(defaults.model, language->tokenizer(), SeedTree(options.seed).Child("control")));
    ASSIGN_OR_RETURN(const Stage2Result control, TrainStage2(options, *random, options.out / "control"));
    result["control"]["stage2"] = control.json;
    ASSIGN_OR_RETURN(result["control"]["accuracy"], GradeAll(options, *control.reasoner, items_per_cell));
  }
  RETURN_IF_ERROR(WriteJson(options.out / "demo.json", result));
  RETURN_IF_ERROR(WriteFileAtomic(options.out / "summary.txt", RenderDemo(result)));
  return result;
}

}  // namespace trivium
