// Rows, Wilson intervals (values computed in Python from the formula) and the table.
#include "core/metrics/result_row.h"

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

TEST_CASE("the table aligns its columns", "[metrics]") {
  const std::string table = RenderTable({MakeRow("relations", 1, "held_out", "8", 95, 100, 0.1),
                                         MakeRow("rules", 12, "swapped_world", "auto", 0, 0, 0.333)});
  REQUIRE(table ==
          "family     depth  setting        loops    n  accuracy %  95 % interval  floor %\n"
          "relations      1  held_out           8  100        95.0    88.8 - 97.8     10.0\n"
          "rules         12  swapped_world   auto    0           -              -     33.3\n");
}

}  // namespace trivium
