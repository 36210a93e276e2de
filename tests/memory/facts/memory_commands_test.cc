// `trivium memory ...` as typed: what it prints, what it changes, and its exit codes.
#include "memory/commands.h"

#include <nlohmann/json.hpp>

#include "memory/fact_search.h"
#include "tests/harness/captured_console.h"
#include "tests/harness/small_shard.h"

namespace trivium {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome Memory(const Words& words) {
  std::vector<Command> commands = MemoryCommands();
  for (const auto& more : {MemoryEditCommands(), MemoryTransferCommands()}) {
    commands.insert(commands.end(), more.begin(), more.end());
  }
  CapturedConsole captured;
  Words all = {"memory"};
  all.insert(all.end(), words.begin(), words.end());
  Outcome outcome;
  outcome.code = RunCommands(all, commands, captured.console());
  outcome.out = captured.Out();
  outcome.err = captured.Err();
  return outcome;
}

nlohmann::json JsonOf(const TempDir& dir, Words words) {
  words.insert(words.end(), {"--json", dir / "out.json"});
  REQUIRE(Memory(words).code == 0);
  return nlohmann::json::parse(Slurp(dir / "out.json"));
}

}  // namespace

TEST_CASE("add, edit, delete and revert, each a change of the log", "[memory]") {
  const TempDir dir;
  const std::string shard = dir / "p.shard";
  REQUIRE(Memory({"add", shard, kRed, "--subject", "ann", "--relation", "color", "--object", "red"}).code == 0);
  const Outcome other =
      Memory({"add", shard, "ann is blue .", "--subject", "ann", "--relation", "color", "--object", "blue"});
  REQUIRE(other.code == 0);
  REQUIRE_THAT(other.err, Contains("contradicts fact " + FactId(kRed)));
  REQUIRE(Memory({"edit", shard, "ann is blue .", "--confidence", "0.5"}).code == 0);
  REQUIRE(Memory({"edit", shard, kRed, "ann is green ."}).code == 0);
  REQUIRE(Memory({"delete", shard, FactId(kRed).substr(0, 5)}).code == 0);
  REQUIRE(JsonOf(dir, {"stats", shard})["facts"] == 1);
  REQUIRE(JsonOf(dir, {"revert", shard, "5"})["reverted"] == 5);
  REQUIRE(JsonOf(dir, {"revert", shard, "4"})["change"] == 7);
  const nlohmann::json list = JsonOf(dir, {"list", shard});
  REQUIRE(list["facts"][0]["text"] == kRed);
  REQUIRE(list["facts"][0]["object"] == "red");
  REQUIRE(list["facts"][1]["confidence"] == 0.5);
  REQUIRE(JsonOf(dir, {"log", shard})["log"].size() == 7);
  REQUIRE(JsonOf(dir, {"log", shard, "--fact", kRed})["log"].size() == 5);
  const nlohmann::json shown = JsonOf(dir, {"show", shard, kRed});
  REQUIRE(shown["history"][0]["before"] == "ann is green .");
  REQUIRE(JsonOf(dir, {"list", shard, "--about", "ann", "--relation", "color"})["total"] == 2);
  REQUIRE(JsonOf(dir, {"stats", shard})["contradicted"] == 1);
  REQUIRE(Memory({"verify", shard}).code == 0);
}

TEST_CASE("a dry run says what would happen and changes nothing", "[memory]") {
  const TempDir dir;
  const std::string shard = dir / "p.shard";
  const Outcome made = Memory({"add", shard, kRed, "--dry-run"});
  REQUIRE(made.code == 0);
  REQUIRE_THAT(made.out, Contains("would add"));
  REQUIRE(CountEntries(dir.path()) == 0);
  { People(shard); }
  const std::string before = Slurp(shard);
  Spill(dir / "more.txt", "cara is tall .\n");
  REQUIRE(Memory({"import", shard, dir / "more.txt", "--dry-run"}).code == 0);
  REQUIRE(Memory({"edit", shard, kRed, "x", "--dry-run"}).code == 0);
  REQUIRE(Memory({"delete", shard, kRed, "--dry-run"}).code == 0);
  REQUIRE(Memory({"delete", shard, kRed, "--forget", "--dry-run"}).code == 0);
  REQUIRE(Memory({"revert", shard, "1", "--dry-run"}).code == 0);
  REQUIRE(Memory({"export", shard, dir / "x.tsv", "--dry-run"}).code == 0);
  REQUIRE(Slurp(shard) == before);
  REQUIRE(CountEntries(dir.path()) == 2);
}

