// One shard: editing, saving, and refusing anything that was not written so.
#include "memory/shard_file.h"

#include "core/base/seed_tree.h"
#include "core/base/sha256.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

ShardFile People() {
  ShardFile shard("people");
  Fact red = MakeFact("ann is red .");
  red.confidence = 0.25;
  red.subject = "ann";
  REQUIRE(shard.Add(red).ok());
  REQUIRE(shard.Add(MakeFact("the boss of ann is bob .")).ok());
  Fact named = MakeFact("bob is kind .");
  named.id = "bob-kind";
  REQUIRE(shard.Add(named).ok());
  return shard;
}

// A shard of any body, with a header that fits it.
std::string WithHeader(const std::string& body, int facts) {
  return "{\"format\":\"trivium-shard\",\"version\":1,\"facts\":" + std::to_string(facts) + ",\"sha256\":\"" +
         Sha256Hex(body) + "\"}\n" + body;
}

std::string ErrorOf(const std::string& bytes) {
  const absl::Status status = ShardFile::Parse(bytes, "x", "x.shard").status();
  REQUIRE(ExitCode(status) == 3);
  return Message(status);
}

}  // namespace

TEST_CASE("a saved shard is loaded with equal facts and equal identity", "[memory]") {
  const TempDir dir;
  const ShardFile shard = People();
  REQUIRE(shard.Save(dir / "people.shard").ok());
  const ShardFile loaded = ShardFile::Load(dir / "people.shard").value();
  REQUIRE(loaded.Facts() == shard.Facts());
  REQUIRE(loaded.name() == "people");
  REQUIRE(loaded.Sha256() == shard.Sha256());
  REQUIRE(loaded.Find("bob-kind")->text == "bob is kind .");
  REQUIRE(loaded.Find("bob-kind")->shard == "people");
  REQUIRE(Slurp(dir / "people.shard") == loaded.Serialize());
  REQUIRE(ExitCode(ShardFile::Load(dir / "none.shard").status()) == 2);
}

TEST_CASE("the file is a header line and a JSON line for each fact", "[memory]") {
  REQUIRE(ShardFile("x").Serialize() ==
          "{\"format\":\"trivium-shard\",\"version\":1,\"facts\":0,\"sha256\":"
          "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}\n");
  const std::string bytes = People().Serialize();
  REQUIRE(bytes.find("{\"id\":\"bob-kind\",\"text\":\"bob is kind .\"}\n") != std::string::npos);
  REQUIRE(bytes.find("\"subject\":\"ann\",\"confidence\":0.25}\n") != std::string::npos);
}

TEST_CASE("facts can be added, edited and deleted by id, each changing the identity", "[memory]") {
  ShardFile shard = People();
  const std::string before = shard.Sha256();
  const std::string id = FactId("ann is red .");
  REQUIRE(shard.Edit(id, "ann is blue .").ok());
  REQUIRE(shard.Find(id)->text == "ann is blue .");
  REQUIRE(shard.Find(id)->subject.empty());
  REQUIRE(shard.Find(id)->confidence == 0.25);
  REQUIRE(shard.Sha256() != before);
  REQUIRE(shard.Facts()[0].id == id);

  REQUIRE(shard.Delete(id).ok());
  REQUIRE(!shard.Find(id));
  REQUIRE(shard.size() == 2);
  REQUIRE(shard.Find("bob-kind")->text == "bob is kind .");
  REQUIRE(shard.Delete("bob-kind").ok());
  REQUIRE(shard.Facts().at(0).text == "the boss of ann is bob .");
}

TEST_CASE("the sentence that an edited fact used to hold can be added again", "[memory]") {
  ShardFile shard = People();
  const std::string id = FactId("ann is red .");
  REQUIRE(shard.Edit(id, "ann is blue .").ok());
  Fact again;
  again.text = "ann is red .";
  const std::string other = shard.Add(again).value();
  REQUIRE(other != id);
  REQUIRE(shard.Find(other)->text == "ann is red .");
  REQUIRE(ShardFile::Parse(shard.Serialize(), "people", "x").ok());
}

