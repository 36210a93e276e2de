// How rungs are written, and how those that cannot be trained are refused. Ladders as runs: tests/cli/rungs.sh.
#include "stage2_reasoning/training/rungs.h"

#include "tests/torch_test.h"

namespace trivium {
namespace {

TEST_CASE("A rung is families and steps", "[stage2]") {
  const std::vector<Rung> rungs = ParseRungs({"lookup 300", "plain_rules  told_rules 4800"}).value();
  REQUIRE(rungs.size() == 2);
  REQUIRE(rungs[0].families == std::vector<std::string>{"lookup"});
  REQUIRE(rungs[0].steps == 300);
  REQUIRE(rungs[1].families == std::vector<std::string>{"plain_rules", "told_rules"});
  REQUIRE(rungs[1].ToString() == "plain_rules told_rules 4800");
  REQUIRE(ParseRungs({}).value().empty());
}

TEST_CASE("A rung that cannot be trained is named, with the nearest family", "[stage2]") {
  const auto message = [](const std::string& text) {
    return std::string(ParseRungs({"lookup 3", text}).status().message());
  };
  for (const char* text : {"", "lookup", "lookup 0", "lookup -3", "lookup 3.5", "lookup 99999999999999999999"}) {
    INFO(text);
    REQUIRE(message(text).find("rung 2") != std::string::npos);
    REQUIRE(message(text).find("number of steps") != std::string::npos);
  }
  REQUIRE(message("300").find("names no family") != std::string::npos);
  REQUIRE(message("lokup 300").find("lookup") != std::string::npos);
  REQUIRE(message("lokup 300").find("rung 2") != std::string::npos);
}

}  // namespace
}  // namespace trivium
