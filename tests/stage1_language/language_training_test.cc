// From corpus to sealed model: exact resume, what is sealed, and what is refused.
#include "stage1_language/language_training.h"

#include "core/config/config_loader.h"
#include "stage1_language/model/frozen_lm.h"
#include "tests/harness/temp_dir.h"
#include "tests/harness/tiny_training.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

std::string SealedSha256(const std::filesystem::path& run_dir, const std::filesystem::path& out,
                         const std::string& weights = "auto") {
  const absl::StatusOr<SealedRun> sealed = SealRun(run_dir, out, weights);
  REQUIRE(sealed.ok());
  return sealed->sha256;
}

}  // namespace

TEST_CASE("A trained run is sealed, loads and knows where it came from", "[stage1_language]") {
  const TempDir dir;
  const auto result = TrainLanguageModel(TinyLanguage(), TinyOptions(dir / "run"));
  REQUIRE(result.ok());
  REQUIRE(result->steps == 12);
  REQUIRE(result->tokens == 12 * 4 * 16);
  REQUIRE(result->held_out.documents == 20);
  REQUIRE(std::filesystem::exists(dir / "run/tokenizer.model"));
  const absl::StatusOr<SealedRun> sealed = SealRun(dir / "run", dir / "lm");
  REQUIRE(sealed.ok());
  REQUIRE(sealed->step == 12);
  REQUIRE(sealed->weights == "ema");
  const auto lm = FrozenLm::Load(dir / "lm");
  REQUIRE(lm.ok());
  REQUIRE((*lm)->sha256() == sealed->sha256);
  REQUIRE((*lm)->kind() == "trained");
  REQUIRE((*lm)->metadata()["corpus_sha256"] == result->corpus_sha256);
  REQUIRE((*lm)->metadata()["held_out"]["bits_per_byte"] == result->held_out.value);
}

TEST_CASE("An interrupted and resumed language run seals to the same bytes", "[stage1_language]") {
  const TempDir dir;
  for (const int64_t threads : {1, 2}) {
    const std::string n = std::to_string(threads);
    TrainOptions options = TinyOptions(dir / ("straight" + n));
    options.threads = threads;
    REQUIRE(TrainLanguageModel(TinyLanguage(), options).ok());
    options.run_dir = dir / ("broken" + n);
    options.stop_after = 7;
    REQUIRE(ExitCode(TrainLanguageModel(TinyLanguage(), options).status()) == 130);
    options.stop_after = 0;
    options.resume = true;
    REQUIRE(TrainLanguageModel(TinyLanguage(), options).ok());
    for (const std::string weights : {"ema", "raw"}) {
      REQUIRE(SealedSha256(dir / ("straight" + n), dir / "a", weights) ==
              SealedSha256(dir / ("broken" + n), dir / "b", weights));
    }
  }
}

TEST_CASE("A hundred random cuts and resumes change no bit", "[stage1_language]") {
  const TempDir dir;
  LanguageTrainingConfig config = TinyLanguage();
  config.train.steps = 40;
  config.pack = "documents";
  config.token_noise = 0.05;
  config.micro_items = 1;
  TrainOptions options = TinyOptions(dir / "straight");
  REQUIRE(TrainLanguageModel(config, options).ok());
  const std::string straight = SealedSha256(dir / "straight", dir / "sealed");
  Rng rng(8);
  int cuts = 0;
  for (int run = 0; cuts < 100; ++run) {
    options.run_dir = dir / ("broken" + std::to_string(run));
    options.resume = false;
    for (int64_t step = rng.Between(1, 6); step < config.train.steps; step += rng.Between(1, 6)) {
      options.stop_after = step;
      REQUIRE(ExitCode(TrainLanguageModel(config, options).status()) == 130);
      options.resume = true;
      ++cuts;
    }
    options.stop_after = 0;
    REQUIRE(TrainLanguageModel(config, options).ok());
    REQUIRE(SealedSha256(options.run_dir, dir / "sealed") == straight);
  }
}

TEST_CASE("Accumulated gradients train as whole batches do, but for rounding", "[stage1_language]") {
  const TempDir dir;
  LanguageTrainingConfig config = TinyLanguage();
  TrainOptions options = TinyOptions(dir / "whole");
  options.threads = 1;
  const auto whole = TrainLanguageModel(config, options);
  config.micro_items = 1;
  options.run_dir = dir / "parts";
  const auto parts = TrainLanguageModel(config, options);
  REQUIRE(whole.ok());
  REQUIRE(parts.ok());
  REQUIRE(parts->held_out.value == Approx(whole->held_out.value).epsilon(1e-3));
  REQUIRE(parts->tokens == whole->tokens);
}

