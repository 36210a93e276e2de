// The command frame: parsing, help, did-you-mean, exit codes. Runs whole command lines against captured streams.
#include "core/cli/command.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/config/config_loader.h"
#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

using Words = std::vector<std::string>;

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome Run(const Words& words, const std::vector<Command>& commands) {
  CapturedConsole captured;
  Outcome outcome;
  outcome.code = RunCommands(words, commands, captured.console());
  outcome.out = captured.Out();
  outcome.err = captured.Err();
  return outcome;
}

Command Make(const std::string& name, std::function<absl::Status(Invocation&)> run) {
  return {.name = name, .summary = "does " + name, .help = "Reads nothing.", .run = std::move(run)};
}

absl::Status Nothing(Invocation&) { return absl::OkStatus(); }

std::vector<Command> Sample() {
  Command ask = Make("ask", [](Invocation& inv) {
    ASSIGN_OR_RETURN(const int64_t loops, inv.GetInt("loops", 8, 1, 64));
    std::string text = std::to_string(loops);
    for (const std::string& word : inv.positionals) text += "|" + word;
    for (const std::string& shard : inv.GetAll("shard")) text += "|" + shard;
    inv.console.Print(text + (inv.Has("trace") ? "|trace" : ""));
    return absl::OkStatus();
  });
  ask.flags = {
      {"loops", "N", "reasoning loops"}, {"shard", "FILE", "facts to mount", true}, {"trace", "", "show reads"}};
  ask.min_positionals = 1;
  ask.max_positionals = 2;
  ask.positional_help = "PIPELINE [QUESTION]";
  return {ask, Make("stage1 train", Nothing), Make("stage1 freeze", Nothing), Make("stage2 train", Nothing),
          Make("demo", Nothing)};
}

}  // namespace

TEST_CASE("flags and positionals may stand in any order and either spelling", "[cli]") {
  const std::string expected = "4|pipe|who ?|a|b|trace\n";
  REQUIRE(Run({"ask", "pipe", "who ?", "--loops", "4", "--shard", "a", "--shard", "b", "--trace"}, Sample()).out ==
          expected);
  REQUIRE(Run({"ask", "--trace", "--shard=a", "pipe", "--loops=4", "--shard=b", "--", "who ?"}, Sample()).out ==
          expected);
  REQUIRE(Run({"ask", "--", "--loops"}, Sample()).out == "8|--loops\n");
  REQUIRE(Run({"ask", "pipe", "-5"}, Sample()).out == "8|pipe|-5\n");
}