TEST_CASE("an import is one change and reports what it met", "[memory]") {
  const TempDir dir;
  const std::string shard = dir / "p.shard";
  { People(shard); }
  Spill(dir / "a.tsv",
        "id\ttext\tsubject\trelation\tobject\n\tann is red .\t\t\t\n\tann is blue .\tann\tcolor\tblue\n"
        "again\tbob is kind .\t\t\t\n");
  const nlohmann::json first = JsonOf(dir, {"import", shard, dir / "a.tsv"});
  REQUIRE(first["added"] == 2);
  REQUIRE(first["known"] == 1);
  REQUIRE(first["duplicates"] == 1);
  REQUIRE(first["contradictions"] == 1);
  REQUIRE(first["change"] == 2);
  Spill(dir / "b.jsonl", "{\"id\":\"bob-kind\",\"text\":\"bob is mean .\"}\n");
  const Outcome refused = Memory({"import", shard, dir / "b.jsonl"});
  REQUIRE(refused.code == 2);
  REQUIRE_THAT(refused.err, Contains("bob-kind") && Contains("--update"));
  REQUIRE(JsonOf(dir, {"import", shard, dir / "b.jsonl", "--update"})["updated"] == 1);
  REQUIRE(JsonOf(dir, {"import", shard, dir / "b.jsonl", "--update"})["change"] == 0);
  Spill(dir / "c.txt", "Dan is old. Eve is young.");
  REQUIRE(JsonOf(dir, {"import", dir / "new.shard", dir / "c.txt", "--from-text", "--source", "me"})["added"] == 2);
  REQUIRE(JsonOf(dir, {"show", dir / "new.shard", "Dan is old."})["fact"]["source"] == "me");
  Spill(dir / "bad.jsonl", "{\"text\":\"good .\"}\n{\"txt\":\"bad .\"}\n");
  const Outcome bad = Memory({"import", dir / "other.shard", dir / "bad.jsonl"});
  REQUIRE(bad.code == 2);
  REQUIRE_THAT(bad.err, Contains("bad.jsonl:2"));
  REQUIRE(!std::filesystem::exists(dir / "other.shard"));
}

TEST_CASE("what is exported can be imported again without loss", "[memory]") {
  const TempDir dir;
  const std::string shard = dir / "p.shard";
  { People(shard); }
  const std::string identity = Shard::Open(shard)->Sha256().value();
  for (const char* name : {"x.tsv", "x.jsonl"}) {
    REQUIRE(Memory({"export", shard, dir / name}).code == 0);
    const std::string copy = dir / (std::string(name) + ".shard");
    REQUIRE(Memory({"import", copy, dir / name}).code == 0);
    REQUIRE(JsonOf(dir, {"diff", shard, copy})["changed"].empty());
    REQUIRE(JsonOf(dir, {"diff", shard, dir / name})["added"].empty());
    REQUIRE(JsonOf(dir, {"diff", shard, dir / name})["removed"].empty());
  }
  REQUIRE(Memory({"export", shard, dir / "copy.shard"}).code == 0);
  REQUIRE(Shard::Open(dir / "copy.shard")->Sha256().value() == identity);
  REQUIRE(Memory({"export", shard, dir / "x.txt"}).code == 0);
  REQUIRE(Slurp(dir / "x.txt") == "ann is red .\nthe boss of ann is bob .\nbob is kind .\n");
  REQUIRE(Memory({"edit", shard, "bob is kind .", "bob is mean ."}).code == 0);
  const nlohmann::json diff = JsonOf(dir, {"diff", dir / "copy.shard", shard});
  REQUIRE(diff["changed"].size() == 1);
  REQUIRE(diff["changed"][0]["after"]["text"] == "bob is mean .");
}

TEST_CASE("wrong use of a memory command names what is wrong", "[memory]") {
  const TempDir dir;
  const std::string shard = dir / "p.shard";
  { People(shard); }
  REQUIRE(Memory({"add", dir / "facts.txt", "x ."}).code == 2);
  REQUIRE(Memory({"add", shard, kRed}).code == 2);
  REQUIRE(Memory({"add", shard, "x .", "--confidence", "2"}).code == 2);
  REQUIRE(Memory({"add", dir / "none" / "p.shard", "x ."}).code != 0);
  REQUIRE(Memory({"edit", dir / "none.shard", "x", "y"}).code == 2);
  REQUIRE_THAT(Memory({"delete", shard, "bob-kin"}).out, Contains("delete bob-kind"));  // the beginning of an id
  REQUIRE(Memory({"revert", shard, "seven"}).code == 2);
  REQUIRE(Memory({"revert", shard, "99999999999999999999"}).code == 2);
  REQUIRE(Memory({"list", dir.path()}).code == 2);
  Spill(dir / "damaged.shard", Slurp(shard).substr(0, 5000));
  REQUIRE(Memory({"verify", dir / "damaged.shard"}).code == 3);
  REQUIRE_THAT(Memory({"serach", shard, "x"}).err, Contains("memory search"));
}

TEST_CASE("rare words find a fact before common ones", "[memory]") {
  std::vector<Fact> facts;
  for (int i = 0; i < 50; ++i) facts.push_back(MakeFact("the friend of p" + std::to_string(i) + " is ann ."));
  facts.push_back(MakeFact("the boss of p7 is Bob."));
  facts.push_back(MakeFact("Zo\xc3\xab is tall ."));
  const auto found = SearchFacts(facts, "Who is the boss of p7?", 3);
  REQUIRE(found.size() == 3);
  REQUIRE(facts[found[0].index].text == "the boss of p7 is Bob.");
  REQUIRE(facts[found[1].index].text == "the friend of p7 is ann .");
  REQUIRE(found[0].score > found[1].score);
  REQUIRE(SearchFacts(facts, "zo\xc3\xab", 9).size() == 1);
  REQUIRE(SearchFacts(facts, "nothing like that", 9).empty());
  REQUIRE(SearchFacts({}, "x", 9).empty());
  REQUIRE(SearchFacts(facts, "", 9).empty());
}

}  // namespace trivium
