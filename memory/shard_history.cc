// The log of a shard, and its verification. See shard.h.
#include "core/artifact/json_scan.h"
#include "core/base/sha256.h"
#include "memory/fact_io.h"
#include "memory/shard.h"

namespace trivium {
namespace {

constexpr char kPosition[] = "position";

absl::StatusOr<FactChange> ParseHistory(const Statement& row) {
  FactChange change;
  change.id = row.Text(0);
  change.action = row.Text(1);
  const std::string before = row.Text(2);
  if (before.empty()) return change;
  ASSIGN_OR_RETURN(nlohmann::json json, ParseStrictJson(before));
  if (!json.is_object() || !json.contains(kPosition) || !json[kPosition].is_number_integer()) {
    return UsageError("no position");
  }
  change.position = json[kPosition].get<int64_t>();
  json.erase(kPosition);
  ASSIGN_OR_RETURN(change.before, FactFromJson(json));
  return change;
}

ShardChange ChangeAt(const Statement& row) { return {row.Int(0), row.Text(1), row.Text(2), row.Int(3), row.Int(4)}; }

}  // namespace

std::string HistoryText(const Fact& fact, int64_t position) {
  nlohmann::ordered_json json = FactToJson(fact);
  json[kPosition] = position;
  return json.dump();
}

absl::StatusOr<std::string> ChangeSha256(const Database& database, const ShardChange& change) {
  Sha256 sum;
  sum.Update(std::to_string(change.number) + "\t" + change.time + "\t" + change.command + "\t" +
             std::to_string(change.facts) + "\t" + std::to_string(change.touched) + "\n");
  ASSIGN_OR_RETURN(Statement rows,
                   database.Prepare("SELECT id, action, before FROM history WHERE change = ? ORDER BY id"));
  rows.Bind(change.number);
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return sum.Hex();
    sum.Update(rows.Text(0) + "\t" + rows.Text(1) + "\t" + rows.Text(2) + "\n");
  }
}

absl::StatusOr<std::vector<ShardChange>> Shard::Log(const std::string& fact_id, int64_t limit) const {
  const std::string of_fact = fact_id.empty() ? "" : "WHERE change IN (SELECT change FROM history WHERE id = ?) ";
  ASSIGN_OR_RETURN(Statement rows, database_->Prepare("SELECT change, time, command, facts, touched FROM changes " +
                                                      of_fact + "ORDER BY change DESC LIMIT ?"));
  if (!fact_id.empty()) rows.Bind(fact_id);
  rows.Bind(limit);
  std::vector<ShardChange> log;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return log;
    log.push_back(ChangeAt(rows));
  }
}

absl::StatusOr<ShardChange> Shard::Change(int64_t number) const {
  ASSIGN_OR_RETURN(Statement rows, database_->Prepare("SELECT change, time, command, facts, touched FROM changes WHERE "
                                                      "change = ?"));
  ASSIGN_OR_RETURN(const bool row, rows.Bind(number).Step());
  if (row) return ChangeAt(rows);
  ASSIGN_OR_RETURN(const int64_t last, database_->Number("SELECT coalesce(max(change), 0) FROM changes"));
  return UsageError(path().string() + ": there is no change " + std::to_string(number) + "; " +
                    (last == 0 ? "nothing was changed yet" : "the last one is " + std::to_string(last)));
}

absl::StatusOr<std::vector<FactChange>> Shard::ChangesOf(int64_t change) const {
  ASSIGN_OR_RETURN(Statement rows,
                   database_->Prepare("SELECT id, action, before FROM history WHERE change = ? ORDER BY id"));
  rows.Bind(change);
  std::vector<FactChange> changes;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return changes;
    absl::StatusOr<FactChange> one = ParseHistory(rows);
    if (!one.ok()) {
      return BadArtifact(path().string() + ": what change " + std::to_string(change) + " keeps of fact " +
                         rows.Text(0) + " is damaged: " + Message(one.status()));
    }
    changes.push_back(*std::move(one));
  }
}

absl::Status Shard::Verify() const {
  const std::string where = path().string() + ": ";
  ASSIGN_OR_RETURN(const std::string structure, database_->TextOf("PRAGMA integrity_check(1)"));
  if (structure != "ok") return BadArtifact(where + structure);
  int64_t facts = 0;
  RETURN_IF_ERROR(ForEach([&](const Fact&) {
    ++facts;
    return absl::OkStatus();
  }));
  // The key by which a sentence is found is derived from it; only the index would notice.
  ASSIGN_OR_RETURN(Statement keys, database_->Prepare("SELECT position, text, text_key FROM facts"));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, keys.Step());
    if (!row) break;
    if (FactId(keys.Text(1)) != keys.Text(2)) {
      return BadArtifact(where + "the text_key of fact " + std::to_string(keys.Int(0)) + " does not fit its text");
    }
  }
  ASSIGN_OR_RETURN(Statement changes,
                   database_->Prepare("SELECT change, time, command, facts, touched, sha256 FROM changes ORDER BY 1"));
  int64_t expected = 1, counted = 0, entries = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, changes.Step());
    if (!row) break;
    const ShardChange change = ChangeAt(changes);
    const std::string named = where + "change " + std::to_string(expected);
    if (change.number != expected++) return BadArtifact(named + " is missing");
    ASSIGN_OR_RETURN(const std::string sum, ChangeSha256(*database_, change));
    if (sum != changes.Text(5)) return BadArtifact(named + " is not as it was written: its SHA-256 differs");
    counted = change.facts;
    entries += change.touched;
  }
  if (facts != counted) {
    return BadArtifact(where + std::to_string(facts) + " facts, but the last change left " + std::to_string(counted));
  }
  ASSIGN_OR_RETURN(const int64_t kept, database_->Number("SELECT count(*) FROM history"));
  if (kept != entries) return BadArtifact(where + "the history holds entries of no change");
  return absl::OkStatus();
}

}  // namespace trivium