TEST_CASE("wrong words end with exit code 2 and say what to type", "[cli]") {
  const auto complaint = [](const Words& words) {
    const Outcome outcome = Run(words, Sample());
    REQUIRE(outcome.code == 2);
    REQUIRE(outcome.out.empty());
    return outcome.err;
  };
  REQUIRE(complaint({"dmeo"}) == "error: unknown command \"dmeo\"; did you mean demo?\n");
  REQUIRE(Contains(complaint({"stage1", "trian"}), "did you mean stage1 train?"));
  REQUIRE(Contains(complaint({"stag1", "train"}), "did you mean stage1 train?"));
  REQUIRE(Contains(complaint({"freeze"}), "did you mean stage1 freeze?"));
  REQUIRE(Contains(complaint({"stage1"}), "needs a second word: stage1 train, stage1 freeze"));
  REQUIRE(Contains(complaint({"zzz"}), "see trivium --help"));
  REQUIRE(Contains(complaint({"--quiet", "demo"}), "put it after"));
  REQUIRE(Contains(complaint({"ask", "p", "--lops", "4"}), "unknown flag --lops for ask; did you mean --loops?"));
  REQUIRE(Contains(complaint({"demo", "--train.steps", "4"}), "--set train.steps=VALUE"));
  REQUIRE(Contains(complaint({"demo", "-quiet"}), "did you mean --quiet?"));
  REQUIRE(Contains(complaint({"ask", "p", "--loops"}), "--loops needs a value: --loops N"));
  REQUIRE(Contains(complaint({"ask", "p", "--loops", "--trace"}), "--loops needs a value"));
  REQUIRE(Contains(complaint({"ask", "p", "--trace=yes"}), "--trace takes no value"));
  REQUIRE(Contains(complaint({"ask", "p", "--loops", "1", "--loops", "2"}), "given twice"));
  REQUIRE(Contains(complaint({"ask", "p", "--loops", "four"}), "--loops expects an integer, got \"four\""));
  REQUIRE(Contains(complaint({"ask", "p", "--loops", "65"}), "allowed is at most 64"));
  REQUIRE(Contains(complaint({"ask"}), "usage: trivium ask PIPELINE [QUESTION] [FLAGS]"));
  REQUIRE(Contains(complaint({"ask", "a", "b", "c"}), "unexpected argument \"c\""));
  REQUIRE(Contains(complaint({"demo", "--seed", "-1"}), "--seed is -1"));
  REQUIRE(Contains(complaint({"demo", "--threads", "0"}), "--threads is 0"));
  REQUIRE(Contains(complaint({"demo", "--device", "cud"}), "did you mean cuda?"));
  REQUIRE(Contains(complaint({"demo", "--device", "cuda"}), "demo computes on the CPU only"));
  REQUIRE(Contains(complaint({"demo", "--json", "/nowhere/at/all.json"}), "there is no folder /nowhere/at"));
  REQUIRE(Contains(complaint({"demo", "--json", "/tmp"}), "is a folder"));
  REQUIRE(Contains(complaint({"demo", "--config="}), "--config needs a file name"));
  REQUIRE(Contains(complaint({"demo", "-"}), "unexpected argument \"-\""));
}

TEST_CASE("no word at all shows the overview and is a usage error", "[cli]") {
  const Outcome outcome = Run({}, Sample());
  REQUIRE(outcome.code == 2);
  REQUIRE(Contains(outcome.err, "Usage: trivium COMMAND"));
}

TEST_CASE("help is found from every direction and exits with 0", "[cli]") {
  for (const Words& words : {Words{"--help"}, {"-h"}, {"help"}}) {
    const Outcome outcome = Run(words, Sample());
    REQUIRE(outcome.code == 0);
    REQUIRE(Contains(outcome.out, "  demo                      does demo\n"));
    REQUIRE(outcome.out.find("does demo") < outcome.out.find("stage1:\n"));
  }
  for (const Words& words :
       {Words{"ask", "--help"}, {"ask", "x", "y", "z", "-h"}, {"help", "ask"}, {"help", "ask", "--help"}}) {
    const Outcome outcome = Run(words, Sample());
    REQUIRE(outcome.code == 0);
    REQUIRE(Contains(outcome.out, "Usage: trivium ask PIPELINE [QUESTION] [FLAGS]"));
    REQUIRE(Contains(outcome.out, "\nFlags:\n  --loops N"));
    REQUIRE(Contains(outcome.out, "\nCommon flags:\n  --config FILE"));
    REQUIRE(Contains(outcome.out, "facts to mount (repeatable)"));
  }
  REQUIRE(Contains(Run({"stage1", "--help"}, Sample()).out, "stage1 freeze"));
  REQUIRE(Contains(Run({"help", "stage1", "train"}, Sample()).out, "Usage: trivium stage1 train [FLAGS]"));
  REQUIRE(Run({"help", "stage3"}, Sample()).code == 2);
  REQUIRE(Contains(Run({"--version"}, Sample()).out, "trivium 0."));
}

