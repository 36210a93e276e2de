// Stage 2 training: resumes bit for bit, leaves the frozen model alone; pipelines load as they were saved or not at
// all.
#include "stage2_reasoning/training/reasoner_training.h"

#include "core/artifact/artifact_dir.h"
#include "core/train/tensor_io.h"
#include "core/train/trainer.h"
#include "memory/shard_edit.h"
#include "stage2_reasoning/ask.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/pipeline.h"
#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

absl::StatusOr<std::string> TrainTiny(const std::filesystem::path& dir, bool resume, int64_t stop_after,
                                      int64_t threads, const std::string& from = "") {
  CapturedConsole console;
  TrainOptions options;
  options.run_dir = dir;
  options.resume = resume;
  options.threads = threads;
  options.stop_after = stop_after;
  options.config_yaml = "seed: 1\n";
  options.console = &console.console();
  Reasoner reasoner(ReasonerConfig(), TinyFrozenLm(), SeedTree(1));
  ReasonerTrainingConfig config = TinyTraining(7);
  config.from_sha256 = from;
  const auto summary = TrainReasoner(config, TinyFrozenLm(), reasoner, options);
  if (!summary.ok()) return summary.status();
  return TensorsToBytes(reasoner.Parameters());
}

std::filesystem::path PeopleShard(const TempDir& dir) {
  const std::filesystem::path path = dir / "people.shard";
  Shard shard = Shard::Create(path).value();
  ShardEdit edit = ShardEdit::Begin(shard).value();
  REQUIRE(edit.Add(MakeFact("the friend of adam is ben .")).ok());
  REQUIRE(edit.Commit("add").ok());
  return path;
}

}  // namespace

TEST_CASE("A reasoner's run that is stopped and resumed ends with the same bits", "[stage2]") {
  for (const int64_t threads : {1, 2}) {
    TempDir dir;
    const auto whole = TrainTiny(dir / "whole", false, 0, threads);
    REQUIRE(whole.ok());
    REQUIRE(ExitCode(TrainTiny(dir / "parts", false, 2, threads).status()) == 130);
    REQUIRE(ExitCode(TrainTiny(dir / "parts", true, 5, threads).status()) == 130);
    const auto parts = TrainTiny(dir / "parts", true, 0, threads);
    REQUIRE(parts.ok());
    REQUIRE(*parts == *whole);
  }
}

TEST_CASE("Steps over a mounted world of many facts and long ones train, too, and resume to the same bits",
          "[stage2]") {
  TempDir dir;
  ReasonerTrainingConfig config = TinyTraining(8);
  config.data.world_share = 1;
  config.untracked_loops = 3;
  const auto train = [&](const std::string& name, bool resume, int64_t stop_after) -> absl::StatusOr<std::string> {
    TrainOptions options;
    options.run_dir = dir / name;
    options.resume = resume;
    options.threads = 1;
    options.stop_after = stop_after;
    options.config_yaml = "seed: 1\n";
    Reasoner reasoner(ReasonerConfig(), TinyFrozenLm(), SeedTree(1));
    const auto summary = TrainReasoner(config, TinyFrozenLm(), reasoner, options);
    if (!summary.ok()) return summary.status();
    return TensorsToBytes(reasoner.Parameters());
  };
  const auto whole = train("whole", false, 0);
  REQUIRE(whole.ok());
  REQUIRE(ExitCode(train("parts", false, 5).status()) == 130);
  REQUIRE(train("parts", true, 0).value() == *whole);
  config.untracked_loops = 0;
  REQUIRE(train("short", false, 0).value() != *whole);
  config.data.world_share = 0;
  REQUIRE(train("none", false, 0).value() != *whole);
  config.data.world_share = 1;
  config.data.wording = "paraphrased";
  config.data.canonical_share = 0.5;
  REQUIRE(train("said", false, 0).value() != *whole);
}

TEST_CASE("Two hundred steps teach lookups over names never met, facts that think or not", "[stage2]") {
  TempDir dir;
  ReasonerTrainingConfig config = TinyTraining(200);
  config.batch_items = 32;
  config.data.families = {"lookup"};
  config.data.world_share = 0;
  config.train.warmup_steps = 20;
  config.train.checkpoint_every = 200;
  config.reasoner.thinking_facts = GENERATE(false, true);
  TrainOptions options;
  options.run_dir = dir / "run";
  options.threads = 2;
  options.config_yaml = "seed: 1\n";
  Reasoner reasoner(config.reasoner, TinyFrozenLm(), SeedTree(1));
  REQUIRE(TrainReasoner(config, TinyFrozenLm(), reasoner, options).ok());
  const TaskFamily& lookup = *FindTaskFamily("lookup").value();
  GenerateOptions items;
  items.names = &EnglishLexicon().held_out_names();
  GradeOptions grading;
  grading.halting.loops = config.max_loops;
  const Grade grade = GradeItems(reasoner, HeldOutItems(lookup, 200, SeedTree(9), items), grading).value();
  const auto right = std::count(grade.correct.begin(), grade.correct.end(), true);
  CAPTURE(right);
  REQUIRE(right > 120);  // an item's last words, guessed among: about 25
}

