// What the suite says of who knows all and of who knows nothing.
#include "stage2_reasoning/grading/item_answerer.h"

#include "stage2_reasoning/grading/grade_suite.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

SuiteOptions SmallSuite() {
  SuiteOptions suite;
  suite.families = {"lookup", "relations", "rules", "way_rules"};
  suite.items_per_cell = 20;
  return suite;
}

TEST_CASE("The suite finds an exact solver right wherever the facts tell the answer", "[stage2]") {
  size_t settings = 0;
  const std::vector<ResultRow> rows = GradeSuite(SolverAnswerer(), SmallSuite()).value();
  for (const ResultRow& row : rows) {
    INFO(row.family << " " << row.depth << " " << row.setting);
    if (row.setting.ends_with("withheld")) {
      REQUIRE(row.accuracy < 1);  // the facts are gone: nobody can know
    } else if (row.setting == "false_unknown") {
      REQUIRE(row.correct == 0);
    } else {
      REQUIRE(row.accuracy == 1);
      ++settings;
    }
  }
  REQUIRE(settings > 60);
}

TEST_CASE("The suite finds a random guesser no better than its floors", "[stage2]") {
  const std::vector<ResultRow> rows = GradeSuite(RandomAnswerer(5), SmallSuite()).value();
  double right = 0, floors = 0, counted = 0;
  for (const ResultRow& row : rows) {
    if (row.setting == "false_unknown" || row.setting == "abstention") continue;
    right += row.accuracy;
    floors += row.floor;
    ++counted;
  }
  REQUIRE(right < floors);
  REQUIRE(right / counted > 0.1);
}

TEST_CASE("An item of no family and no game is refused by name", "[stage2]") {
  Item item;
  item.task = "lookupp";
  item.question = "ann is who ?";
  REQUIRE(SolverAnswerer().AnswerItems({item}, {}).status().message().find("lookup") != std::string::npos);
  REQUIRE(RandomAnswerer(1).AnswerItems({item}, {}).value()[0].text == "unknown");
}

}  // namespace
}  // namespace trivium
