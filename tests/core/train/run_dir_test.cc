// Which folders may be begun or resumed, and how configs are compared.
#include "core/train/run_dir.h"

#include "tests/harness/temp_dir.h"
#include "tests/torch_test.h"

using namespace trivium;

TEST_CASE("Config differences name the keys and leave out what cannot change the weights", "[core/train]") {
  const std::string before = "seed: 1\nmodel:\n  width: 64\ntrain:\n  steps: 10\n  log_every: 5\n";
  const std::string after = "seed: 1\nmodel:\n  width: 96\n  heads: 2\ntrain:\n  steps: 10\n  log_every: 7\n";
  const std::vector<std::string> differences = ConfigDifferences(before, after);
  REQUIRE(differences == std::vector<std::string>{"model.heads: was not there, is 2", "model.width: was 64, is 96"});
  REQUIRE(ConfigDifferences(before, before).empty());
  // A key that did not exist yet had its default.
  REQUIRE(ConfigDifferences(before, after, "model:\n  heads: 2\n  width: 96\n") ==
          std::vector<std::string>{"model.width: was 64, is 96"});
  REQUIRE(ConfigDifferences(before, after, "model:\n  heads: 4\n")[0] == "model.heads: was 4, is 2");
}

TEST_CASE("A new run does not overwrite one, and resuming needs one", "[core/train]") {
  const TempDir dir;
  TrainOptions options;
  options.run_dir = dir / "run";
  options.config_yaml = "seed: 1\n";
  options.resume = true;
  REQUIRE(ExitCode(OpenRunDir(options, {})) == 2);
  REQUIRE_FALSE(std::filesystem::exists(options.run_dir));
  options.resume = false;
  REQUIRE(OpenRunDir(options, {{"extra.txt", "hello"}}).ok());
  REQUIRE(Slurp(options.run_dir / "extra.txt") == "hello");
  REQUIRE(Slurp(options.run_dir / "config.yaml") == "seed: 1\n");
  REQUIRE(ExitCode(OpenRunDir(options, {})) == 2);
  options.resume = true;
  REQUIRE(OpenRunDir(options, {}).ok());
}
