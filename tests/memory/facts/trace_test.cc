// A trace as JSON and as text.
#include "memory/trace.h"

#include <cmath>

#include "tests/test.h"

namespace trivium {
namespace {

Trace TraceOfTwoLoops() {
  Trace trace;
  trace.question = "who is the boss of the friend of ann ?";
  trace.answer = "eve";
  trace.halted = true;
  trace.steps = {{1,
                  {{1, "b", "the boss of bob is eve .", 0.2},
                   {1, "a", "the friend of ann is bob .", 0.75},
                   {1, "c", "the boss of ann is joe .", 0.004}},
                  "bob",
                  0.5},
                 {2, {{2, "", "", 1.0}}, "eve", 0.987}};
  return trace;
}

}  // namespace

TEST_CASE("a trace's text shows the heaviest reads first and the answer of each loop", "[memory]") {
  REQUIRE(RenderTrace(TraceOfTwoLoops()) ==
          "question: who is the boss of the friend of ann ?\n"
          "  loop 1\n"
          "    read  75 %  the friend of ann is bob .  [a]\n"
          "    read  20 %  the boss of bob is eve .  [b]\n"
          "    answer bob (50 %)\n"
          "  loop 2\n"
          "    read 100 %  (no such fact)\n"
          "    answer eve (99 %)\n"
          "answer: eve\n"
          "stopped by itself after 2 loops\n");
  REQUIRE(RenderTrace(TraceOfTwoLoops(), 1).find("20 %") == std::string::npos);
}

TEST_CASE("an empty trace and numbers that are not finite can be shown", "[memory]") {
  Trace trace;
  trace.steps = {{1, {{1, "a", "t .", std::nan("")}}, "x", std::nan("")}};
  REQUIRE(RenderTrace(trace).find("read nothing") != std::string::npos);
  REQUIRE(RenderTrace(Trace()).find("after 0 loops") != std::string::npos);
}

TEST_CASE("a trace's JSON keeps every read in the reasoner's order", "[memory]") {
  const nlohmann::json json = ToJson(TraceOfTwoLoops());
  REQUIRE(json["halted"] == true);
  REQUIRE(json["steps"].size() == 2);
  REQUIRE(json["steps"][0]["reads"].size() == 3);
  REQUIRE(json["steps"][0]["reads"][0]["fact"] == "b");
  REQUIRE(json["steps"][0]["reads"][1]["weight"] == 0.75);
  REQUIRE(json["steps"][1]["answer"] == "eve");
}

TEST_CASE("what was read is told with where it lives, who said it and since when", "[memory]") {
  Trace trace = TraceOfTwoLoops();
  Fact fact = MakeFact("the friend of ann is bob .");
  fact.id = "a";
  fact.shard = "people";
  fact.source = "staff\nlist";
  fact.created = "2026-01-30T12:00:00Z";
  fact.updated = "2026-01-31T12:00:00Z";
  trace.facts = {{fact, 0.75, 0.75}};
  const std::string line = "the friend of ann is bob .  [a]  (people, from staff\uFFFDlist, since 2026-01-31)\n";
  REQUIRE(RenderTrace(trace).find("    read  75 %  " + line) != std::string::npos);
  REQUIRE(RenderEvidence(trace, 1).find(line) != std::string::npos);
  const nlohmann::json json = ToJson(trace)["facts"][0];
  REQUIRE(json["shard"] == "people");
  REQUIRE(json["source"] == fact.source);
  REQUIRE(json["created"] == fact.created);
  REQUIRE(json["updated"] == fact.updated);
}

}  // namespace trivium
