// A shard is one file of facts that can be mounted, copied, edited and swapped: the knowledge half of a pipeline. It is
// an SQLite database in WAL mode, readable with any SQLite tool; its tables are documented in memory/README.md. One
// process writes at a time while others read; every commit is durable, every record hashed, every change reversible.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memory/fact.h"
#include "memory/sqlite.h"

namespace trivium {

// One command's worth of changes: it is committed whole, and reverted whole.
struct ShardChange {
  int64_t number = 0;   // counted from 1, never reused
  std::string time;     // ISO 8601, UTC
  std::string command;  // what was done, in words
  int64_t facts = 0;    // facts in the shard afterwards
  int64_t touched = 0;  // facts added, edited or deleted
};

// What a change did to one fact.
struct FactChange {
  std::string id;
  std::string action;          // "add", "edit", "delete" or "forget"
  std::optional<Fact> before;  // none if it was added or forgotten
  int64_t position = 0;        // of `before`
};

// Reading. Calls that find a record that is not as it was written give BadArtifact naming it. Not thread-safe: open one
// a thread. Writing: shard_edit.h.
class Shard {
 public:
  // UsageError if there is no such file; BadArtifact if it is no shard of this version.
  static absl::StatusOr<Shard> Open(const std::filesystem::path& path, DatabaseMode mode = DatabaseMode::kRead);
  // An empty shard, open for writing. Failed if the file exists.
  static absl::StatusOr<Shard> Create(const std::filesystem::path& path);

  // The file's name without its extension; stands in Fact::shard of every fact.
  const std::string& name() const { return name_; }
  const std::filesystem::path& path() const { return database_->path(); }
  const Database& database() const { return *database_; }

  absl::StatusOr<int64_t> Count() const;
  // In the order in which they were added.
  absl::StatusOr<std::vector<Fact>> Facts() const;
  absl::Status ForEach(const std::function<absl::Status(const Fact&)>& visit) const;
  absl::StatusOr<std::optional<Fact>> Find(const std::string& id) const;
  // Facts that say exactly this sentence.
  absl::StatusOr<std::vector<Fact>> FindText(const std::string& text) const;
  // relation "": any.
  absl::StatusOr<std::vector<Fact>> FindAbout(const std::string& subject, const std::string& relation) const;
  // The fact that `what` names: its id, its sentence, or the only id that begins so (at least 4 letters). UsageError
  // with the nearest id otherwise.
  absl::StatusOr<Fact> Resolve(const std::string& what) const;
  // Identity of the content: changes exactly when a fact, or the order of facts, does. Times of creation and update
  // do not count: equal facts give equal identities.
  absl::StatusOr<std::string> Sha256() const;

  // Newest first. fact_id "": changes of any fact.
  absl::StatusOr<std::vector<ShardChange>> Log(const std::string& fact_id = "", int64_t limit = INT64_MAX) const;
  // UsageError if there is none of that number.
  absl::StatusOr<ShardChange> Change(int64_t number) const;
  // In order of ids.
  absl::StatusOr<std::vector<FactChange>> ChangesOf(int64_t change) const;

  // Reads every page and every record.
  absl::Status Verify() const;
  // Writes a whole copy, history included, in the place of what stands at `path`.
  absl::Status CopyTo(const std::filesystem::path& path) const;
  // On disk, write-ahead log included.
  int64_t FileBytes() const;

 private:
  Shard(std::unique_ptr<Database> database, const std::string& name);

  absl::Status CheckSchema() const;
  absl::StatusOr<std::vector<Fact>> Select(const std::string& where, const std::vector<std::string>& values) const;
  absl::StatusOr<Fact> FactAt(const Statement& row) const;

  std::unique_ptr<Database> database_;  // statements point at it
  std::string name_;
  mutable std::map<std::string, Statement> selects_;  // by their WHERE
};

// How records are written and hashed, for shard_edit.
std::string RecordSha256(const Fact& fact, int64_t position);
std::string HistoryText(const Fact& fact, int64_t position);  // JSON: the fact's fields and "position"
// Of a change's own line and of all that it did, in order of ids.
absl::StatusOr<std::string> ChangeSha256(const Database& database, const ShardChange& change);

}  // namespace trivium
