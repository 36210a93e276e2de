// One shard: editing, history, forgetting, and what is refused.
#include "memory/shard.h"

#include <limits>

#include "tests/harness/small_shard.h"

namespace trivium {
namespace {

std::string FileText(const std::filesystem::path& path) {
  std::string all = Slurp(path);
  if (std::filesystem::exists(path.string() + "-wal")) all += Slurp(path.string() + "-wal");
  return all;
}

}  // namespace

TEST_CASE("a shard is opened again with equal facts and equal identity", "[memory]") {
  const TempDir dir;
  const std::string path = dir / "people.shard";
  std::vector<Fact> facts;
  std::string sha256;
  {
    const Shard shard = People(path);
    facts = shard.Facts().value();
    sha256 = shard.Sha256().value();
  }
  const Shard shard = Shard::Open(path).value();
  REQUIRE(shard.name() == "people");
  REQUIRE(shard.Facts().value() == facts);
  REQUIRE(shard.Sha256().value() == sha256);
  REQUIRE(shard.Count().value() == 3);
  REQUIRE(facts[0].text == kRed);
  REQUIRE(facts[0].shard == "people");
  REQUIRE(facts[0].created.size() == 20);
  REQUIRE(facts[0].created == facts[0].updated);
  REQUIRE(shard.Find("bob-kind").value()->time == "1999");
  REQUIRE(!shard.Find("bob").value());
  REQUIRE(shard.FindText(kRed).value().size() == 1);
  REQUIRE(shard.FindAbout("ann", "").value().size() == 1);
  REQUIRE(shard.FindAbout("ann", "color").value().size() == 1);
  REQUIRE(shard.FindAbout("ann", "size").value().empty());
  REQUIRE(shard.Verify().ok());
  REQUIRE(ExitCode(Shard::Open(dir / "none.shard").status()) == 2);
  REQUIRE(ExitCode(Shard::Open(dir.path()).status()) == 2);
  REQUIRE(!Shard::Create(path).ok());
}

TEST_CASE("every change is one step of the log and can be undone", "[memory]") {
  const TempDir dir;
  Shard shard = People(dir / "p.shard");
  const std::string first = shard.Sha256().value();
  const std::vector<Fact> facts = shard.Facts().value();
  const std::string id = FactId(kRed);

  REQUIRE(EditText(shard, id, "ann is blue .") == 2);
  const std::string second = shard.Sha256().value();
  REQUIRE(second != first);
  REQUIRE(shard.Facts().value()[0].text == "ann is blue .");
  REQUIRE(Delete(shard, "bob-kind") == 3);
  REQUIRE(shard.Count().value() == 2);

  REQUIRE(Revert(shard, 3) == 4);
  REQUIRE(shard.Sha256().value() == second);
  REQUIRE(Revert(shard, 2) == 5);
  REQUIRE(shard.Sha256().value() == first);
  REQUIRE(shard.Facts().value() == facts);  // order and times, too
  REQUIRE(Revert(shard, 5) == 6);           // undoing can be undone
  REQUIRE(shard.Sha256().value() == second);

  const auto log = shard.Log().value();
  REQUIRE(log.size() == 6);
  REQUIRE(log[0].number == 6);
  REQUIRE(log[5].facts == 3);
  REQUIRE(log[5].touched == 3);
  REQUIRE(shard.Log(id).value().size() == 4);
  REQUIRE(shard.Log("", 2).value().size() == 2);
  const auto changes = shard.ChangesOf(2).value();
  REQUIRE(changes.size() == 1);
  REQUIRE(changes[0].action == "edit");
  REQUIRE(changes[0].before->text == kRed);
  REQUIRE(shard.Verify().ok());
}

TEST_CASE("a change cannot be undone from under a later one", "[memory]") {
  const TempDir dir;
  Shard shard = People(dir / "p.shard");
  EditText(shard, FactId(kRed), "ann is blue .");
  ShardEdit edit = ShardEdit::Begin(shard).value();
  const absl::Status early = edit.Revert(1);
  REQUIRE(ExitCode(early) == 2);
  REQUIRE(Message(early).find("change 2 touched fact " + FactId(kRed)) != std::string::npos);
  const absl::Status none = edit.Revert(9);
  REQUIRE(ExitCode(none) == 2);
  REQUIRE(Message(none).find("the last one is 2") != std::string::npos);
}

TEST_CASE("what is not committed has not happened", "[memory]") {
  const TempDir dir;
  Shard shard = People(dir / "p.shard");
  const std::string before = shard.Sha256().value();
  {
    ShardEdit edit = ShardEdit::Begin(shard).value();
    REQUIRE(edit.Add(Say("cara is tall .")).ok());
    REQUIRE(edit.Delete("bob-kind").ok());
  }
  REQUIRE(shard.Sha256().value() == before);
  ShardEdit empty = ShardEdit::Begin(shard).value();
  REQUIRE(empty.Commit("nothing").value() == 0);
  REQUIRE(shard.Log().value().size() == 1);
  REQUIRE(shard.Verify().ok());
}

TEST_CASE("readers see the last commit while a writer is at work", "[memory]") {
  const TempDir dir;
  Shard shard = People(dir / "p.shard");
  const Shard reader = Shard::Open(dir / "p.shard").value();
  ShardEdit edit = ShardEdit::Begin(shard).value();
  REQUIRE(edit.Add(Say("cara is tall .")).ok());
  REQUIRE(reader.Count().value() == 3);
  REQUIRE(edit.Commit("add").ok());
  REQUIRE(reader.Count().value() == 4);
}

TEST_CASE("forgetting takes a sentence off the disk", "[memory]") {
  const TempDir dir;
  const std::string path = dir / "p.shard";
  Shard shard = People(path);
  EditText(shard, FactId(kRed), "ann is blue .");
  EditText(shard, FactId(kRed), "ann is green .");
  REQUIRE(FileText(path).find("ann is blue") != std::string::npos);
  ShardEdit edit = ShardEdit::Begin(shard).value();
  REQUIRE(edit.Forget(FactId(kRed)).ok());
  REQUIRE(edit.Commit("forget").ok());
  for (const char* said : {"ann is red", "ann is blue", "ann is green"}) {
    INFO(said);
    REQUIRE(FileText(path).find(said) == std::string::npos);
  }
  REQUIRE(shard.Verify().ok());
  REQUIRE(shard.Count().value() == 2);
  ShardEdit undo = ShardEdit::Begin(shard).value();
  REQUIRE(ExitCode(undo.Revert(4)) == 2);
  REQUIRE(ExitCode(undo.Revert(1)) == 2);
}

TEST_CASE("misuse of a shard is a usage error that names the nearest id", "[memory]") {
  const TempDir dir;
  Shard shard = People(dir / "p.shard");
  ShardEdit edit = ShardEdit::Begin(shard).value();
  REQUIRE(ExitCode(edit.Delete("nobody")) == 2);
  REQUIRE(Message(edit.Delete("bob-knid")).find("did you mean \"bob-kind\"") != std::string::npos);
  REQUIRE(ExitCode(edit.Add(MakeFact(kRed)).status()) == 2);
  const absl::Status again = edit.Add(Say(kRed)).status();
  REQUIRE(ExitCode(again) == 2);
  REQUIRE(Message(again).find(FactId(kRed)) != std::string::npos);
  Fact bad = *shard.Find("bob-kind").value();
  bad.text = "two\nlines";
  REQUIRE(ExitCode(edit.Edit(bad)) == 2);
  REQUIRE(ExitCode(edit.Add(Say("")).status()) == 2);
  REQUIRE(ExitCode(edit.Add(Say(std::string("a\0b", 3))).status()) == 2);
  REQUIRE(ExitCode(edit.Add(Say("\xff\xfe")).status()) == 2);
  REQUIRE(ExitCode(edit.Add(Say(std::string(10 << 20, 'a'))).status()) == 2);
  Fact nan = Say("x .");
  nan.confidence = std::numeric_limits<double>::quiet_NaN();
  REQUIRE(ExitCode(edit.Add(nan).status()) == 2);
  REQUIRE(edit.Delete("bob-kind").ok());
  REQUIRE(ExitCode(edit.Delete("bob-kind")) == 2);
  REQUIRE(edit.Commit("delete").ok());
  REQUIRE(shard.Verify().ok());
}

TEST_CASE("a fact is named by its id, the beginning of its id or its sentence", "[memory]") {
  const TempDir dir;
  const Shard shard = People(dir / "p.shard");
  REQUIRE(shard.Resolve(kRed)->id == FactId(kRed));
  REQUIRE(shard.Resolve(FactId(kRed))->text == kRed);
  REQUIRE(shard.Resolve(FactId(kRed).substr(0, 6))->text == kRed);
  REQUIRE(shard.Resolve("bob-")->text == "bob is kind .");
  REQUIRE(ExitCode(shard.Resolve("bob").status()) == 2);
  REQUIRE(ExitCode(shard.Resolve("").status()) == 2);
}

TEST_CASE("SQL in a fact stays text", "[memory]") {
  const TempDir dir;
  Shard shard = Shard::Create(dir / "p.shard").value();
  const std::vector<std::string> hostile = {
      "'); DROP TABLE facts; --", "x' OR '1'='1", "\"; DELETE FROM history; --", "%", "_", "?1", "$name", "/* "};
  for (const std::string& text : hostile) {
    Fact fact = Say(text);
    fact.subject = fact.relation = fact.object = fact.source = text;
    Add(shard, {fact});
  }
  REQUIRE(shard.Count().value() == static_cast<int64_t>(hostile.size()));
  for (const std::string& text : hostile) {
    REQUIRE(shard.FindText(text).value().size() == 1);
    REQUIRE(shard.FindAbout(text, text).value().size() == 1);
    REQUIRE(shard.Resolve(text)->text == text);
    REQUIRE(shard.Log(text).value().empty());
  }
  REQUIRE(shard.Verify().ok());
}

TEST_CASE("ten thousand facts about one thing", "[memory]") {
  const TempDir dir;
  Shard shard = Shard::Create(dir / "p.shard").value();
  std::vector<Fact> facts;
  for (int i = 0; i < 10000; ++i) {
    Fact fact = Say("the friend of ann is p" + std::to_string(i) + " .");
    fact.subject = "ann";
    fact.relation = "friend";
    fact.object = "p" + std::to_string(i);
    facts.push_back(fact);
  }
  Add(shard, facts);
  REQUIRE(shard.FindAbout("ann", "friend").value().size() == 10000);
  REQUIRE(shard.Verify().ok());
  Revert(shard, 1);
  REQUIRE(shard.Count().value() == 0);
  REQUIRE(shard.Verify().ok());
}

}  // namespace trivium
