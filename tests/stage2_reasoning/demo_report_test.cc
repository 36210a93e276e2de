// The demo's page shows what was graded.
#include "stage2_reasoning/demo.h"

#include "tests/torch_test.h"

#include "core/base/file_io.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/grade_suite.h"
#include "stage2_reasoning/pipeline.h"
#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"

namespace trivium {
namespace {

TEST_CASE("The demo's tables have a line for every graded cell", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  SuiteOptions suite;
  suite.families = {"relations"};
  suite.items_per_cell = 2;
  suite.games = suite.worlds = false;
  nlohmann::json rows = nlohmann::json::array();
  const std::vector<ResultRow> graded = GradeSuite(ReasonerItems(reasoner), suite).value();
  for (const ResultRow& row : graded) rows.push_back(ToJson(row));
  const std::string page =
      RenderDemo({{"stage1", {{"params", 1}, {"tokens", 2}, {"seconds", 3}, {"bits_per_byte", 0.5}}},
                  {"stage2", {{"params", 1}, {"examples", 2}, {"seconds", 3}}},
                  {"frozen_lm_sha256", {{"before", "aa"}, {"after", "aa"}}},
                  {"accuracy", rows},
                  {"edit",
                   {{"milliseconds", 1},
                    {"fact_before", "a"},
                    {"fact_after", "b"},
                    {"question", "c"},
                    {"before", "d"},
                    {"after", "e"},
                    {"expected", "e"},
                    {"others_changed", 0},
                    {"others_checked", 1}}},
                  {"trace", {{"expected", "f"}, {"text", "g"}}},
                  {"seconds", 9}});
  size_t lines = 0;
  for (size_t at = page.find("\nrelations"); at != std::string::npos; at = page.find("\nrelations", at + 1)) ++lines;
  const size_t cells = FindTaskFamily("relations").value()->training_depths().size() + suite.extra_depths;
  REQUIRE(lines == 2 * cells);  // accuracies, and what is answered without facts
}

TEST_CASE("A table of loops has a row for every depth and number of loops", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  SuiteOptions suite;
  suite.items_per_cell = 2;
  const std::vector<ResultRow> rows = LoopTable(ReasonerItems(reasoner), "relations", {1, 2, 4}, {1, 3}, suite).value();
  REQUIRE(rows.size() == 6);
  for (const ResultRow& row : rows) REQUIRE((row.setting == "loops" && row.n == 2 && row.family == "relations"));
  REQUIRE(rows[1].loops != rows[0].loops);
}

TEST_CASE("A demo of the fewest steps trains, grades, edits, explains and says so", "[stage2]") {
  TempDir temp;
  CapturedConsole console;
  DemoOptions options;
  options.minutes = 0.01;
  options.threads = 1;
  options.out = temp / "demo";
  options.console = &console.console();
  const nlohmann::json result = RunDemo(options).value();
  REQUIRE(result["frozen_lm_sha256"]["before"] == result["frozen_lm_sha256"]["after"]);
  REQUIRE(result["accuracy"].size() > 50);
  REQUIRE(LoadPipeline(options.out / "pipeline").ok());
  REQUIRE(result["edit"]["others_checked"] > 0);
  REQUIRE_FALSE(result["trace"]["text"].get<std::string>().empty());
  REQUIRE(nlohmann::json::parse(ReadFile(options.out / "demo.json", 1 << 22).value()) == result);
  REQUIRE(ReadFile(options.out / "summary.txt", 1 << 20).value() == RenderDemo(result));
  std::filesystem::create_directories(temp / "mine");
  REQUIRE(WriteFileAtomic(temp / "mine" / "letter.txt", "dear").ok());
  options.out = temp / "mine";
  REQUIRE(ExitCode(RunDemo(options).status()) == 2);
  REQUIRE(std::filesystem::exists(temp / "mine" / "letter.txt"));
}

}  // namespace
}  // namespace trivium
