// Staging, committing and sweeping of artefacts. See artifact_dir.h.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "core/artifact/artifact_dir.h"
#include "core/artifact/manifest.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

constexpr char kStageMark[] = ".tmp-";
constexpr char kOldMark[] = ".old-";

fs::path Sibling(const fs::path& final_dir, const char* mark) {
  return final_dir.parent_path() / ("." + final_dir.filename().string() + mark + std::to_string(getpid()));
}

// A leftover ".NAME.tmp-PID" or ".NAME.old-PID", taken apart.
struct Leftover {
  fs::path path;
  std::string name;
  bool is_old = false;
  pid_t pid = 0;
};

std::optional<Leftover> ParseLeftover(const fs::path& path) {
  const std::string file = path.filename().string();
  if (file.size() < 2 || file.front() != '.') return std::nullopt;
  for (const char* mark : {kStageMark, kOldMark}) {
    const size_t at = file.rfind(mark);
    if (at == std::string::npos || at < 2) continue;
    Leftover leftover{path, file.substr(1, at - 1), mark == kOldMark, 0};
    const char* const digits = file.data() + at + std::string(mark).size();
    const auto [end, error] = std::from_chars(digits, file.data() + file.size(), leftover.pid);
    if (error == std::errc() && end == file.data() + file.size() && leftover.pid > 0) return leftover;
  }
  return std::nullopt;
}

bool IsAlive(pid_t pid) { return kill(pid, 0) == 0 || errno == EPERM; }

// Settles the leftovers in `parent` of which `is_stale` says so: an old artefact whose name stands empty goes back.
void Settle(const fs::path& parent, const std::function<bool(const Leftover&)>& is_stale) {
  std::error_code error;
  std::vector<Leftover> leftovers;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    const auto leftover = ParseLeftover(entry->path());
    if (leftover && is_stale(*leftover)) leftovers.push_back(*leftover);
  }
  for (const Leftover& leftover : leftovers) {
    const fs::path home = parent / leftover.name;
    if (leftover.is_old && !fs::exists(fs::symlink_status(home, error))) {
      fs::rename(leftover.path, home, error);
    } else {
      fs::remove_all(leftover.path, error);
    }
  }
}

bool IsArtifactOrEmpty(const fs::path& dir) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(dir / kManifestName, error)) || fs::is_empty(dir, error);
}

}  // namespace

absl::StatusOr<ArtifactWriter> ArtifactWriter::Create(const fs::path& final_dir) {
  std::error_code error;
  fs::path target = fs::absolute(final_dir, error).lexically_normal();
  if (!error && !target.has_filename()) target = target.parent_path();  // "a/b/" is "a/b"
  if (error || !target.has_filename()) return UsageError("\"" + final_dir.string() + "\" names no folder to write");
  const fs::path parent = target.parent_path();
  RETURN_IF_ERROR(MakeDirectories(parent));

  // One writer per folder: whatever this process's number marks is left from a crash of a process with the same number.
  const std::string name = target.filename().string();
  Settle(parent, [&name](const Leftover& leftover) {
    return leftover.name == name && (leftover.pid == getpid() || !IsAlive(leftover.pid));
  });
  const fs::file_status status = fs::symlink_status(target, error);
  if (fs::exists(status) && (!fs::is_directory(status) || !IsArtifactOrEmpty(target))) {
    return UsageError(target.string() +
                      ": exists and is no artefact, so it is not replaced; choose another name or move it");
  }
  const fs::path stage = Sibling(target, kStageMark);
  if (!fs::create_directory(stage, error)) {
    return ErrnoStatus(error ? error.value() : EEXIST, "cannot create folder", stage);
  }
  return ArtifactWriter(target, stage);
}

ArtifactWriter::ArtifactWriter(fs::path final_dir, fs::path stage)
    : final_dir_(std::move(final_dir)), stage_(std::move(stage)) {}

ArtifactWriter::ArtifactWriter(ArtifactWriter&& other) noexcept
    : final_dir_(std::move(other.final_dir_)), stage_(std::move(other.stage_)), files_(std::move(other.files_)) {
  other.stage_.clear();
}

ArtifactWriter& ArtifactWriter::operator=(ArtifactWriter&& other) noexcept {
  if (this == &other) return *this;
  RemoveStage();
  final_dir_ = std::move(other.final_dir_);
  stage_ = std::move(other.stage_);
  files_ = std::move(other.files_);
  other.stage_.clear();
  return *this;
}

ArtifactWriter::~ArtifactWriter() { RemoveStage(); }

void ArtifactWriter::RemoveStage() {
  std::error_code error;
  if (!stage_.empty()) fs::remove_all(stage_, error);
  stage_.clear();
}

