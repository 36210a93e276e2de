// Reading a shard and its history. See shard.h.
#include "memory/shard.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/base/sha256.h"
#include "memory/fact_io.h"
#include "memory/shard_schema.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLeastIdPrefix = 4;
constexpr char kColumns[] =
    "SELECT position, id, text, subject, relation, object, confidence, source, time, created, updated, sha256 FROM "
    "facts ";

bool IsIdPrefix(const std::string& what) {
  return what.size() >= kLeastIdPrefix && what.find_first_of(" %_") == std::string::npos;
}

}  // namespace

std::string RecordSha256(const Fact& fact, int64_t position) {
  return Sha256Hex(std::to_string(position) + "\n" + FactToJson(fact).dump());
}

Shard::Shard(std::unique_ptr<Database> database, const std::string& name)
    : database_(std::move(database)), name_(name) {}

absl::StatusOr<Shard> Shard::Open(const fs::path& path, DatabaseMode mode) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, mode));
  Shard shard(std::make_unique<Database>(std::move(database)), path.stem().string());
  RETURN_IF_ERROR(shard.CheckSchema());
  return shard;
}

absl::StatusOr<Shard> Shard::Create(const fs::path& path) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, DatabaseMode::kCreate));
  Shard shard(std::make_unique<Database>(std::move(database)), path.stem().string());
  std::string make = "BEGIN IMMEDIATE; PRAGMA application_id = " + std::to_string(kShardApplication) +
                     "; PRAGMA user_version = " + std::to_string(kShardVersion) + "; ";
  for (const char* statement : kShardSchema) make += std::string(statement) + "; ";
  RETURN_IF_ERROR(shard.database_->Execute(make + "COMMIT;"));
  return shard;
}

absl::Status Shard::CheckSchema() const {
  const std::string where = path().string();
  ASSIGN_OR_RETURN(const int64_t application, database_->Number("PRAGMA application_id"));
  if (application != kShardApplication) return BadArtifact(where + " is an SQLite database, but no shard");
  ASSIGN_OR_RETURN(const int64_t version, database_->Number("PRAGMA user_version"));
  if (version != kShardVersion) {
    return BadArtifact(where + " is a shard of version " + std::to_string(version) + "; this program reads version " +
                       std::to_string(kShardVersion));
  }
  std::set<std::string> expected(kShardSchema.begin(), kShardSchema.end());
  ASSIGN_OR_RETURN(Statement tables, database_->Prepare("SELECT coalesce(sql, '') FROM sqlite_schema WHERE name NOT "
                                                        "LIKE 'sqlite_%'"));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, tables.Step());
    if (!row) break;
    if (expected.erase(tables.Text(0)) == 0) {
      return BadArtifact(where + ": '" + tables.Text(0).substr(0, 60) + "' is no table of a shard");
    }
  }
  if (!expected.empty()) return BadArtifact(where + ": '" + expected.begin()->substr(0, 60) + "' is missing");
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Shard::Count() const { return database_->Number("SELECT count(*) FROM facts"); }

absl::StatusOr<Fact> Shard::FactAt(const Statement& row) const {
  Fact fact;
  const int64_t position = row.Int(0);
  fact.id = row.Text(1);
  fact.text = row.Text(2);
  fact.subject = row.Text(3);
  fact.relation = row.Text(4);
  fact.object = row.Text(5);
  fact.confidence = row.Real(6);
  fact.source = row.Text(7);
  fact.time = row.Text(8);
  fact.created = row.Text(9);
  fact.updated = row.Text(10);
  fact.shard = name_;
  const std::string place = path().string() + ": fact " + std::to_string(position) + " ";
  const absl::Status valid = ValidateFact(fact);
  if (!valid.ok()) return BadArtifact(place + "is damaged: " + Message(valid));
  if (RecordSha256(fact, position) != row.Text(11)) {
    return BadArtifact(place + "(id " + fact.id + ") is not as it was written: its SHA-256 differs");
  }
  return fact;
}

absl::Status Shard::ForEach(const std::function<absl::Status(const Fact&)>& visit) const {
  ASSIGN_OR_RETURN(Statement rows, database_->Prepare(std::string(kColumns) + "ORDER BY position"));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Fact fact, FactAt(rows));
    RETURN_IF_ERROR(visit(fact));
  }
}

