// See text_lines.h. Only the four filters that are named there are switched on: some of libarchive's others start
// programs, or unpack archives of many files.
#include "stage1_language/corpus/text_lines.h"

#include <archive.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "core/base/file_io.h"

namespace trivium {
namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr const char* kEndings[] = {".gz", ".xz", ".zst", ".bz2"};

struct FreeArchive {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeArchive>;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string Reason(archive* reader) {
  const char* text = archive_error_string(reader);
  return text == nullptr ? "unknown reason" : text;
}

absl::StatusOr<Reader> OpenReader(int descriptor, const std::string& name) {
  Reader reader(archive_read_new());
  if (reader == nullptr) return OutOfResource("cannot read " + name + ": no memory");
  // A filter that is missing in this libarchive answers ARCHIVE_WARN and would start a program: it stays refused below,
  // because its files are then unreadable as text.
  for (const auto add : {archive_read_support_filter_gzip, archive_read_support_filter_xz,
                         archive_read_support_filter_bzip2, archive_read_support_filter_zstd}) {
    if (add(reader.get()) != ARCHIVE_OK) return Failed("this libarchive cannot unpack all of gz, xz, bz2 and zst");
  }
  archive_read_support_format_raw(reader.get());
  archive_entry* entry = nullptr;
  if (archive_read_open_fd(reader.get(), descriptor, kBlockBytes) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
    return UsageError(name + ": cannot be unpacked, or holds nothing: " + Reason(reader.get()));
  }
  // One filter is always there, the one that does nothing.
  if (WithoutCompression(name) != name && archive_filter_count(reader.get()) < 2) {
    return UsageError(name +
                      ": is named like a compressed file but is not compressed in a known way (gz, xz, bz2, zst)");
  }
  return reader;
}

// Cuts blocks into lines and counts them.
class LineCutter {
 public:
  LineCutter(const LineFunction& line, const std::string& name) : line_(line), name_(name) {}

  int64_t number() const { return number_; }

  // False: enough.
  absl::StatusOr<bool> Add(std::string_view block) {
    while (true) {
      const size_t end = block.find('\n');
      if (end == std::string_view::npos) break;
      rest_ += block.substr(0, end);
      block.remove_prefix(end + 1);
      ASSIGN_OR_RETURN(const bool more, Emit());
      if (!more) return false;
    }
    rest_ += block;
    return true;
  }
  absl::Status Finish() { return rest_.empty() ? absl::OkStatus() : Emit().status(); }

 private:
  absl::StatusOr<bool> Emit() {
    std::string_view line = rest_;
    if (number_ == 1 && line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.remove_prefix(kByteOrderMark.size());
    }
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find('\0') != std::string_view::npos) {
      return UsageError(name_ + ":" + std::to_string(number_) +
                        ": holds a NUL byte, so it is no text; unpack an archive (.tar, .zip) first");
    }
    ASSIGN_OR_RETURN(const bool more, line_(line, number_++));
    rest_.clear();
    return more;
  }

  const LineFunction& line_;
  const std::string& name_;
  std::string rest_;
  int64_t number_ = 1;  // of the line that is being read
};

}  // namespace

std::string WithoutCompression(const std::string& name) {
  for (const std::string ending : kEndings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

absl::Status ReadTextLines(const std::filesystem::path& path, const TextLimits& limits, const LineFunction& line) {
  const std::string name = path.string();
  // O_NONBLOCK: opening a FIFO must not hang.
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.descriptor() < 0) return ErrnoStatus(errno, "cannot open", path);
  struct stat info {};
  if (fstat(file.descriptor(), &info) != 0) return ErrnoStatus(errno, "cannot examine", path);
  if (!S_ISREG(info.st_mode)) return UsageError(name + ": not a regular file");
  if (info.st_size == 0) return absl::OkStatus();

  ASSIGN_OR_RETURN(const Reader reader, OpenReader(file.descriptor(), name));
  LineCutter cutter(line, name);
  std::string block(kBlockBytes, '\0');
  uint64_t total = 0;
  while (true) {
    const la_ssize_t got = archive_read_data(reader.get(), block.data(), block.size());
    const std::string where = name + ":" + std::to_string(cutter.number()) + ": ";
    if (got < 0) return UsageError(where + "the compressed file is damaged or cut off: " + Reason(reader.get()));
    if (got == 0) return cutter.Finish();
    total += static_cast<uint64_t>(got);
    if (total > limits.most_bytes) {
      return UsageError(where + "more than the " + std::to_string(limits.most_bytes) + " bytes of text allowed here");
    }
    if (total > limits.trusted_bytes &&
        static_cast<double>(total) > limits.most_ratio * static_cast<double>(info.st_size)) {
      return UsageError(where + "unpacks to more than " + std::to_string(static_cast<int64_t>(limits.most_ratio)) +
                        " times its size of " + std::to_string(info.st_size) +
                        " bytes; no text does, so it is refused. Unpack it yourself if you trust it");
    }
    ASSIGN_OR_RETURN(const bool more, cutter.Add(std::string_view(block.data(), static_cast<size_t>(got))));
    if (!more) return absl::OkStatus();
  }
}

}  // namespace trivium
