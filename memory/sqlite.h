// SQLite as the project uses it: connections and prepared statements whose errors are statuses that name the file.
// A database is opened as hostile: no triggers, no views, no extensions, no functions of its schema, checked cells,
// and no string above 1 MB. Values are bound, never pasted into SQL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace trivium {

enum class DatabaseMode { kRead, kWrite, kCreate };

class Database;

// One prepared statement: Bind* in the order of its "?", then Step until it gives false; Reset to run it again.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Binds the next parameter. The text is copied.
  Statement& Bind(std::string_view text);
  Statement& Bind(int64_t number);
  Statement& Bind(double number);
  // True: a row stands ready; false: done. After false or an error the statement may be bound and run anew.
  absl::StatusOr<bool> Step();
  // Runs a statement that gives no row.
  absl::Status Run();
  // Ends a statement whose rows were not all taken.
  void Reset();

  // Columns of the row that stands ready, counted from 0.
  std::string Text(int column) const;
  int64_t Int(int column) const;
  double Real(int column) const;

 private:
  friend class Database;
  sqlite3_stmt* handle_ = nullptr;
  const Database* database_ = nullptr;
  int bound_ = 0;
  int bind_error_ = 0;
};

class Database {
 public:
  // How long a writer waits for another one before it gives up.
  static constexpr int kBusyMilliseconds = 20000;

  // UsageError if there is no such file (kRead, kWrite) or it is no regular file; BadArtifact if it is no SQLite
  // database (said by the first use). kCreate makes an empty database and fails (UsageError) if the file exists.
  static absl::StatusOr<Database> Open(const std::filesystem::path& path, DatabaseMode mode);
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  // REQUIRES: the Database does not move while the statement lives.
  absl::StatusOr<Statement> Prepare(std::string_view sql) const;
  // Statements without parameters and rows, separated by semicolons.
  absl::Status Execute(const std::string& sql) const;
  // The first column of the first row, or a Failed status without one.
  absl::StatusOr<int64_t> Number(std::string_view sql) const;
  absl::StatusOr<std::string> TextOf(std::string_view sql) const;
  // Writes all of it to a new file. Failed if `path` exists.
  absl::Status CopyTo(const std::filesystem::path& path) const;

  const std::filesystem::path& path() const { return path_; }
  // A result code of SQLite as a status: full disk or memory -> OutOfResource, damage -> BadArtifact, missing rights
  // -> UsageError, else Failed.
  absl::Status Error(int code) const;

 private:
  Database(sqlite3* handle, const std::filesystem::path& path) : handle_(handle), path_(path) {}

  sqlite3* handle_ = nullptr;
  std::filesystem::path path_;
};

}  // namespace trivium
