// Reading lines from plain and compressed files, damaged and hostile ones too.
#include "stage1_language/corpus/text_lines.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

using Lines = std::vector<std::string>;

// Writes `text` through one of libarchive's filters ("gzip", "xz", "zstd", "bzip2").
void WriteCompressed(const std::filesystem::path& path, const std::string& filter, const std::string& text) {
  archive* writer = archive_write_new();
  REQUIRE(archive_write_add_filter_by_name(writer, filter.c_str()) == ARCHIVE_OK);
  REQUIRE(archive_write_set_format_raw(writer) == ARCHIVE_OK);
  REQUIRE(archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  REQUIRE(archive_write_data(writer, text.data(), text.size()) == static_cast<la_ssize_t>(text.size()));
  archive_entry_free(entry);
  REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
}

absl::StatusOr<Lines> Read(const std::filesystem::path& path, const TextLimits& limits = {}, size_t most = 1u << 30) {
  Lines lines;
  const absl::Status status = ReadTextLines(path, limits, [&](std::string_view line, int64_t number) {
    REQUIRE(number == static_cast<int64_t>(lines.size()) + 1);
    lines.emplace_back(line);
    return absl::StatusOr<bool>(lines.size() < most);
  });
  if (!status.ok()) return status;
  return lines;
}

std::string LongText() {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "line " + std::to_string(i * 7919 % 100003) + "\n";
  return text;
}

TEST_CASE("every compression gives the lines of the plain file", "[corpus]") {
  const TempDir dir;
  const std::string text = LongText();
  Spill(dir / "c.txt", text);
  const Lines plain = Read(dir / "c.txt").value();
  REQUIRE(plain.size() == 200000);
  for (const auto& [filter, ending] : std::vector<std::pair<std::string, std::string>>{
           {"gzip", ".gz"}, {"xz", ".xz"}, {"zstd", ".zst"}, {"bzip2", ".bz2"}}) {
    CAPTURE(filter);
    WriteCompressed(dir / ("c.txt" + ending), filter, text);
    REQUIRE(Read(dir / ("c.txt" + ending)).value() == plain);
    REQUIRE(WithoutCompression("c.txt" + ending) == "c.txt");
  }
}

TEST_CASE("what a file is compressed with is seen from its content, not its name", "[corpus]") {
  const TempDir dir;
  WriteCompressed(dir / "c.txt", "xz", "one\ntwo\n");
  REQUIRE(Read(dir / "c.txt").value() == Lines{"one", "two"});
  Spill(dir / "plain.txt.gz", "one\ntwo\n");
  REQUIRE(ExitCode(Read(dir / "plain.txt.gz").status()) == 2);
}

TEST_CASE("reading stops where the reader has enough", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt", "a\nb\nc\n");
  REQUIRE(Read(dir / "c.txt", {}, 2).value() == Lines{"a", "b"});
}

TEST_CASE("line ends, a byte order mark, empty lines and a missing last end", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt", "\xEF\xBB\xBFone\r\n\ntwo");
  REQUIRE(Read(dir / "c.txt").value() == Lines{"one", "", "two"});
  Spill(dir / "empty.txt", "");
  REQUIRE(Read(dir / "empty.txt").value().empty());
}

TEST_CASE("a cut or changed compressed file is an error that names file and line", "[corpus]") {
  const TempDir dir;
  for (const std::string filter : {"xz", "zstd", "bzip2"}) {
    CAPTURE(filter);
    WriteCompressed(dir / "c", filter, LongText());
    const std::string good = Slurp(dir / "c");
    Spill(dir / "cut", good.substr(0, good.size() / 2));
    REQUIRE(ExitCode(Read(dir / "cut").status()) == 2);
    std::string changed = good;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 0x10);
    Spill(dir / "changed", changed);
    const absl::Status status = Read(dir / "changed").status();
    // libarchive may find the checksum of a zstd frame not worth looking at; what it then gives is still bounded.
    if (filter != "zstd") REQUIRE(ExitCode(status) == 2);
  }
}

TEST_CASE("a file that unpacks to far more than its size is refused", "[corpus]") {
  const TempDir dir;
  WriteCompressed(dir / "bomb.xz", "xz", std::string(20 << 20, 'a'));
  const TextLimits limits = {.most_bytes = 1 << 30, .trusted_bytes = 1 << 20, .most_ratio = 250};
  REQUIRE(Message(Read(dir / "bomb.xz", limits).status()).find("times its size") != std::string::npos);
  REQUIRE(Message(Read(dir / "bomb.xz", {.most_bytes = 1 << 20}).status()).find("allowed") != std::string::npos);
}

TEST_CASE("only regular files are read", "[corpus]") {
  const TempDir dir;
  REQUIRE(ExitCode(Read(dir / "none").status()) == 2);
  REQUIRE(ExitCode(Read(dir.path()).status()) == 2);
  REQUIRE(ExitCode(Read("/dev/zero").status()) == 2);
}

}  // namespace
}  // namespace trivium