TEST_CASE("Stage 2 leaves the frozen model as it was", "[stage2]") {
  TempDir dir;
  const std::string before = TinyFrozenLm().sha256();
  REQUIRE(TrainTiny(dir / "run", false, 0, 2).ok());
  REQUIRE(TinyFrozenLm().CheckUnchanged().ok());
  REQUIRE(TinyFrozenLm().sha256() == before);
}

TEST_CASE("A pipeline answers after loading exactly as before saving", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  const Reasoner reasoner = TinyReasoner();
  const std::filesystem::path shard = PeopleShard(dir);
  REQUIRE(SavePipeline(dir / "pipeline", dir / "lm", reasoner, {{shard}}, nlohmann::json::object()).ok());
  const auto loaded = LoadPipeline(dir / "pipeline");
  REQUIRE(loaded.ok());
  REQUIRE(loaded->mounts.size() == 1);
  REQUIRE(TensorsToBytes(loaded->reasoner->Parameters()).value() == TensorsToBytes(reasoner.Parameters()).value());
  const auto items = RelationItems(10);
  REQUIRE(GradeItems(*loaded->reasoner, items, {})->answers == GradeItems(reasoner, items, {})->answers);
  AskOptions ask;
  const auto trace = Ask(*loaded, "The friend of Adam is who?", ask);
  REQUIRE(trace.ok());
  REQUIRE(trace->question == "the friend of adam is who ?");
  REQUIRE(VerifyPath(dir / "pipeline").ok());
}

TEST_CASE("Training goes on from the weights of a pipeline made alike, with facts that think if they are to",
          "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  const Reasoner trained(ReasonerConfig(), TinyFrozenLm(), SeedTree(7));
  REQUIRE(SavePipeline(dir / "pipeline", dir / "lm", trained, {}, nlohmann::json::object(), {"", {"ada"}, true}).ok());
  for (const bool thinking : {false, true}) {
    ReasonerConfig config;
    config.thinking_facts = thinking;
    Reasoner reasoner(config, TinyFrozenLm(), SeedTree(1));
    TrainingRecord record;
    REQUIRE(TakeWeights(dir / "pipeline", reasoner, &record).ok());
    REQUIRE(record.words == std::set<std::string>{"ada"});
    const std::vector<Item> items = RelationItems(10);
    const auto before = GradeItems(trained, items, {}), after = GradeItems(reasoner, items, {});
    REQUIRE(before->answers == after->answers);
  }
  // Weights that fit in shape alone would compute something else.
  ReasonerConfig other;
  other.heads = 2;
  Reasoner reasoner(other, TinyFrozenLm(), SeedTree(1));
  const absl::Status refused = TakeWeights(dir / "pipeline", reasoner, nullptr).status();
  REQUIRE(ExitCode(refused) == 2);
  REQUIRE(Message(refused).find("reasoner.heads") != std::string::npos);
  REQUIRE(ExitCode(TakeWeights(dir / "nowhere", reasoner, nullptr).status()) == 3);

  REQUIRE(ExitCode(TrainTiny(dir / "run", false, 3, 1, "abc").status()) == 130);
  REQUIRE(ExitCode(TrainTiny(dir / "run", true, 0, 1).status()) == 2);
  REQUIRE(TrainTiny(dir / "run", true, 0, 1, "abc").ok());
}

TEST_CASE("A flipped byte in any file of a pipeline is found", "[stage2]") {
  TempDir dir;
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  const std::filesystem::path shard = PeopleShard(dir);
  REQUIRE(SavePipeline(dir / "pipeline", dir / "lm", TinyReasoner(), {{shard}}, nlohmann::json::object()).ok());
  int64_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir / "pipeline")) {
    if (!entry.is_regular_file()) continue;
    const std::string good = Slurp(entry.path());
    std::string bad = good;
    // In a shard most bytes of a page are unused.
    const size_t at = entry.path().extension() == ".shard" ? good.rfind("adam") : good.size() / 2;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    Spill(entry.path(), bad);
    INFO(entry.path().string());
    REQUIRE(ExitCode(LoadPipeline(dir / "pipeline").status()) == 3);
    Spill(entry.path(), good);
    ++files;
  }
  REQUIRE(files >= 9);
  REQUIRE(LoadPipeline(dir / "pipeline").ok());
}

