// POSIX files with every call checked. See file_io.h.
#include "core/base/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace trivium {
namespace {

constexpr size_t kPartBytes = 1 << 20;

// Closes on scope exit; for descriptors that are only read or synced.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

// Opens a regular file for reading and tells its size. O_NONBLOCK: opening a FIFO must not hang.
absl::StatusOr<int> OpenForReading(const std::filesystem::path& path, uint64_t* bytes) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return ErrnoStatus(errno, "cannot open", path);
  }
  struct stat info {};
  if (fstat(descriptor, &info) != 0) {
    const int error = errno;
    close(descriptor);
    return ErrnoStatus(error, "cannot examine", path);
  }
  if (!S_ISREG(info.st_mode)) {
    close(descriptor);
    return UsageError(path.string() + ": not a regular file");
  }
  *bytes = static_cast<uint64_t>(info.st_size);
  return descriptor;
}

// Reads up to `capacity` bytes; fewer only at the end of the file.
absl::StatusOr<size_t> ReadFully(int descriptor, char* buffer, size_t capacity, const std::filesystem::path& path) {
  size_t done = 0;
  while (done < capacity) {
    const ssize_t got = read(descriptor, buffer + done, capacity - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "cannot read", path);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

absl::Status TooLarge(const std::filesystem::path& path, uint64_t max_bytes) {
  return UsageError(path.string() + ": larger than the " + std::to_string(max_bytes) + " bytes allowed here");
}

}  // namespace

absl::Status ErrnoStatus(int error, const std::string& action, const std::filesystem::path& path) {
  const std::string message = action + " " + path.string() + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
      return OutOfResource(message);
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case ENAMETOOLONG:
      return UsageError(message);
    default:
      return Failed(message);
  }
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes) {
  uint64_t bytes = 0;
  ASSIGN_OR_RETURN(const int opened, OpenForReading(path, &bytes));
  const Descriptor descriptor(opened);
  if (bytes > max_bytes) return TooLarge(path, max_bytes);
  std::string content;
  try {
    content.resize(bytes);
  } catch (const std::bad_alloc&) {
    return OutOfResource("cannot read " + path.string() + ": no memory for " + std::to_string(bytes) + " bytes");
  } catch (const std::length_error&) {
    return OutOfResource("cannot read " + path.string() + ": no memory for " + std::to_string(bytes) + " bytes");
  }
  ASSIGN_OR_RETURN(const size_t got, ReadFully(descriptor.value(), content.data(), content.size(), path));
  content.resize(got);
  return content;
}

absl::Status ReadParts(const std::filesystem::path& path, const std::function<absl::Status(std::string_view)>& part) {
  uint64_t bytes = 0;
  ASSIGN_OR_RETURN(const int opened, OpenForReading(path, &bytes));
  const Descriptor descriptor(opened);
  std::string buffer(kPartBytes, '\0');
  while (true) {
    ASSIGN_OR_RETURN(const size_t got, ReadFully(descriptor.value(), buffer.data(), buffer.size(), path));
    if (got == 0) return absl::OkStatus();
    RETURN_IF_ERROR(part(std::string_view(buffer.data(), got)));
  }
}

absl::StatusOr<NewFile> NewFile::Create(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const std::filesystem::path& shown = shown_as.empty() ? path : shown_as;
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) return ErrnoStatus(errno, "cannot create", shown);
  return NewFile(path, shown, descriptor);
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), shown_as_(std::move(other.shown_as_)), descriptor_(other.descriptor_) {
  other.descriptor_ = -1;
}

NewFile::~NewFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(path_.c_str());
}

absl::Status NewFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor_, bytes.data(), std::min<size_t>(bytes.size(), 1 << 30));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return ErrnoStatus(errno, "cannot write", shown_as_);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status NewFile::Close() {
  if (fsync(descriptor_) != 0) return ErrnoStatus(errno, "cannot write", shown_as_);
  // After close() the descriptor is gone even on an error; only the name remains to be removed.
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) {
    const int error = errno;
    unlink(path_.c_str());
    return ErrnoStatus(error, "cannot write", shown_as_);
  }
  return absl::OkStatus();
}

absl::Status WriteFileAtomic(const std::filesystem::path& path, std::string_view bytes) {
  // Threads of one process may replace the same file at the same time: the counter keeps their temporaries apart.
  static std::atomic<uint64_t> counter{0};
  if (path.filename().empty()) return UsageError("\"" + path.string() + "\" names no file to write");
  const std::filesystem::path temporary =
      path.parent_path() / ("." + path.filename().string() + "." + std::to_string(counter.fetch_add(1)) + ".tmp-" +
                            std::to_string(getpid()));
  // A file of this name is left from a process with our number that is gone.
  unlink(temporary.c_str());
  ASSIGN_OR_RETURN(NewFile file, NewFile::Create(temporary, path));
  RETURN_IF_ERROR(file.Write(bytes));
  RETURN_IF_ERROR(file.Close());
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    return ErrnoStatus(error, "cannot write", path);
  }
  return SyncDirectory(path.has_parent_path() ? path.parent_path() : ".");
}

absl::StatusOr<uint64_t> FreeBytes(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path existing = std::filesystem::absolute(path, error);
  if (error) return ErrnoStatus(error.value(), "cannot examine", path);
  while (!std::filesystem::exists(existing, error) && existing != existing.parent_path()) {
    existing = existing.parent_path();
  }
  struct statvfs info {};
  if (statvfs(existing.c_str(), &info) != 0) return ErrnoStatus(errno, "cannot examine", existing);
  return static_cast<uint64_t>(info.f_bavail) * static_cast<uint64_t>(info.f_frsize);
}

std::string ExtensionOf(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

absl::Status MakeDirectories(const std::filesystem::path& path) {
  if (path.empty()) return absl::OkStatus();
  // From the deepest folder that exists downwards, so that each new name can be made durable in its parent.
  std::error_code error;
  std::vector<std::filesystem::path> missing;
  std::filesystem::path existing = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return ErrnoStatus(error.value(), "cannot create folder", path);
  while (!std::filesystem::exists(existing, error) && existing != existing.parent_path()) {
    if (existing.has_filename()) missing.push_back(existing);
    existing = existing.parent_path();
  }
  if (!std::filesystem::is_directory(existing, error)) return ErrnoStatus(ENOTDIR, "cannot create folder", path);
  for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
    if (mkdir(folder->c_str(), 0777) != 0 && errno != EEXIST) {
      return ErrnoStatus(errno, "cannot create folder", *folder);
    }
    RETURN_IF_ERROR(SyncDirectory(folder->parent_path()));
  }
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::filesystem::path& path) {
  const Descriptor descriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.value() < 0) return ErrnoStatus(errno, "cannot open folder", path);
  // Some file systems (FUSE, some network ones) cannot sync folders and say EINVAL: nothing more can be done there.
  if (fsync(descriptor.value()) != 0 && errno != EINVAL) return ErrnoStatus(errno, "cannot write folder", path);
  return absl::OkStatus();
}

}  // namespace trivium