TEST_CASE("Rows of one document each, noise and a token cache train, too", "[stage1_language]") {
  const TempDir dir;
  LanguageTrainingConfig config = TinyLanguage();
  config.pack = "documents";
  config.token_noise = 0.1;
  config.token_mask = 0.1;
  config.corpus.cache = (dir / "cache").string();
  const auto first = TrainLanguageModel(config, TinyOptions(dir / "first"));
  const auto second = TrainLanguageModel(config, TinyOptions(dir / "second"));
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  REQUIRE(first->tokens < 12 * 4 * 16);  // padding is not counted
  REQUIRE(SealedSha256(dir / "first", dir / "a") == SealedSha256(dir / "second", dir / "b"));
  config.token_mask = 0.9;
  REQUIRE(ExitCode(TrainLanguageModel(config, TinyOptions(dir / "third")).status()) == 2);
}

TEST_CASE("The seed decides the model", "[stage1_language]") {
  const TempDir dir;
  LanguageTrainingConfig config = TinyLanguage();
  REQUIRE(TrainLanguageModel(config, TinyOptions(dir / "one")).ok());
  config.seed = 2;
  REQUIRE(TrainLanguageModel(config, TinyOptions(dir / "two")).ok());
  REQUIRE(SealedSha256(dir / "one", dir / "a") != SealedSha256(dir / "two", dir / "b"));
}

TEST_CASE("Sealing refuses what is no whole stage-1 run", "[stage1_language]") {
  const TempDir dir;
  REQUIRE(ExitCode(SealRun(dir / "nowhere", dir / "lm").status()) == 3);
  std::filesystem::create_directories(dir / "empty");
  REQUIRE(ExitCode(SealRun(dir / "empty", dir / "lm").status()) == 3);

  LanguageTrainingConfig config = TinyLanguage();
  config.train.ema_decay = 0;
  REQUIRE(TrainLanguageModel(config, TinyOptions(dir / "run")).ok());
  REQUIRE(ExitCode(SealRun(dir / "run", dir / "lm", "ema").status()) == 2);
  REQUIRE(ExitCode(SealRun(dir / "run", dir / "lm", "best").status()) == 2);
  std::string tokenizer = Slurp(dir / "run/tokenizer.model");
  tokenizer[tokenizer.size() / 2] = static_cast<char>(tokenizer[tokenizer.size() / 2] ^ 1);
  Spill(dir / "run/tokenizer.model", tokenizer);
  const absl::Status damaged = SealRun(dir / "run", dir / "lm").status();
  REQUIRE(ExitCode(damaged) == 3);
  REQUIRE(Message(damaged).find("tokenizer.model") != std::string::npos);
  REQUIRE_FALSE(std::filesystem::exists(dir / "lm"));
}

TEST_CASE("A bad corpus is named before anything is written", "[stage1_language]") {
  const TempDir dir;
  const auto refuses = [&](const std::string& name, const std::string& text, const std::string& word) {
    Spill(dir / name, text);
    LanguageTrainingConfig config = TinyLanguage();
    config.corpus.source = (dir / name).string();
    const absl::Status status = TrainLanguageModel(config, TinyOptions(dir / "run")).status();
    REQUIRE(ExitCode(status) == 2);
    REQUIRE(Message(status).find(word) != std::string::npos);
    REQUIRE_FALSE(std::filesystem::exists(dir / "run"));
  };
  refuses("empty.txt", "", "empty");
  refuses("latin1.txt", "fine\ncaf\xE9\n", "latin1.txt:2");
  refuses("a.jsonl", "{\"text\":\"fine\"}\n{\"body\":\"no\"}\n", "a.jsonl:2");
  refuses("short.txt", "two words\n", "tokens");
}

TEST_CASE("A corpus that changed since the run began cannot be resumed", "[stage1_language]") {
  const TempDir dir;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "the red fox number " + std::to_string(i) + " jumps over the lazy dog\n";
  Spill(dir / "own.txt", text);
  LanguageTrainingConfig config = TinyLanguage();
  config.corpus.source = (dir / "own.txt").string();
  config.tokenizer.vocab_size = 300;
  TrainOptions options = TinyOptions(dir / "run");
  options.stop_after = 5;
  REQUIRE(ExitCode(TrainLanguageModel(config, options).status()) == 130);
  Spill(dir / "own.txt", text + "one more line\n");
  options.stop_after = 0;
  options.resume = true;
  const absl::Status status = TrainLanguageModel(config, options).status();
  REQUIRE(ExitCode(status) == 2);
  REQUIRE(Message(status).find("another corpus") != std::string::npos);
}

TEST_CASE("Every stage-1 key has a default inside its range and the shipped configs load", "[stage1_language]") {
  for (const char* file : {"tiny.yaml", "small.yaml"}) {
    LanguageTrainingConfig config;
    KeyTable table;
    AddKeys(table, config);
    REQUIRE(table.CheckTable().ok());
    const ConfigSources sources{.file = std::string(TRIVIUM_SOURCE_DIR "/configs/stage1/") + file};
    REQUIRE(LoadConfig(table, sources).ok());
    REQUIRE(config.Validate().ok());
  }
}