TEST_CASE("a command's status and exceptions become the exit code", "[cli]") {
  const auto code = [](std::function<absl::Status(Invocation&)> run) {
    return Run({"x"}, {Make("x", std::move(run))});
  };
  REQUIRE(code([](Invocation&) { return absl::OkStatus(); }).code == 0);
  REQUIRE(code([](Invocation&) { return BadArtifact("damaged"); }).code == 3);
  REQUIRE(code([](Invocation&) { return BadArtifact("damaged"); }).err == "error: damaged\n");
  REQUIRE(code([](Invocation&) { return Interrupted("saved"); }).code == 130);
  REQUIRE(code([](Invocation&) -> absl::Status { throw std::bad_alloc(); }).code == 4);
  const Outcome thrown =
      code([](Invocation&) -> absl::Status { throw std::runtime_error("shapes differ\nframe #0: f"); });
  REQUIRE(thrown.code == 1);
  REQUIRE(thrown.err == "error: shapes differ\n");
  REQUIRE(code([](Invocation&) -> absl::Status {
            throw std::runtime_error("DefaultCPUAllocator: not enough memory");
          }).code == 4);
  REQUIRE(code([](Invocation&) -> absl::Status { throw 5; }).code == 1);
  REQUIRE(code(nullptr).code == 1);
}

TEST_CASE("the common flags reach the command typed", "[cli]") {
  CommonOptions seen;
  const std::vector<Command> commands = {Make("x", [&](Invocation& inv) {
    seen = inv.common();
    REQUIRE(inv.command_line.front() == "trivium");
    inv.console.Note("not shown");
    return absl::OkStatus();
  })};
  const Outcome outcome =
      Run({"x", "--seed", "5", "--threads=2", "--device", "cpu", "--resume", "--dry-run", "--quiet"}, commands);
  REQUIRE(outcome.code == 0);
  REQUIRE(outcome.err.empty());
  REQUIRE(seen.seed.value() == 5);
  REQUIRE(seen.threads == 2);
  REQUIRE(seen.device == "cpu");
  REQUIRE((seen.resume && seen.dry_run && seen.quiet && !seen.print_config));
}

TEST_CASE("config keys come from file, --set and the common flags; --print-config prints them and stops", "[cli]") {
  int64_t steps = 0, seed = 0;
  bool went_on = false;
  const std::vector<Command> commands = {Make("x", [&](Invocation& inv) {
    steps = 1;
    seed = 1;
    KeyTable table;
    table.Add("train.steps", &steps, {.help = "steps", .min = 1});
    table.Add("seed", &seed, {.help = "root seed"});
    RETURN_IF_ERROR(inv.LoadKeys(table));
    went_on = true;
    return inv.WriteResult({{"steps", steps}});
  })};
  const TempDir dir;
  Spill(dir / "c.yaml", "seed: 2\ntrain: {steps: 3}\n");
  const std::string file = (dir / "c.yaml").string();
  const Outcome printed =
      Run({"x", "--config", file, "--set", "train.steps=4", "--seed=9", "--print-config"}, commands);
  REQUIRE(printed.code == 0);
  REQUIRE(!went_on);
  REQUIRE(printed.err.empty());
  REQUIRE(printed.out == "seed: 9     # --seed\ntrain:\n  steps: 4  # --set\n");
  REQUIRE(Run({"x", "--config", file, "--json", (dir / "out.json").string()}, commands).code == 0);
  REQUIRE(went_on);
  REQUIRE(seed == 2);
  REQUIRE(nlohmann::json::parse(Slurp(dir / "out.json"))["steps"] == 3);
  const Outcome wrong = Run({"x", "--set", "train.step=4"}, commands);
  REQUIRE(wrong.code == 2);
  REQUIRE(wrong.err == "error: --set: unknown key train.step; did you mean train.steps?\n");
}

TEST_CASE("The flag --set for a command without config keys is not passed over in silence", "[cli]") {
  REQUIRE(Contains(Run({"demo", "--set", "a=1"}, Sample()).err, "had no effect"));
}

TEST_CASE("results that cannot be written are an error of exit code 4", "[cli]") {
  std::FILE* full = std::fopen("/dev/full", "w");
  REQUIRE(full != nullptr);
  CapturedConsole captured;
  {
    Console console({.out = full, .err = captured.err_file()});
    REQUIRE(RunCommands({"--help"}, Sample(), console) == 4);
  }
  std::fclose(full);
  REQUIRE(Contains(captured.Err(), "cannot write to standard output"));
}

}  // namespace trivium