absl::Status ArtifactWriter::PrepareName(const std::string& name) {
  if (stage_.empty()) return Failed("the artefact " + final_dir_.string() + " was already committed");
  if (!IsArtifactFileName(name)) return UsageError("\"" + name + "\" is no name for a file of an artefact");
  if (files_.count(name) != 0) return UsageError("the artefact has a file " + name + " already");
  const fs::path folder = fs::path(name).parent_path();
  return folder.empty() ? absl::OkStatus() : MakeDirectories(stage_ / folder);
}

absl::Status ArtifactWriter::Add(const std::string& name, std::string_view bytes) {
  RETURN_IF_ERROR(PrepareName(name));
  ASSIGN_OR_RETURN(NewFile file, NewFile::Create(stage_ / name));
  RETURN_IF_ERROR(file.Write(bytes));
  RETURN_IF_ERROR(file.Close());
  files_[name] = ManifestFile{bytes.size(), Sha256Hex(bytes)};
  return absl::OkStatus();
}

absl::Status ArtifactWriter::AddFrom(const std::string& name, const fs::path& source) {
  RETURN_IF_ERROR(PrepareName(name));
  ASSIGN_OR_RETURN(NewFile file, NewFile::Create(stage_ / name));
  Sha256 sum;
  uint64_t bytes = 0;
  RETURN_IF_ERROR(ReadParts(source, [&](std::string_view part) {
    sum.Update(part);
    bytes += part.size();
    return file.Write(part);
  }));
  RETURN_IF_ERROR(file.Close());
  files_[name] = ManifestFile{bytes, sum.Hex()};
  return absl::OkStatus();
}

absl::Status ArtifactWriter::Commit(const std::string& kind, const nlohmann::json& metadata) {
  if (stage_.empty()) return Failed("the artefact " + final_dir_.string() + " was already committed");
  // A moved-to local removes the stage on every way out.
  const ArtifactWriter spent(std::move(*this));
  final_dir_ = spent.final_dir_;
  ASSIGN_OR_RETURN(const std::string manifest,
                   RenderManifest({kind, spent.files_, metadata.is_null() ? nlohmann::json::object() : metadata}));
  ASSIGN_OR_RETURN(NewFile file, NewFile::Create(spent.stage_ / kManifestName));
  RETURN_IF_ERROR(file.Write(manifest));
  RETURN_IF_ERROR(file.Close());
  std::error_code error;
  for (fs::directory_iterator entry(spent.stage_, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error)) RETURN_IF_ERROR(SyncDirectory(entry->path()));
  }
  RETURN_IF_ERROR(SyncDirectory(spent.stage_));
  return spent.SwapIntoPlace();
}

absl::Status ArtifactWriter::SwapIntoPlace() const {
  std::error_code error;
  const fs::path parent = final_dir_.parent_path();
  const fs::file_status present = fs::symlink_status(final_dir_, error);
  if (!fs::exists(present)) {
    if (rename(stage_.c_str(), final_dir_.c_str()) != 0) return ErrnoStatus(errno, "cannot write", final_dir_);
    return SyncDirectory(parent);
  }
  if (!fs::is_directory(present) || !IsArtifactOrEmpty(final_dir_)) {
    return UsageError(final_dir_.string() + ": appeared meanwhile and is no artefact, so it is not replaced");
  }
  // The exchange is one step: no moment without an artefact. The old one is then the stage, which is removed.
  if (renameat2(AT_FDCWD, stage_.c_str(), AT_FDCWD, final_dir_.c_str(), RENAME_EXCHANGE) == 0) {
    return SyncDirectory(parent);
  }
  if (errno != EINVAL && errno != ENOSYS) return ErrnoStatus(errno, "cannot write", final_dir_);
  const fs::path old = Sibling(final_dir_, kOldMark);
  if (rename(final_dir_.c_str(), old.c_str()) != 0) return ErrnoStatus(errno, "cannot replace", final_dir_);
  if (rename(stage_.c_str(), final_dir_.c_str()) != 0) {
    const int failure = errno;
    if (rename(old.c_str(), final_dir_.c_str()) != 0) {
      return Failed("cannot write " + final_dir_.string() + "; what stood there is now " + old.string());
    }
    return ErrnoStatus(failure, "cannot write", final_dir_);
  }
  RETURN_IF_ERROR(SyncDirectory(parent));
  fs::remove_all(old, error);
  return absl::OkStatus();
}

void SweepOrphans(const fs::path& parent) {
  Settle(parent, [](const Leftover& leftover) { return !IsAlive(leftover.pid); });
}

}  // namespace trivium
