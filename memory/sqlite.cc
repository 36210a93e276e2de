// See sqlite.h.
#include "memory/sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

#include "core/base/file_io.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr int kMostBytes = 1 << 20;  // of a string or row
absl::Status CheckFile(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return UsageError("there is no shard at " + path.string());
  if (!fs::is_regular_file(status)) return UsageError(path.string() + " is no regular file");
  return absl::OkStatus();
}

// A shard on a medium that cannot be written to cannot have the index of its write-ahead log made beside it.
bool OnReadOnlyMedium(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return access(folder.c_str(), W_OK) != 0 && !fs::exists(path.string() + "-wal");
}

// As SQLite wants file names in a URI.
std::string UriOf(const fs::path& path) {
  std::string uri = "file:";
  for (const char c : path.string()) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 4> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "%%%02X", static_cast<unsigned>(byte));
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '/' || c == '.' || c == '_' || c == '-');
    uri += plain ? std::string(1, c) : std::string(escaped.data());
  }
  return uri + "?immutable=1";
}

}  // namespace

Statement::Statement(Statement&& other) noexcept { *this = std::move(other); }

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(database_, other.database_);
  std::swap(bound_, other.bound_);
  std::swap(bind_error_, other.bind_error_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::Bind(std::string_view text) {
  const int code = sqlite3_bind_text(handle_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::Bind(int64_t number) {
  const int code = sqlite3_bind_int64(handle_, ++bound_, number);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::Bind(double number) {
  const int code = sqlite3_bind_double(handle_, ++bound_, number);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  bound_ = 0;
  bind_error_ = SQLITE_OK;
  // The message belongs to the connection's last call: take it before the reset.
  const absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : database_->Error(code);
  sqlite3_reset(handle_);
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() {
  ASSIGN_OR_RETURN(const bool row, Step());
  if (row) Reset();
  return absl::OkStatus();
}

void Statement::Reset() {
  sqlite3_reset(handle_);
  bound_ = 0;
}

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return text == nullptr ? "" : std::string(text, static_cast<size_t>(sqlite3_column_bytes(handle_, column)));
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(handle_, column); }

double Statement::Real(int column) const { return sqlite3_column_double(handle_, column); }

absl::StatusOr<Database> Database::Open(const fs::path& path, DatabaseMode mode) {
  if (mode == DatabaseMode::kCreate) {
    // Made here and not by SQLite, so that an existing file is never opened by mistake.
    ASSIGN_OR_RETURN(NewFile file, NewFile::Create(path));
    RETURN_IF_ERROR(file.Close());
    RETURN_IF_ERROR(SyncDirectory(path.has_parent_path() ? path.parent_path() : fs::path(".")));
  } else {
    RETURN_IF_ERROR(CheckFile(path));
  }
  sqlite3* handle = nullptr;
  // Whoever closes a database last empties its log, if it may write.
  const bool writable = mode != DatabaseMode::kRead || access(path.c_str(), W_OK) == 0;
  const bool immutable = mode == DatabaseMode::kRead && OnReadOnlyMedium(path);
  const std::string name = immutable ? UriOf(path) : path.string();
  const int flags = (writable && !immutable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE | (immutable ? SQLITE_OPEN_URI : 0);
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Database database(handle, path);
  if (code != SQLITE_OK) return database.Error(code);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMostBytes);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  // Deleted facts are overwritten, not only unlinked. A commit is on the disk when it is said to be.
  RETURN_IF_ERROR(database.Execute(
      "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; "
      "PRAGMA synchronous=FULL;"));
  if (mode == DatabaseMode::kCreate) RETURN_IF_ERROR(database.Execute("PRAGMA journal_mode=WAL;"));
  if (mode == DatabaseMode::kRead) RETURN_IF_ERROR(database.Execute("PRAGMA query_only=ON;"));
  return database;
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), path_(std::move(other.path_)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

Database::~Database() { sqlite3_close_v2(handle_); }

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) const {
  Statement statement;
  statement.database_ = this;
  const int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement.handle_, nullptr);
  if (code != SQLITE_OK) return Error(code);
  return statement;
}

absl::Status Database::Execute(const std::string& sql) const {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<int64_t> Database::Number(std::string_view sql) const {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Failed(path_.string() + ": no row for " + std::string(sql));
  return statement.Int(0);
}

absl::StatusOr<std::string> Database::TextOf(std::string_view sql) const {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Failed(path_.string() + ": no row for " + std::string(sql));
  return statement.Text(0);
}

absl::Status Database::CopyTo(const fs::path& path) const {
  ASSIGN_OR_RETURN(const Database copy, Open(path, DatabaseMode::kCreate));
  sqlite3_backup* backup = sqlite3_backup_init(copy.handle_, "main", handle_, "main");
  if (backup == nullptr) return copy.Error(sqlite3_errcode(copy.handle_));
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  return code == SQLITE_DONE ? absl::OkStatus() : copy.Error(code);
}

absl::Status Database::Error(int code) const {
  const std::string what =
      path_.string() + ": " + (handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_));
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return OutOfResource(what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:  // our SQL is fixed: it fails only over tables that are not ours
      return BadArtifact(what);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return UsageError(what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Failed(what + ": another process has been writing for " + std::to_string(kBusyMilliseconds / 1000) +
                    " s; try again when it is done");
    default:
      return Failed(what + " (SQLite code " + std::to_string(code) + ")");
  }
}

}  // namespace trivium
