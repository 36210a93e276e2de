// Reading, atomic replacement and hashing of files, on good and on full disks.
#include "core/base/file_io.h"

#include <sys/stat.h>

#include "core/base/sha256.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace fs = std::filesystem;

TEST_CASE("what is written atomically is read back and leaves no other file", "[base]") {
  const TempDir dir;
  const std::string bytes("a\0b\n", 4);
  REQUIRE(WriteFileAtomic(dir / "x", "old content").ok());
  REQUIRE(WriteFileAtomic(dir / "x", bytes).ok());
  REQUIRE(ReadFile(dir / "x", 4).value() == bytes);
  REQUIRE(CountEntries(dir.path()) == 1);
}

TEST_CASE("reading refuses what is missing, too large or no file, naming the path", "[base]") {
  const TempDir dir;
  REQUIRE(WriteFileAtomic(dir / "x", "12345").ok());
  mkfifo((dir / "pipe").c_str(), 0600);
  for (const fs::path& path : {dir / "missing", dir / "x", dir.path(), dir / "pipe", dir / "x/y"}) {
    const absl::Status status = ReadFile(path, 4).status();
    REQUIRE(ExitCode(status) == 2);
    REQUIRE(Message(status).find(path.string()) != std::string::npos);
  }
}

TEST_CASE("writing into a missing folder or over a folder is a usage error that names the target", "[base]") {
  const TempDir dir;
  fs::create_directory(dir / "folder");
  for (const fs::path& path : {dir / "missing/x", dir / "folder", fs::path("")}) {
    const absl::Status status = WriteFileAtomic(path, "x");
    REQUIRE(ExitCode(status) == 2);
    REQUIRE(Message(status).find(".tmp-") == std::string::npos);
  }
  REQUIRE(CountEntries(dir.path()) == 1);
}

TEST_CASE("a symbolic link is replaced, not followed", "[base]") {
  const TempDir dir;
  Spill(dir / "target", "keep");
  fs::create_symlink(dir / "target", dir / "link");
  REQUIRE(WriteFileAtomic(dir / "link", "new").ok());
  REQUIRE(Slurp(dir / "target") == "keep");
  REQUIRE(!fs::is_symlink(dir / "link"));
}

TEST_CASE("a new file that is not closed is removed", "[base]") {
  const TempDir dir;
  {
    absl::StatusOr<NewFile> file = NewFile::Create(dir / "x");
    REQUIRE(file.ok());
    REQUIRE(file->Write("half").ok());
    REQUIRE(ExitCode(NewFile::Create(dir / "x").status()) == 1);
  }
  REQUIRE(CountEntries(dir.path()) == 0);
}

TEST_CASE("a full disk leaves the old content and no temporary, and says so", "[base]") {
  const SmallDisk disk(1 << 20);
  if (!disk.mounted()) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  REQUIRE(WriteFileAtomic(disk / "x", "old").ok());
  const absl::Status status = WriteFileAtomic(disk / "x", std::string(2 << 20, 'n'));
  REQUIRE(ExitCode(status) == 4);
  REQUIRE(Message(status).find("No space left") != std::string::npos);
  REQUIRE(Slurp(disk / "x") == "old");
  REQUIRE(CountEntries(disk.path()) == 1);
  REQUIRE(FreeBytes(disk / "not/there/yet").value() < (1 << 20));
  REQUIRE(WriteFileAtomic(disk / "x", "new").ok());
}

TEST_CASE("folders are made with their parents and may exist", "[base]") {
  const TempDir dir;
  REQUIRE(MakeDirectories(dir / "a/b/c").ok());
  REQUIRE(MakeDirectories(dir / "a/b/c/").ok());
  REQUIRE(fs::is_directory(dir / "a/b/c"));
  Spill(dir / "file", "");
  REQUIRE(ExitCode(MakeDirectories(dir / "file/x")) == 2);
  REQUIRE(ExitCode(MakeDirectories(dir / "file")) == 2);
  REQUIRE(MakeDirectories("").ok());
}

TEST_CASE("SHA-256 agrees with the standard's examples, at once, in parts and from a file", "[base]") {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  REQUIRE(Sha256Hex("abc") == abc);
  REQUIRE(Sha256Hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 sum;
  sum.Update("a");
  sum.Update("bc");
  REQUIRE(sum.Hex() == abc);
  const TempDir dir;
  const std::string large(3 << 20, 'x');  // more than one part
  Spill(dir / "large", large);
  REQUIRE(Sha256File(dir / "large").value() == Sha256Hex(large));
  REQUIRE(ExitCode(Sha256File(dir / "none").status()) == 2);
}

}  // namespace trivium