TEST_CASE("An algorithm trained around another language model is refused", "[stage2]") {
  TempDir dir;
  REQUIRE(SaveAlgorithm(TinyReasoner(), dir / "algorithm", nlohmann::json::object()).ok());
  LanguageConfig other;
  other.width = 32;
  other.layers = 2;
  other.heads = 2;
  const auto language = FrozenLm::Random(other, TinyFrozenLm().tokenizer(), SeedTree(99)).value();
  const auto loaded = LoadAlgorithm(dir / "algorithm", *language);
  REQUIRE(ExitCode(loaded.status()) == 3);
}

TEST_CASE("An algorithm of another version's network is refused", "[stage2]") {
  TempDir dir;
  REQUIRE(SaveAlgorithm(TinyReasoner(), dir / "algorithm", nlohmann::json::object()).ok());
  const Artifact saved = OpenArtifact(dir / "algorithm", "algorithm").value();
  auto writer = ArtifactWriter::Create(dir / "older").value();
  for (const auto& [name, sha256] : saved.sha256) REQUIRE(writer.Add(name, ReadArtifactFile(saved, name).value()).ok());
  nlohmann::json metadata = saved.metadata;
  metadata.erase("network");
  REQUIRE(writer.Commit("algorithm", metadata).ok());
  const absl::Status refused = LoadAlgorithm(dir / "older", TinyFrozenLm()).status();
  REQUIRE(ExitCode(refused) == 3);
  REQUIRE(Message(refused).find("train stage 2 again") != std::string::npos);
}

TEST_CASE("Grading forces one of each item's own candidates, in more than one batch", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  const std::vector<Item> items = RelationItems(130);
  GradeOptions options;
  for (const Item& item : items) options.choices.push_back({item.answer, kUnknown});
  const auto grade = GradeItems(reasoner, items, options);
  REQUIRE(grade.ok());
  REQUIRE(grade->answers.size() == items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    REQUIRE((grade->answers[i] == kUnknown || grade->answers[i] == items[i].answer));
  }
}

// A training that is to end before its first step, in a folder of its own.
struct RefusedTraining {
  absl::Status Run() {
    TrainOptions options;
    options.run_dir = dir / "run";
    options.console = &console.console();
    return TrainReasoner(config, TinyFrozenLm(), reasoner, options).status();
  }

  TempDir dir;
  CapturedConsole console;
  Reasoner reasoner = TinyReasoner();
  ReasonerTrainingConfig config = TinyTraining(3);
};

TEST_CASE("Bad stage 2 data is refused before training, by name", "[stage2]") {
  RefusedTraining training;
  ReasonerTrainingConfig& config = training.config;
  const TempDir& dir = training.dir;
  config.data.families = {"relation"};
  auto status = training.Run();
  REQUIRE(ExitCode(status) == 2);
  REQUIRE(Message(status).find("'relations'") != std::string::npos);
  config = TinyTraining(3);
  config.data.items = (dir / "items.jsonl").string();
  Spill(dir / "items.jsonl",
        "{\"facts\":[],\"question\":\"a ?\",\"answer\":\"b\"}\n{\"facts\":[],\"question\":\"a ?\"}\n");
  status = training.Run();
  REQUIRE(ExitCode(status) == 2);
  REQUIRE(Message(status).find("items.jsonl:2") != std::string::npos);
  REQUIRE(Message(status).find("\"answer\"") != std::string::npos);
  REQUIRE_FALSE(std::filesystem::exists(dir / "run"));
}

TEST_CASE("An own item that cannot be trained on is named by its line, however many others are good", "[stage2]") {
  RefusedTraining training;
  ReasonerTrainingConfig& config = training.config;
  const TempDir& dir = training.dir;
  config.data.items = (dir / "items.jsonl").string();
  const std::string good = "{\"facts\":[\"the boss of ann is ben .\"],\"question\":\"the boss of ann is who ?\",";
  std::string lines;
  for (int i = 0; i < 70; ++i) lines += good + "\"answer\":\"ben\"}\n";
  const auto with = [&](const std::string& last) {
    Spill(dir / "items.jsonl", lines + last + "\n");
    return training.Run();
  };
  std::string long_fact;
  for (int i = 0; i < 2000; ++i) long_fact += "ben ";
  for (const auto& [last, what] :
       {std::pair(good + "\"answer\":\"ben ben ben ben ben\"}", "answer_slots"),
        std::pair("{\"facts\":[\"" + long_fact + "\"],\"question\":\"a ?\",\"answer\":\"ben\"}", "context")}) {
    const absl::Status status = with(last);
    INFO(Message(status));
    REQUIRE(ExitCode(status) == 2);
    REQUIRE(Message(status).find("items.jsonl:71") != std::string::npos);
    REQUIRE(Message(status).find(what) != std::string::npos);
  }
}

}  // namespace trivium
