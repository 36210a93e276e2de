// Writing facts, and the history that undoes it. See shard_edit.h.
#include "memory/shard_edit.h"

#include <ctime>
#include <optional>
#include <utility>

#include "memory/fact_io.h"

namespace trivium {
namespace {

std::string UtcNow() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

constexpr size_t kShownBytes = 60;

std::string Shortened(const std::string& text) {
  return text.size() <= kShownBytes ? text : text.substr(0, kShownBytes) + "...";
}

}  // namespace

absl::StatusOr<ShardEdit> ShardEdit::Begin(Shard& shard) {
  RETURN_IF_ERROR(shard.database().Execute("BEGIN IMMEDIATE"));
  ShardEdit edit(shard, UtcNow());  // rolls back from here on
  RETURN_IF_ERROR(edit.Prepare());
  return edit;
}

absl::Status ShardEdit::Prepare() {
  // No number is given out twice, not even after what bore it is gone.
  ASSIGN_OR_RETURN(const std::vector<ShardChange> last, shard_->Log("", 1));
  change_ = last.empty() ? 1 : last[0].number + 1;
  facts_ = last.empty() ? 0 : last[0].facts;
  ASSIGN_OR_RETURN(next_position_,
                   database_->Number("SELECT 1 + coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'facts'"));
  ASSIGN_OR_RETURN(insert_, database_->Prepare("INSERT INTO facts VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  ASSIGN_OR_RETURN(record_, database_->Prepare("INSERT INTO history VALUES(?, ?, ?, ?)"));
  ASSIGN_OR_RETURN(remove_, database_->Prepare("DELETE FROM facts WHERE id = ?"));
  ASSIGN_OR_RETURN(by_id_, database_->Prepare("SELECT position FROM facts WHERE id = ?"));
  ASSIGN_OR_RETURN(by_text_, database_->Prepare("SELECT id FROM facts WHERE text_key = ? AND text = ?"));
  ASSIGN_OR_RETURN(touched_before_, database_->Prepare("SELECT 1 FROM history WHERE change = ? AND id = ?"));
  return absl::OkStatus();
}

ShardEdit::ShardEdit(Shard& shard, const std::string& now) : shard_(&shard), database_(&shard.database()), now_(now) {}

ShardEdit::ShardEdit(ShardEdit&& other) noexcept
    : shard_(std::exchange(other.shard_, nullptr)),
      database_(other.database_),
      change_(other.change_),
      next_position_(other.next_position_),
      facts_(other.facts_),
      touched_(other.touched_),
      forgot_(other.forgot_),
      rehashed_(std::move(other.rehashed_)),
      now_(std::move(other.now_)),
      insert_(std::move(other.insert_)),
      remove_(std::move(other.remove_)),
      record_(std::move(other.record_)),
      by_id_(std::move(other.by_id_)),
      by_text_(std::move(other.by_text_)),
      touched_before_(std::move(other.touched_before_)) {}

ShardEdit::~ShardEdit() {
  if (shard_ != nullptr) (void)database_->Execute("ROLLBACK");
}

absl::Status ShardEdit::Insert(const Fact& fact, int64_t position) {
  ++facts_;
  insert_.Bind(position).Bind(fact.id).Bind(fact.text).Bind(FactId(fact.text));
  insert_.Bind(fact.subject).Bind(fact.relation).Bind(fact.object).Bind(fact.confidence);
  insert_.Bind(fact.source).Bind(fact.time).Bind(fact.created).Bind(fact.updated);
  return insert_.Bind(RecordSha256(fact, position)).Run();
}

absl::Status ShardEdit::Remove(const std::string& id) {
  --facts_;
  return remove_.Bind(id).Run();
}

absl::StatusOr<int64_t> ShardEdit::PositionOf(const std::string& id) {
  ASSIGN_OR_RETURN(const bool row, by_id_.Bind(id).Step());
  const int64_t position = row ? by_id_.Int(0) : 0;
  by_id_.Reset();
  return position;
}

absl::Status ShardEdit::Record(const std::string& id, const char* action, const Fact* before, int64_t position) {
  ASSIGN_OR_RETURN(const bool twice, touched_before_.Bind(change_).Bind(id).Step());
  touched_before_.Reset();
  if (twice) return UsageError("fact " + id + " was touched already in this change");
  ++touched_;
  return record_.Bind(change_)
      .Bind(id)
      .Bind(action)
      .Bind(before == nullptr ? "" : HistoryText(*before, position))
      .Run();
}

absl::StatusOr<std::string> ShardEdit::Add(Fact fact) {
  RETURN_IF_ERROR(ValidateFact(fact));
  if (fact.id.empty()) {
    ASSIGN_OR_RETURN(const bool known, by_text_.Bind(FactId(fact.text)).Bind(fact.text).Step());
    const std::string id = known ? by_text_.Text(0) : "";
    by_text_.Reset();
    if (known) return UsageError("fact " + id + " says this already: '" + Shortened(fact.text) + "'");
    ASSIGN_OR_RETURN(fact.id, FreeId(fact.text));
  } else {
    ASSIGN_OR_RETURN(const int64_t taken, PositionOf(fact.id));
    if (taken != 0) return UsageError("the id \"" + fact.id + "\" is taken");
  }
  if (fact.created.empty()) fact.created = now_;
  if (fact.updated.empty()) fact.updated = fact.created;
  RETURN_IF_ERROR(Record(fact.id, "add", nullptr, 0));
  RETURN_IF_ERROR(Insert(fact, next_position_));
  ++next_position_;
  return fact.id;
}

absl::StatusOr<std::string> ShardEdit::FreeId(const std::string& text) {
  std::string id = FactId(text);
  for (int64_t i = 2;; ++i) {
    ASSIGN_OR_RETURN(const int64_t taken, PositionOf(id));
    if (taken == 0) return id;
    id = FactId(text + "\n" + std::to_string(i));
  }
}

absl::StatusOr<Fact> ShardEdit::Known(const std::string& id) {
  ASSIGN_OR_RETURN(const Fact fact, shard_->Resolve(id));
  if (fact.id != id)
    return UsageError(shard_->path().string() + ": there is no fact " + id + "; did you mean " + fact.id + "?");
  return fact;
}

absl::Status ShardEdit::Edit(Fact fact) {
  RETURN_IF_ERROR(ValidateFact(fact));
  ASSIGN_OR_RETURN(const Fact before, Known(fact.id));
  ASSIGN_OR_RETURN(const int64_t position, PositionOf(fact.id));
  fact.created = before.created;
  fact.updated = now_;
  RETURN_IF_ERROR(Record(fact.id, "edit", &before, position));
  RETURN_IF_ERROR(Remove(fact.id));
  return Insert(fact, position);
}

absl::Status ShardEdit::Delete(const std::string& id) {
  ASSIGN_OR_RETURN(const Fact before, Known(id));
  ASSIGN_OR_RETURN(const int64_t position, PositionOf(id));
  RETURN_IF_ERROR(Record(id, "delete", &before, position));
  return Remove(id);
}

absl::Status ShardEdit::Forget(const std::string& id) {
  RETURN_IF_ERROR(Known(id).status());
  RETURN_IF_ERROR(Record(id, "forget", nullptr, 0));
  forgot_ = true;
  RETURN_IF_ERROR(Remove(id));
  ASSIGN_OR_RETURN(Statement changes, database_->Prepare("SELECT change FROM history WHERE id = ? AND before <> ''"));
  changes.Bind(id);
  while (true) {
    ASSIGN_OR_RETURN(const bool row, changes.Step());
    if (!row) break;
    rehashed_.insert(changes.Int(0));
  }
  ASSIGN_OR_RETURN(
      Statement erase,
      database_->Prepare("UPDATE history SET before = '', action = 'forget' WHERE id = ? AND before <> ''"));
  return erase.Bind(id).Run();
}

absl::Status ShardEdit::CheckRevertible(int64_t change) {
  const std::string what = shard_->path().string() + ": change " + std::to_string(change) + " ";
  RETURN_IF_ERROR(shard_->Change(change).status());
  ASSIGN_OR_RETURN(Statement later,
                   database_->Prepare("SELECT change, id, before FROM history WHERE change > ?1 AND id IN (SELECT id "
                                      "FROM history WHERE change = ?1) ORDER BY change"));
  later.Bind(change);
  std::set<std::string> seen;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, later.Step());
    if (!row) return absl::OkStatus();
    const std::string id = later.Text(1);
    if (!seen.insert(id).second) continue;
    // The first change after it kept what this one had left. Unless the fact stands so again, undoing would lose more.
    ASSIGN_OR_RETURN(const std::optional<Fact> fact, shard_->Find(id));
    ASSIGN_OR_RETURN(const int64_t position, PositionOf(id));
    if ((fact ? HistoryText(*fact, position) : "") != later.Text(2)) {
      return UsageError(what + "cannot be undone alone: change " + std::to_string(later.Int(0)) + " touched fact " +
                        id + " after it; revert that one first");
    }
  }
}

absl::Status ShardEdit::Revert(int64_t change) {
  RETURN_IF_ERROR(CheckRevertible(change));
  ASSIGN_OR_RETURN(const std::vector<FactChange> undone, shard_->ChangesOf(change));
  for (const FactChange& one : undone) {
    if (one.action == "forget") {
      return UsageError(shard_->path().string() + ": change " + std::to_string(change) + " forgot fact " + one.id +
                        ": its text is gone");
    }
  }
  for (const FactChange& one : undone) {
    if (one.action == "add") {
      RETURN_IF_ERROR(Delete(one.id));
      continue;
    }
    if (one.action == "delete") {
      RETURN_IF_ERROR(Record(one.id, "add", nullptr, 0));
    } else {
      ASSIGN_OR_RETURN(const Fact now, Known(one.id));
      RETURN_IF_ERROR(Record(one.id, "edit", &now, one.position));
      RETURN_IF_ERROR(Remove(one.id));
    }
    RETURN_IF_ERROR(Insert(*one.before, one.position));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ShardEdit::Commit(const std::string& command) {
  if (touched_ == 0) return 0;
  const Database& database = *database_;
  const ShardChange change = {change_, now_, command, facts_, touched_};
  ASSIGN_OR_RETURN(const std::string sha256, ChangeSha256(database, change));
  ASSIGN_OR_RETURN(Statement insert, database.Prepare("INSERT INTO changes VALUES(?, ?, ?, ?, ?, ?)"));
  insert.Bind(change.number).Bind(change.time).Bind(change.command).Bind(change.facts).Bind(change.touched);
  RETURN_IF_ERROR(insert.Bind(sha256).Run());
  ASSIGN_OR_RETURN(Statement rehash, database.Prepare("UPDATE changes SET sha256 = ? WHERE change = ?"));
  for (const int64_t number : rehashed_) {
    ASSIGN_OR_RETURN(const ShardChange old, shard_->Change(number));
    ASSIGN_OR_RETURN(const std::string sum, ChangeSha256(database, old));
    RETURN_IF_ERROR(rehash.Bind(sum).Bind(number).Run());
  }
  RETURN_IF_ERROR(database.Execute("COMMIT"));
  shard_ = nullptr;
  // What was forgotten stands in the write-ahead log until it is emptied.
  if (forgot_) RETURN_IF_ERROR(database.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  return change_;
}

}  // namespace trivium