TEST_CASE("misuse of a shard is a usage error that names the nearest id", "[memory]") {
  ShardFile shard = People();
  const std::string before = shard.Serialize();
  REQUIRE(Message(shard.Edit("bob-knid", "x")).find("did you mean \"bob-kind\"") != std::string::npos);
  REQUIRE(ExitCode(shard.Delete("nobody")) == 2);
  REQUIRE(ExitCode(shard.Edit("bob-kind", "two\nlines")) == 2);
  REQUIRE(ExitCode(shard.Add(MakeFact("ann is red .")).status()) == 2);
  REQUIRE(ExitCode(shard.Add(MakeFact("")).status()) == 2);
  REQUIRE(ExitCode(shard.Add(MakeFact(std::string(70000, 'a'))).status()) == 2);
  REQUIRE(shard.Serialize() == before);
}

TEST_CASE("a flip of any bit and a cut at any place are noticed", "[memory]") {
  const std::string good = People().Serialize();
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] ^= static_cast<char>(1 << bit);
      if (ExitCode(ShardFile::Parse(bad, "x", "x").status()) != 3) FAIL("byte " << at << " bit " << bit);
    }
    if (ExitCode(ShardFile::Parse(good.substr(0, at), "x", "x").status()) != 3) FAIL("cut at " << at);
  }
}

TEST_CASE("a shard whose hash is right but whose content is not is refused with the line", "[memory]") {
  using Catch::Matchers::Contains;
  using std::string_literals::operator""s;
  const std::string fact = "{\"id\":\"a\",\"text\":\"t .\"}\n";
  REQUIRE(ShardFile::Parse(WithHeader(fact, 1), "x", "x").ok());
  REQUIRE_THAT(ErrorOf(WithHeader(fact, 2)), Contains("x.shard:1: ") && Contains("2 facts"));
  REQUIRE_THAT(ErrorOf(WithHeader(fact + fact, 2)), Contains("x.shard:3: ") && Contains("already"));
  REQUIRE_THAT(ErrorOf(WithHeader("{\"id\":\"a\",\"text\":\"\xff\"}\n", 1)), Contains("x.shard:2: "));
  REQUIRE_THAT(ErrorOf(WithHeader("{\"id\":\"a\",\"text\":\"t\"}\0\n"s, 1)),
               Contains("x.shard:2: ") && Contains("NUL"));
  REQUIRE_THAT(ErrorOf(WithHeader("{\"text\":\"t\"}\n", 1)), Contains("no id"));
  REQUIRE_THAT(ErrorOf(WithHeader(fact + "\n", 1)), Contains("x.shard:3: "));
  REQUIRE_THAT(ErrorOf(WithHeader("{\"id\":\"a\",\"text\":\"t\"}", 1)), Contains("not complete"));
  REQUIRE_THAT(ErrorOf(WithHeader("{\"id\":\"a\",\"text\":\"" + std::string(66000, 'a') + "\"}\n", 1)),
               Contains("66000"));
  REQUIRE_THAT(ErrorOf(WithHeader("{\"id\":\"a\",\"text\":\"" + std::string(200000, 'a') + "\"}\n", 1)),
               Contains("64 kB"));
  std::string newer = WithHeader(fact, 1);
  newer.replace(newer.find("\"version\":1"), 11, "\"version\":2");
  REQUIRE_THAT(ErrorOf(newer), Contains("version 2"));
  REQUIRE_THAT(ErrorOf(""), Contains("x.shard:1: "));
  REQUIRE_THAT(ErrorOf(std::string(1 << 20, '{')), Contains("x.shard:1: "));
}

TEST_CASE("a full disk leaves the old shard", "[memory]") {
  const SmallDisk disk(64 << 10);
  if (!disk.mounted()) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  ShardFile shard = People();
  REQUIRE(shard.Save(disk / "p.shard").ok());
  for (int i = 0; i < 2000; ++i) REQUIRE(shard.Add(MakeFact("number " + std::to_string(i) + " is a number .")).ok());
  REQUIRE(ExitCode(shard.Save(disk / "p.shard")) == 4);
  REQUIRE(ShardFile::Load(disk / "p.shard").value().size() == 3);
  REQUIRE(CountEntries(disk.path()) == 1);
}

TEST_CASE("random damage behind a fitting hash never crashes the parser", "[memory]") {
  const std::string serialized = People().Serialize();
  const std::string body = serialized.substr(serialized.find('\n') + 1);
  Rng rng(9);
  for (int i = 0; i < 5000; ++i) {
    std::string bad = body;
    for (int edits = 0; edits < 3; ++edits) bad[rng.Below(bad.size())] = static_cast<char>(rng.Below(256));
    const auto shard = ShardFile::Parse(WithHeader(bad, 3), "people", "x");
    if (!shard.ok()) REQUIRE(ExitCode(shard.status()) == 3);
  }
}

}  // namespace trivium
