// The stage-1 commands as typed: the whole way from train to generate, and exit codes of what goes wrong.
#include "stage1_language/commands.h"

#include <nlohmann/json.hpp>

#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

const std::vector<std::string> kTinySets = {
    "corpus.documents=200", "tokenizer.vocab_size=1024", "model.width=16",      "model.layers=1",
    "model.heads=2",        "model.max_tokens=32",       "train.batch_items=4", "train.block_tokens=16",
    "train.steps=8",        "train.warmup_steps=2"};

struct Outcome {
  int code;
  std::string out, err;
};

Outcome Run(const std::vector<std::string>& words) {
  CapturedConsole captured;
  const int code = RunCommands(words, Stage1Commands(), captured.console());
  return {code, captured.Out(), captured.Err()};
}

Outcome RunTraining(const std::filesystem::path& out, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"stage1", "train", "--out", out.string(), "--threads", "1"};
  for (const std::string& set : kTinySets) words.insert(words.end(), {"--set", set});
  words.insert(words.end(), more.begin(), more.end());
  return Run(words);
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Train, freeze, eval and generate go all the way", "[stage1_language]") {
  const TempDir dir;
  const std::string run = (dir / "run").string(), lm = (dir / "lm").string(), json = (dir / "result.json").string();
  REQUIRE(RunTraining(run, {"--json", json}).code == 0);
  REQUIRE(nlohmann::json::parse(Slurp(json))["stage1"]["steps"] == 8);
  REQUIRE(Run({"stage1", "freeze", run, "--out", lm}).code == 0);

  REQUIRE(Run({"stage1", "eval", lm, "--json", json}).code == 0);
  const nlohmann::json row = nlohmann::json::parse(Slurp(json))["language"][0];
  REQUIRE(row["setting"] == "held_out");
  REQUIRE(row["bits_per_byte"].get<double>() > 0);
  Spill(dir / "own.txt", "ann is kind .\nqué 😀\n");
  const Outcome eval = Run({"stage1", "eval", lm, "--text", (dir / "own.txt").string()});
  REQUIRE(eval.code == 0);
  REQUIRE(Has(eval.out + eval.err, "2 documents"));

  const std::vector<std::string> generate = {"stage1", "generate", lm, "zażółć 😀 ann", "--tokens", "5", "--json", json};
  const Outcome first = Run(generate), second = Run(generate);
  REQUIRE(first.code == 0);
  REQUIRE(Has(first.out, "zażółć 😀 ann"));
  REQUIRE(first.out == second.out);
  REQUIRE(nlohmann::json::parse(Slurp(json))["stop"].is_string());
}

TEST_CASE("Eval reports perplexity, expected words and grammar beside an untrained model", "[stage1_language]") {
  const TempDir dir;
  const std::string run = (dir / "run").string(), lm = (dir / "lm").string(), json = (dir / "result.json").string();
  REQUIRE(RunTraining(run).code == 0);
  REQUIRE(Run({"stage1", "freeze", run, "--out", lm}).code == 0);
  Spill(dir / "cloze.jsonl", "{\"prompt\": \"The friend of\", \"target\": \"Ann\"}\n");
  const std::vector<std::string> words = {
      "stage1",      "eval",        lm,          "--cloze", (dir / "cloze.jsonl").string(),
      "--lowercase", "--untrained", "--samples", "2",       "--documents",
      "20",          "--json",      json};
  const Outcome first = Run(words), second = Run(words);
  REQUIRE(first.code == 0);
  REQUIRE(first.out == second.out);
  REQUIRE(Has(first.out, "perplexity per word"));
  REQUIRE(Has(first.out, "sample 2:"));
  const nlohmann::json result = nlohmann::json::parse(Slurp(json));
  REQUIRE(result["samples"].size() == 2);
  std::map<std::string, int> seen;
  for (const nlohmann::json& row : result["rows"]) {
    if (row["part"] == "all") ++seen[row["measure"].get<std::string>() + " " + row["model"].get<std::string>()];
    REQUIRE(row["low"].get<double>() <= row["value"].get<double>());
    REQUIRE(row["value"].get<double>() <= row["high"].get<double>());
  }
  for (const std::string model : {"trained", "untrained"}) {
    for (const std::string measure :
         {"bits per byte", "perplexity per token", "perplexity per word", "cloze top-1", "cloze top-5", "pairs"}) {
      REQUIRE(seen[measure + " " + model] == 1);
    }
  }
  Spill(dir / "pairs.jsonl", "{\"good\": \"ann is kind .\"}\n");
  const Outcome refused = Run({"stage1", "eval", lm, "--pairs", (dir / "pairs.jsonl").string()});
  REQUIRE(refused.code == 2);
  REQUIRE(Has(refused.err, "pairs.jsonl:1"));
}

TEST_CASE("A dry run prints weights, memory, disk and time and writes nothing", "[stage1_language]") {
  const TempDir dir;
  const Outcome outcome = RunTraining(dir / "run", {"--dry-run"});
  REQUIRE(outcome.code == 0);
  for (const char* word : {"weights", "memory", "disk", "time"}) REQUIRE(Has(outcome.out, word));
  REQUIRE_FALSE(std::filesystem::exists(dir / "run"));
}

TEST_CASE("Mistakes on the command line end with exit code 2 and a hint", "[stage1_language]") {
  const TempDir dir;
  const auto refuses = [&](const std::vector<std::string>& more, const std::string& word) {
    const Outcome outcome = RunTraining(dir / "run", more);
    REQUIRE(outcome.code == 2);
    REQUIRE(Has(outcome.err, word));
    REQUIRE_FALSE(std::filesystem::exists(dir / "run"));
  };
  refuses({"--set", "train.step=3"}, "train.steps");
  refuses({"--set", "train.learning_rate=fast"}, "train.learning_rate");
  refuses({"--set", "train.block_tokens=99"}, "train.block_tokens");
  refuses({"--resume"}, "no run");
  REQUIRE(Run({"stage1", "freeze", "x"}).code == 2);
  REQUIRE(Run({"stage1", "generate", "lm", "a", "--temperature", "-1"}).code == 2);
}

TEST_CASE("Training into a folder that holds a run is refused", "[stage1_language]") {
  const TempDir dir;
  REQUIRE(RunTraining(dir / "run").code == 0);
  const Outcome again = RunTraining(dir / "run");
  REQUIRE(again.code == 2);
  REQUIRE(Has(again.err, "--resume"));
}

TEST_CASE("A missing language model is exit code 3 and says how to make one", "[stage1_language]") {
  const TempDir dir;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"stage1", "eval", (dir / "lm").string()},
        std::vector<std::string>{"stage1", "generate", (dir / "lm").string(), "hello"}}) {
    const Outcome outcome = Run(words);
    REQUIRE(outcome.code == 3);
    REQUIRE(Has(outcome.err, "stage1 freeze"));
  }
}
