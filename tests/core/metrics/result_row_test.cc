// Rows, Wilson intervals (values computed in Python from the formula) and the table.
#include "core/metrics/result_row.h"

#include <cmath>
#include <vector>

#include "tests/test.h"

namespace trivium {

TEST_CASE("Wilson intervals have the formula's values", "[metrics]") {
  REQUIRE(Wilson(95, 100).low == Approx(0.8882495307680808).epsilon(1e-12));
  REQUIRE(Wilson(95, 100).high == Approx(0.9784563208456319).epsilon(1e-12));
  REQUIRE(Wilson(1, 3).low == Approx(0.06149194472039615).epsilon(1e-12));
  REQUIRE(Wilson(0, 10).low == 0.0);
  REQUIRE(Wilson(0, 10).high == Approx(0.2775327998628892).epsilon(1e-12));
  REQUIRE(Wilson(10, 10).high == 1.0);
}

TEST_CASE("no items give the whole interval and no division by zero", "[metrics]") {
  const ResultRow row = MakeRow("relations", 1, "held_out", "8", 0, 0, 0.1);
  REQUIRE(row.accuracy == 0.0);
  REQUIRE(row.low == 0.0);
  REQUIRE(row.high == 1.0);
  REQUIRE(Wilson(7, 3).high == 1.0);
}

TEST_CASE("a row's JSON has the ten keys of the shared form", "[metrics]") {
  const nlohmann::json json = ToJson(MakeRow("rules", 2, "facts_withheld", "auto", 3, 4, 0.5));
  REQUIRE(json.size() == 10);
  REQUIRE(json["family"] == "rules");
  REQUIRE(json["depth"] == 2);
  REQUIRE(json["setting"] == "facts_withheld");
  REQUIRE(json["loops"] == "auto");
  REQUIRE(json["n"] == 4);
  REQUIRE(json["correct"] == 3);
  REQUIRE(json["accuracy"] == 0.75);
  REQUIRE(json["floor"] == 0.5);
  REQUIRE(json["low"] < 0.75);
  REQUIRE(json["high"] > 0.75);
}

TEST_CASE("the spread of groups widens an interval, and never narrows it", "[metrics]") {
  // Accuracies .9 .8 .7: deviation .1, t(2) 4.303: .8 +- .2484.
  const ResultRow apart = MakeRowOfGroups("relations", 1, "world", "8", {90, 80, 70}, 100, Floors{});
  REQUIRE(apart.n == 300);
  REQUIRE(apart.correct == 240);
  REQUIRE(apart.low == Approx(0.8 - 4.303 * 0.1 / std::sqrt(3.0)).epsilon(1e-9));
  REQUIRE(apart.high == 1.0);
  const ResultRow alike = MakeRowOfGroups("relations", 1, "world", "8", {80, 80, 80}, 100, Floors{});
  REQUIRE(alike.low == Wilson(240, 300).low);
  REQUIRE(alike.high == Wilson(240, 300).high);
}

TEST_CASE("measured floors stand in a row and its JSON, the best of them as its floor", "[metrics]") {
  const ResultRow row = MakeRow("rules", 2, "held_out", "8", 3, 4, Floors{0.5, 0.4, 0.6, "the first value"});
  REQUIRE(row.floor == 0.6);
  REQUIRE(ToJson(row)["floors"] ==
          nlohmann::json({{"random", 0.5}, {"commonest", 0.4}, {"single_clue", 0.6}, {"clue", "the first value"}}));
}

TEST_CASE("the table aligns its columns", "[metrics]") {
  const std::string table = RenderTable({MakeRow("relations", 1, "held_out", "8", 95, 100, 0.1),
                                         MakeRow("rules", 12, "swapped_world", "auto", 0, 0, 0.333)});
  REQUIRE(table ==
          "family     depth  setting        loops    n  accuracy %  95 % interval  floor %\n"
          "relations      1  held_out           8  100        95.0    88.8 - 97.8     10.0\n"
          "rules         12  swapped_world   auto    0           -              -     33.3\n");
}

}  // namespace trivium
