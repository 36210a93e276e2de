// Appending to metrics.jsonl and to a TensorBoard event file. See metrics_writer.h.
#include "core/metrics/metrics_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/metrics/event_file.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

constexpr char kMetricsName[] = "metrics.jsonl";
constexpr char kEventPrefix[] = "events.out.tfevents.";
constexpr size_t kBufferBytes = 1 << 16;
constexpr std::chrono::seconds kLongestUnwritten{5};  // who looks at a run while it trains sees where it is
constexpr uint64_t kMaxMetricsBytes = 4ull << 30;

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A file that only grows, through a buffer. A write that fails is taken back, so that no half record stays.
class AppendFile {
 public:
  AppendFile() = default;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile() {
    if (descriptor_ < 0) return;
    (void)Flush();
    close(descriptor_);
  }

  absl::Status Open(const fs::path& path) {
    path_ = path;
    descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0) return ErrnoStatus(errno, "cannot create", path);
    struct stat info {};
    if (fstat(descriptor_, &info) != 0) return ErrnoStatus(errno, "cannot examine", path);
    written_ = info.st_size;
    return absl::OkStatus();
  }

  absl::Status Append(const std::string& record) {
    buffer_ += record;
    const bool waits = std::chrono::steady_clock::now() - flushed_ < kLongestUnwritten;
    return waits && buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() {
    size_t done = 0;
    while (done < buffer_.size()) {
      const ssize_t put = write(descriptor_, buffer_.data() + done, buffer_.size() - done);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        const int error = errno;
        if (ftruncate(descriptor_, written_) != 0) return ErrnoStatus(errno, "cannot shorten", path_);
        return ErrnoStatus(error, "cannot write", path_);
      }
      done += static_cast<size_t>(put);
    }
    written_ += static_cast<off_t>(done);
    buffer_.clear();
    flushed_ = std::chrono::steady_clock::now();
    return absl::OkStatus();
  }

 private:
  fs::path path_;
  int descriptor_ = -1;
  off_t written_ = 0;
  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
};

// The whole lines of steps up to `last_step`.
std::string KeepUntil(const std::string& text, int64_t last_step) {
  std::string kept;
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end + 1 - begin);
    const absl::StatusOr<nlohmann::json> json = ParseStrictJson(line);
    if (!json.ok() || !json->is_object()) continue;
    const auto step = json->find("step");
    if (step != json->end() && step->is_number_integer() && step->get<int64_t>() <= last_step) kept += line;
  }
  return kept;
}

absl::Status PrepareMetrics(const fs::path& path, int64_t resume_step) {
  std::error_code error;
  if (!fs::exists(path, error)) return absl::OkStatus();
  if (resume_step < 0) return WriteFileAtomic(path, "");
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxMetricsBytes));
  return WriteFileAtomic(path, KeepUntil(text, resume_step));
}

void RemoveEventFiles(const fs::path& run_dir) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(run_dir, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().rfind(kEventPrefix, 0) == 0) found.push_back(entry->path());
  }
  for (const fs::path& path : found) fs::remove(path, error);
}

// TensorBoard reads the event files of a folder in the order of their names: time first, then a count for runs that
// start within one second.
fs::path NewEventPath(const fs::path& run_dir) {
  char host[256] = "localhost";
  if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0') host[0] = '0';
  const std::string stem = kEventPrefix + std::to_string(static_cast<int64_t>(WallSeconds()));
  const std::string tail = "." + std::string(host) + "." + std::to_string(getpid());
  fs::path path = run_dir / (stem + tail);
  std::error_code error;
  for (int count = 1; fs::exists(path, error); ++count) path = run_dir / (stem + tail + "." + std::to_string(count));
  return path;
}

class FileMetricsWriter : public MetricsWriter {
 public:
  absl::Status Start(const fs::path& run_dir, int64_t resume_step) {
    RETURN_IF_ERROR(MakeDirectories(run_dir));
    RETURN_IF_ERROR(PrepareMetrics(run_dir / kMetricsName, resume_step));
    if (resume_step < 0) RemoveEventFiles(run_dir);
    RETURN_IF_ERROR(lines_.Open(run_dir / kMetricsName));
    RETURN_IF_ERROR(events_.Open(NewEventPath(run_dir)));
    RETURN_IF_ERROR(events_.Append(VersionEvent(WallSeconds())));
    if (resume_step >= 0) RETURN_IF_ERROR(events_.Append(SessionStartEvent(WallSeconds(), resume_step + 1)));
    return Flush();
  }

  absl::Status Log(int64_t step, const std::vector<std::pair<std::string, double>>& values) override {
    nlohmann::ordered_json line;
    line["step"] = step;
    for (const auto& [name, value] : values) line[name] = value;  // dump() writes null for what is not finite
    RETURN_IF_ERROR(lines_.Append(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"));
    return events_.Append(ScalarsEvent(WallSeconds(), step, values));
  }

  absl::Status Flush() override {
    RETURN_IF_ERROR(lines_.Flush());
    return events_.Flush();
  }

 private:
  AppendFile lines_;
  AppendFile events_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsWriter>> MetricsWriter::Open(const fs::path& run_dir, int64_t resume_step) {
  auto writer = std::make_unique<FileMetricsWriter>();
  RETURN_IF_ERROR(writer->Start(run_dir, resume_step));
  return absl::StatusOr<std::unique_ptr<MetricsWriter>>(std::move(writer));
}

}  // namespace trivium
