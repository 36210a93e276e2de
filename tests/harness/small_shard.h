// A small shard for tests, and one-line changes of it.
#pragma once

#include <string>
#include <vector>

#include "memory/shard_edit.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {

inline constexpr char kRed[] = "ann is red .";

inline int64_t Add(Shard& shard, const std::vector<Fact>& facts) {
  ShardEdit edit = ShardEdit::Begin(shard).value();
  for (const Fact& fact : facts) REQUIRE(edit.Add(fact).ok());
  return edit.Commit("add").value();
}

inline Fact Say(const std::string& text) {
  Fact fact;
  fact.text = text;
  return fact;
}

inline Shard People(const std::filesystem::path& path) {
  Shard shard = Shard::Create(path).value();
  Fact red = MakeFact(kRed);
  red.confidence = 0.25;
  red.subject = "ann";
  red.relation = "color";
  red.object = "red";
  Fact named = MakeFact("bob is kind .");
  named.id = "bob-kind";
  named.time = "1999";
  REQUIRE(Add(shard, {red, MakeFact("the boss of ann is bob ."), named}) == 1);
  return shard;
}

inline int64_t EditText(Shard& shard, const std::string& id, const std::string& text) {
  ShardEdit edit = ShardEdit::Begin(shard).value();
  Fact fact = *shard.Find(id).value();
  fact.text = text;
  REQUIRE(edit.Edit(fact).ok());
  return edit.Commit("edit").value();
}

inline int64_t Delete(Shard& shard, const std::string& id) {
  ShardEdit edit = ShardEdit::Begin(shard).value();
  REQUIRE(edit.Delete(id).ok());
  return edit.Commit("delete").value();
}

inline int64_t Revert(Shard& shard, int64_t change) {
  ShardEdit edit = ShardEdit::Begin(shard).value();
  REQUIRE(edit.Revert(change).ok());
  return edit.Commit("revert").value();
}

}  // namespace trivium
