// The tables of a shard, word for word as they stand in the file (memory/README.md says what they mean). A file whose
// tables read otherwise is refused: a trigger or view could make our own statements do something else.
#pragma once

#include <array>
#include <cstdint>

namespace trivium {

inline constexpr int64_t kShardApplication = 0x5472766d;  // "Trvm"
inline constexpr int64_t kShardVersion = 1;

inline constexpr std::array<const char*, 5> kShardSchema = {
    R"(CREATE TABLE facts(
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  text_key TEXT NOT NULL,
  subject TEXT NOT NULL,
  relation TEXT NOT NULL,
  object TEXT NOT NULL,
  confidence REAL NOT NULL,
  source TEXT NOT NULL,
  time TEXT NOT NULL,
  created TEXT NOT NULL,
  updated TEXT NOT NULL,
  sha256 TEXT NOT NULL) STRICT)",
    "CREATE INDEX facts_text ON facts(text_key)",
    "CREATE INDEX facts_about ON facts(subject, relation) WHERE subject <> ''",
    R"(CREATE TABLE changes(
  change INTEGER PRIMARY KEY AUTOINCREMENT,
  time TEXT NOT NULL,
  command TEXT NOT NULL,
  facts INTEGER NOT NULL,
  touched INTEGER NOT NULL,
  sha256 TEXT NOT NULL) STRICT)",
    R"(CREATE TABLE history(
  change INTEGER NOT NULL,
  id TEXT NOT NULL,
  action TEXT NOT NULL,
  before TEXT NOT NULL,
  PRIMARY KEY(change, id)) STRICT, WITHOUT ROWID)",
};

}  // namespace trivium
