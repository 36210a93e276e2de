// JSON lines of items: what is written is read back, and every fault is named with its file, line and field.
#include "core/base/status.h"
#include "tests/harness/temp_dir.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr char kGood[] = R"({"facts":["ann is red ."],"question":"ann is red ?","answer":"yes"})";

// The error that reading this text as a file gives; "" if it is read.
std::string ReadError(const TempDir& dir, const std::string& text) {
  Spill(dir / "items.jsonl", text);
  const auto items = ReadItems(dir / "items.jsonl");
  if (items.ok()) return "";
  REQUIRE(ExitCode(items.status()) == 2);
  return Message(items.status());
}

TEST_CASE("items survive writing and reading", "[tasks]") {
  const TempDir dir;
  for (const FamilyCell& cell : FamilyCells()) {
    const std::vector<Item> items = CellItems(cell, 30, 0.3);
    std::string text;
    for (const Item& item : items) text += ToJsonLine(item) + "\n";
    Spill(dir / "items.jsonl", text);
    const std::vector<Item> read = ReadItems(dir / "items.jsonl").value();
    REQUIRE(read.size() == items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      REQUIRE(read[i].id == items[i].id);
      REQUIRE(read[i].task == items[i].task);
      REQUIRE(read[i].tier == items[i].tier);
      REQUIRE(read[i].facts == items[i].facts);
      REQUIRE(read[i].question == items[i].question);
      REQUIRE(read[i].answer == items[i].answer);
      REQUIRE(read[i].answers == items[i].answers);
      REQUIRE(read[i].depth == items[i].depth);
      REQUIRE(read[i].support == items[i].support);
      REQUIRE(read[i].meta == items[i].meta);
      REQUIRE(ToJsonLine(read[i]) == ToJsonLine(items[i]));
    }
  }
}

TEST_CASE("a line needs only facts, question and answer", "[tasks]") {
  const TempDir dir;
  Spill(dir / "items.jsonl", std::string("\n  \r\n") + kGood);  // blank lines, no newline at the end
  const std::vector<Item> items = ReadItems(dir / "items.jsonl").value();
  REQUIRE(items.size() == 1);
  REQUIRE(items[0].task == "custom");
  REQUIRE(items[0].id == "custom-3");
  REQUIRE(items[0].answers == std::vector<std::string>{"yes"});
  REQUIRE(items[0].support.empty());
}

TEST_CASE("an item without id is written so that it can be read", "[tasks]") {
  const TempDir dir;
  Item item;
  item.task = "custom";
  item.facts = {"ann is red ."};
  item.question = "ann is red ?";
  item.answer = "yes";
  item.answers = {"yes"};
  REQUIRE(ReadError(dir, ToJsonLine(item)).empty());
}

TEST_CASE("a faulty line is named with file, line and field", "[tasks]") {
  const TempDir dir;
  const std::string where = (dir / "items.jsonl").string() + ":2: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"question":"q ?","answer":"a"})", "field \"facts\" is missing"},
      {R"({"facts":[],"answer":"a"})", "field \"question\" is missing"},
      {R"({"facts":[],"question":"q ?"})", "field \"answer\" is missing"},
      {R"({"facts":"a .","question":"q ?","answer":"a"})", "field \"facts\" must be a list of strings"},
      {R"({"facts":[1],"question":"q ?","answer":"a"})", "field \"facts\" must hold strings only"},
      {R"({"facts":[],"question":7,"answer":"a"})", "field \"question\" must be a string"},
      {R"({"facts":[],"question":"q ?","answer":""})", "field \"answer\" is empty"},
      {R"({"facts":[],"question":"q ?","answer":"a","answers":["b"]})", "field \"answers\" must contain"},
      {R"({"facts":[],"question":"q ?","answer":"a","answers":"a"})", "field \"answers\" must be a list"},
      {R"({"facts":[],"question":"q ?","answer":"a","tier":"2"})", "field \"tier\" must be an integer"},
      {R"({"facts":[],"question":"q ?","answer":"a","task":3})", "field \"task\" must be a string"},
      {R"({"facts":[],"question":"q ?","answer":"a","id":null})", "field \"id\" must be a string"},
      {R"({"facts":[],"question":"q ?","answer":"a","meta":[]})", "field \"meta\" must be an object"},
      {R"({"facts":[],"question":"q ?","answer":"a","meta":{"depth":1.5}})", "field \"meta.depth\" must be an integer"},
      {R"({"facts":["x"],"question":"q ?","answer":"a","meta":{"support":[1]}})",
       "field \"meta.support\" must be a list"},
      {R"({"facts":["x"],"question":"q ?","answer":"a","meta":{"support":[-1]}})", "field \"meta.support\""},
      {R"({"facts":["x"],"question":"q ?","answer":"a","meta":{"support":0}})", "field \"meta.support\""},
      {R"({"facts":["x"],"confidences":[0.5,1],"question":"q ?","answer":"a"})",
       "field \"confidences\" must be a list"},
      {R"({"facts":["x"],"confidences":[0],"question":"q ?","answer":"a"})", "field \"confidences\""},
      {R"({"facts":["x"],"confidences":[1.5],"question":"q ?","answer":"a"})", "field \"confidences\""},
      {R"({"facts":["x"],"confidences":["1"],"question":"q ?","answer":"a"})", "field \"confidences\""},
      {R"([1])", "expected one JSON object a line"},
      {R"({"facts":)", "not valid JSON"},
      {R"({"facts":[],"facts":[],"question":"q ?","answer":"a"})", "not valid JSON"},
      {"{\"facts\":[],\"question\":\"\xff\",\"answer\":\"a\"}", "not valid JSON"},
  };
  for (const auto& [line, fault] : cases) {
    const std::string error = ReadError(dir, std::string(kGood) + "\n" + line + "\n" + kGood + "\n");
    INFO(line << "\n" << error);
    REQUIRE(error.rfind(where, 0) == 0);
    REQUIRE(error.find(fault) != std::string::npos);
  }
}

TEST_CASE("an empty or missing file is an error that names it", "[tasks]") {
  const TempDir dir;
  REQUIRE(ReadError(dir, "\n\n").find("items.jsonl: holds no items") != std::string::npos);
  const auto missing = ReadItems(dir / "none.jsonl");
  REQUIRE_FALSE(missing.ok());
  REQUIRE(Message(missing.status()).find("none.jsonl") != std::string::npos);
}

TEST_CASE("damaged lines are refused or read, never a crash", "[tasks]") {
  const TempDir dir;
  const std::string line = ToJsonLine(CellItems(FamilyCells()[1], 1)[0]);
  Rng rng(4);
  for (int i = 0; i < 1000; ++i) {
    std::string text = line;
    for (uint64_t k = rng.Below(4) + 1; k > 0; --k) text[rng.Below(text.size())] = static_cast<char>(rng.Below(256));
    ReadError(dir, text);
  }
}

}  // namespace
}  // namespace trivium
