// Every read and write of a file goes through here: bounded reads, atomic and durable writes, free-space checks.
// No function throws; errors name the path. Callers that read artefacts turn a UsageError into BadArtifact.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/status.h"

namespace trivium {

// The whole regular file. UsageError if it does not exist, is no regular file, or holds more than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes);

// Hands the file's bytes to `part` in pieces of at most 1 MB, in order; stops at the first error. Errors as ReadFile.
absl::Status ReadParts(const std::filesystem::path& path, const std::function<absl::Status(std::string_view)>& part);

// Replaces `path` by `bytes` so that a crash at any moment leaves the old or the new content, never a mixture:
// temporary file .NAME.COUNT.tmp-PID in the same folder, checked writes, fsync, rename, fsync of the folder. The
// temporary is removed on failure, and by core/artifact's SweepOrphans after a crash. A symlink at `path` is replaced,
// not followed. The folder must exist.
absl::Status WriteFileAtomic(const std::filesystem::path& path, std::string_view bytes);

// A file being written for the first time: Create Write* Close. Whatever is not closed is removed by the destructor,
// so an error leaves nothing behind.
class NewFile {
 public:
  // Failed if `path` exists. Messages name `shown_as`, if given, instead of `path`.
  static absl::StatusOr<NewFile> Create(const std::filesystem::path& path, const std::filesystem::path& shown_as = {});

  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  absl::Status Write(std::string_view bytes);
  // Syncs to disk and closes; the file stays from here on.
  absl::Status Close();

 private:
  NewFile(const std::filesystem::path& path, const std::filesystem::path& shown_as, int descriptor)
      : path_(path), shown_as_(shown_as), descriptor_(descriptor) {}

  std::filesystem::path path_;
  std::filesystem::path shown_as_;
  int descriptor_;  // -1 once closed or moved from
};

// Bytes that this user can still write on the file system that holds `path`, which need not exist yet.
absl::StatusOr<uint64_t> FreeBytes(const std::filesystem::path& path);

// The file name's extension with small letters for A-Z, its full stop included; "" if there is none.
std::string ExtensionOf(const std::filesystem::path& path);

// Creates `path` and its parents; it is not an error if the folder exists.
absl::Status MakeDirectories(const std::filesystem::path& path);

// Makes renames and new names inside `path` durable.
absl::Status SyncDirectory(const std::filesystem::path& path);

// An errno value as a status: a full disk or memory -> OutOfResource; a path that is the user's to mend (missing
// folder, no permission, a folder where a file should be) -> UsageError; else Failed.
// Message form: "<action> <path>: <text of the error>".
absl::Status ErrnoStatus(int error, const std::string& action, const std::filesystem::path& path);

}  // namespace trivium
