// A shard's file: damage, other people's databases, copies and full disks.
#include "tests/harness/small_shard.h"

namespace trivium {

// SQLite leaves bytes unused: a flip there changes nothing that anyone can read. Every other flip must be named.
TEST_CASE("a flip of any byte is found, or changes nothing", "[memory]") {
  const TempDir dir;
  const std::string path = dir / "p.shard";
  std::vector<Fact> facts;
  {
    Shard shard = People(path);
    EditText(shard, FactId(kRed), "ann is blue .");
    Delete(shard, "bob-kind");
    facts = shard.Facts().value();
  }
  const std::string good = Slurp(path);
  const std::string copy = dir / "copy.shard";
  int64_t named = 0, harmless = 0;
  for (size_t at = 0; at < good.size(); at += 7) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    Spill(copy, bad);
    const absl::StatusOr<Shard> shard = Shard::Open(copy);
    absl::Status status = shard.ok() ? shard->Verify() : shard.status();
    if (status.ok()) {
      ++harmless;
      Shard same = Shard::Open(copy).value();
      const auto read = same.Facts();
      if (!read.ok() || read->size() != facts.size()) FAIL("byte " << at);
      for (size_t i = 0; i < facts.size(); ++i) {
        Fact fact = (*read)[i];
        fact.shard = facts[i].shard;
        if (!(fact == facts[i])) FAIL("byte " << at);
      }
      if (same.Log()->size() != 3 || same.ChangesOf(2)->at(0).before->text != kRed) FAIL("byte " << at);
    } else {
      ++named;
      if (ExitCode(status) != 3 && ExitCode(status) != 2) FAIL("byte " << at << ": " << Message(status));
      if (Message(status).find("copy.shard") == std::string::npos) FAIL("byte " << at << ": " << Message(status));
    }
    for (const char* ending : {"-wal", "-shm"}) std::filesystem::remove(copy + ending);
  }
  CAPTURE(harmless);
  REQUIRE(named > 300);
}

TEST_CASE("files that are no shard are refused", "[memory]") {
  const TempDir dir;
  Spill(dir / "empty.shard", "");
  Spill(dir / "text.shard", std::string(5000, 'x'));
  REQUIRE(ExitCode(Shard::Open(dir / "empty.shard").status()) == 3);
  REQUIRE(ExitCode(Shard::Open(dir / "text.shard").status()) == 3);
  {
    const Database other = Database::Open(dir / "other.shard", DatabaseMode::kCreate).value();
    REQUIRE(other.Execute("CREATE TABLE facts(id)").ok());
  }
  REQUIRE(Message(Shard::Open(dir / "other.shard").status()).find("no shard") != std::string::npos);
  { People(dir / "more.shard"); }
  {
    const Database more = Database::Open(dir / "more.shard", DatabaseMode::kWrite).value();
    REQUIRE(more.Execute("CREATE TRIGGER t AFTER INSERT ON facts BEGIN DELETE FROM facts; END").ok());
  }
  const absl::Status trigger = Shard::Open(dir / "more.shard").status();
  REQUIRE(ExitCode(trigger) == 3);
  REQUIRE(Message(trigger).find("CREATE TRIGGER") != std::string::npos);
  { People(dir / "newer.shard"); }
  {
    const Database newer = Database::Open(dir / "newer.shard", DatabaseMode::kWrite).value();
    REQUIRE(newer.Execute("PRAGMA user_version = 2").ok());
  }
  REQUIRE(Message(Shard::Open(dir / "newer.shard").status()).find("version 2") != std::string::npos);
}

TEST_CASE("a record changed with another tool is found and named", "[memory]") {
  const TempDir dir;
  const std::string path = dir / "p.shard";
  const auto changed = [&](const std::string& sql) {
    std::filesystem::remove(path);
    { People(path); }
    {
      const Database other = Database::Open(path, DatabaseMode::kWrite).value();
      REQUIRE(other.Execute(sql).ok());
    }
    const absl::Status status = Shard::Open(path)->Verify();
    REQUIRE(ExitCode(status) == 3);
    return Message(status);
  };
  REQUIRE(changed("UPDATE facts SET text = 'ann is blue .' WHERE position = 1").find("fact 1 ") != std::string::npos);
  REQUIRE(changed("UPDATE facts SET text_key = '0' WHERE position = 2").find("text_key") != std::string::npos);
  REQUIRE(changed("DELETE FROM facts WHERE position = 3").find("2 facts") != std::string::npos);
  REQUIRE(changed("UPDATE changes SET command = 'x'").find("change 1") != std::string::npos);
  REQUIRE(changed("DELETE FROM changes").find("3 facts") != std::string::npos);
  REQUIRE(changed("DELETE FROM history WHERE id = 'bob-kind'").find("change 1") != std::string::npos);
  REQUIRE(changed("INSERT INTO history VALUES(7, 'x', 'add', '')").find("no change") != std::string::npos);
}

TEST_CASE("a copy is whole, with its history", "[memory]") {
  const TempDir dir;
  Shard shard = People(dir / "p.shard");
  EditText(shard, FactId(kRed), "ann is blue .");  // stands in the write-ahead log still
  REQUIRE(shard.CopyTo(dir / "copy.shard").ok());
  const Shard copy = Shard::Open(dir / "copy.shard").value();
  REQUIRE(copy.Sha256().value() == shard.Sha256().value());
  REQUIRE(copy.Log().value().size() == 2);
  REQUIRE(copy.Verify().ok());
  REQUIRE(copy.name() == "copy");
  REQUIRE(ExitCode(shard.CopyTo(dir / "no" / "copy.shard")) != 0);
  REQUIRE(CountEntries(dir.path()) == 6);  // two shards with their logs open
}

TEST_CASE("a full disk leaves the shard as it was", "[memory]") {
  const SmallDisk disk(1 << 20);
  if (!disk.mounted()) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  { People(disk / "p.shard"); }
  absl::Status status;
  {
    Shard shard = Shard::Open(disk / "p.shard", DatabaseMode::kWrite).value();
    ShardEdit edit = ShardEdit::Begin(shard).value();
    for (int i = 0; i < 20000 && status.ok(); ++i) {
      status = edit.Add(Say("number " + std::to_string(i) + " is a number .")).status();
    }
    if (status.ok()) status = edit.Commit("many").status();
  }
  REQUIRE(ExitCode(status) == 4);
  const Shard shard = Shard::Open(disk / "p.shard").value();
  REQUIRE(shard.Count().value() == 3);
  REQUIRE(shard.Verify().ok());
}

}  // namespace trivium