absl::StatusOr<std::vector<Fact>> Shard::Facts() const {
  std::vector<Fact> facts;
  RETURN_IF_ERROR(ForEach([&](const Fact& fact) {
    facts.push_back(fact);
    return absl::OkStatus();
  }));
  return facts;
}

absl::StatusOr<std::vector<Fact>> Shard::Select(const std::string& where,
                                                const std::vector<std::string>& values) const {
  // Kept, as an import asks the same for every fact.
  const auto [known, is_new] = selects_.try_emplace(where);
  if (is_new) {
    absl::StatusOr<Statement> prepared = database_->Prepare(kColumns + where + " ORDER BY position");
    if (!prepared.ok()) {
      selects_.erase(known);
      return prepared.status();
    }
    known->second = *std::move(prepared);
  }
  Statement& rows = known->second;
  rows.Reset();
  for (const std::string& value : values) rows.Bind(value);
  std::vector<Fact> facts;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return facts;
    ASSIGN_OR_RETURN(Fact fact, FactAt(rows));
    facts.push_back(std::move(fact));
  }
}

absl::StatusOr<std::optional<Fact>> Shard::Find(const std::string& id) const {
  ASSIGN_OR_RETURN(const std::vector<Fact> found, Select("WHERE id = ?", {id}));
  return found.empty() ? std::nullopt : std::optional<Fact>(found[0]);
}

absl::StatusOr<std::vector<Fact>> Shard::FindText(const std::string& text) const {
  return Select("WHERE text_key = ? AND text = ?", {FactId(text), text});
}

absl::StatusOr<std::vector<Fact>> Shard::FindAbout(const std::string& subject, const std::string& relation) const {
  if (relation.empty()) return Select("WHERE subject <> '' AND subject = ?", {subject});
  return Select("WHERE subject <> '' AND subject = ? AND relation = ?", {subject, relation});
}

absl::StatusOr<Fact> Shard::Resolve(const std::string& what) const {
  ASSIGN_OR_RETURN(const std::optional<Fact> by_id, Find(what));
  if (by_id) return *by_id;
  ASSIGN_OR_RETURN(std::vector<Fact> found, FindText(what));
  if (found.empty() && IsIdPrefix(what)) {
    ASSIGN_OR_RETURN(found, Select("WHERE id >= ? AND id < ?", {what, what + "\x7f"}));
  }
  if (found.size() == 1) return found[0];
  const std::string where = path().string() + ": ";
  if (found.size() > 1) {
    return UsageError(where + "'" + what + "' names " + std::to_string(found.size()) + " facts, first " + found[0].id +
                      " and " + found[1].id + "; give a whole id");
  }
  constexpr char kSomeIds[] = "SELECT id FROM facts ORDER BY position LIMIT 10000";
  ASSIGN_OR_RETURN(Statement rows, database_->Prepare(kSomeIds));
  std::vector<std::string> ids;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    ids.push_back(rows.Text(0));
  }
  const std::string nearest = Nearest(what, ids);
  return UsageError(where + "no fact has the id or sentence '" + what + "'" +
                    (nearest.empty() ? "; see 'trivium memory list'" : "; did you mean \"" + nearest + "\"?"));
}

absl::StatusOr<std::string> Shard::Sha256() const {
  trivium::Sha256 sum;
  RETURN_IF_ERROR(ForEach([&](const Fact& fact) {
    Fact timeless = fact;
    timeless.created.clear();
    timeless.updated.clear();
    sum.Update(FactToJson(timeless).dump() + "\n");
    return absl::OkStatus();
  }));
  return sum.Hex();
}

absl::Status Shard::CopyTo(const fs::path& path) const {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const fs::path part = folder / ("." + path.filename().string() + ".tmp-" + std::to_string(getpid()));
  std::error_code error;
  fs::remove(part, error);
  absl::Status status = database_->CopyTo(part);
  if (status.ok() && std::rename(part.c_str(), path.c_str()) != 0) status = ErrnoStatus(errno, "cannot rename", part);
  if (!status.ok()) {
    fs::remove(part, error);
    return status;
  }
  return SyncDirectory(folder);
}

int64_t Shard::FileBytes() const {
  int64_t bytes = 0;
  for (const char* ending : {"", "-wal"}) {
    std::error_code error;
    const uintmax_t size = fs::file_size(path().string() + ending, error);
    if (!error) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

}  // namespace trivium
