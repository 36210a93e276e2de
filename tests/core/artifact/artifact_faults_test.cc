// Artefacts under faults: processes that die, disks that fill, leftovers of both.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <functional>

#include "core/artifact/artifact_dir.h"
#include "tests/harness/moments.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

// All files of one artefact hold the same letter, so that a mixture of two would show.
absl::Status WriteLetters(const fs::path& dir, char letter, const std::function<void()>& moment = nullptr) {
  ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::Create(dir));
  for (const char* name : {"a", "b", "sub/c"}) {
    if (moment) moment();
    RETURN_IF_ERROR(writer.Add(name, std::string(5000, letter)));
  }
  if (moment) moment();
  return writer.Commit("test", {{"letter", std::string(1, letter)}});
}

// The letter of an artefact that opens, 0 if it doesn't open, '?' if it is a mixture.
char LetterOf(const fs::path& dir) {
  const auto artifact = OpenArtifact(dir, "test");
  if (!artifact.ok()) return 0;
  const char letter = artifact->metadata["letter"].get<std::string>()[0];
  for (const char* name : {"a", "b", "sub/c"}) {
    if (ReadArtifactFile(*artifact, name).value() != std::string(5000, letter)) return '?';
  }
  return letter;
}

// Runs `work` in a child that ends without any destructor, as a killed process does.
void RunAndDie(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

// Makes renameat2 fail with EINVAL in this process, as it does on some network file systems.
bool RefuseExchange() {
  sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// The number of a process that is gone.
std::string DeadPid() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return std::to_string(child);
}

}  // namespace

TEST_CASE("a process that dies before Commit leaves the old artefact and one leftover that is swept", "[artifact]") {
  const TempDir dir;
  REQUIRE(WriteLetters(dir / "x", 'o').ok());
  RunAndDie([&] {
    auto writer = ArtifactWriter::Create(dir / "x");
    if (writer.ok()) (void)writer->Add("a", "half");
    _exit(0);
  });
  REQUIRE(CountEntries(dir.path()) == 2);
  REQUIRE(LetterOf(dir / "x") == 'o');
  SweepOrphans(dir.path());
  REQUIRE(CountEntries(dir.path()) == 1);
}

TEST_CASE("a writer killed at any moment never leaves a mixture, and never nothing", "[artifact]") {
  const bool can_exchange = GENERATE(true, false);
  CAPTURE(can_exchange);
  const TempDir dir;
  REQUIRE(WriteLetters(dir / "x", 'o').ok());
  for (int round = 0; round < 40; ++round) {
    Moments moments;
    const pid_t child = fork();
    if (child == 0) {
      if (!can_exchange && !RefuseExchange()) _exit(1);
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
        if (!WriteLetters(dir / "x", letter, [&] { moments.Tell(); }).ok()) _exit(1);
      }
    }
    REQUIRE(moments.KillAfter(child, 1 + round % 13, 137 * round));
    // Without the exchange there is a moment with no artefact in place, which only a sweep ends.
    if (!can_exchange) SweepOrphans(dir.path());
    const char letter = LetterOf(dir / "x");
    REQUIRE(letter != 0);
    REQUIRE(letter != '?');
  }
  SweepOrphans(dir.path());
  REQUIRE(CountEntries(dir.path()) == 1);
  REQUIRE(WriteLetters(dir / "x", 'n').ok());
  REQUIRE(LetterOf(dir / "x") == 'n');
}

TEST_CASE("an artefact is replaced on file systems that cannot exchange names too", "[artifact]") {
  const TempDir dir;
  REQUIRE(WriteLetters(dir / "x", 'o').ok());
  RunAndDie([&] {
    if (RefuseExchange()) (void)WriteLetters(dir / "x", 'n');
  });
  REQUIRE(LetterOf(dir / "x") == 'n');
  REQUIRE(CountEntries(dir.path()) == 1);
}

TEST_CASE("an old artefact that was moved away by a dead process goes back to its place", "[artifact]") {
  const TempDir dir;
  const std::string dead = DeadPid();
  REQUIRE(WriteLetters(dir / "x", 'o').ok());
  fs::rename(dir / "x", dir / (".x.old-" + dead));
  SECTION("by a sweep") {
    SweepOrphans(dir.path());
    REQUIRE(LetterOf(dir / "x") == 'o');
  }
  SECTION("by the next writer, even if that one gives up") {
    { REQUIRE(ArtifactWriter::Create(dir / "x").ok()); }
    REQUIRE(LetterOf(dir / "x") == 'o');
  }
  SECTION("but not over a new one") {
    REQUIRE(WriteLetters(dir / "x", 'n').ok());
    SweepOrphans(dir.path());
    REQUIRE(LetterOf(dir / "x") == 'n');
  }
  REQUIRE(CountEntries(dir.path()) == 1);
}

TEST_CASE("sweeping leaves living processes' stages and everything else alone", "[artifact]") {
  const TempDir dir;
  for (const std::string& name : {std::string(".x.tmp-1"), ".x.tmp-" + std::to_string(getpid()), std::string(".x.tmp-"),
                                  std::string(".x.tmp-12x"), std::string("x.tmp-99999999"), std::string(".tmp-5")}) {
    fs::create_directory(dir / name);
  }
  const std::string dead = DeadPid();
  fs::create_directory(dir / (".x.tmp-" + dead));
  Spill(dir / (".note.txt.0.tmp-" + dead), "left by an atomic write");
  SweepOrphans(dir.path());
  REQUIRE(CountEntries(dir.path()) == 6);
  SweepOrphans(dir / "none");
}

TEST_CASE("a writer that goes out of scope removes its stage and touches nothing else", "[artifact]") {
  const TempDir dir;
  REQUIRE(WriteLetters(dir / "x", 'o').ok());
  {
    ArtifactWriter first = ArtifactWriter::Create(dir / "x").value();
    ArtifactWriter second = std::move(first);
    REQUIRE(second.Add("a", "b").ok());
    REQUIRE(CountEntries(dir.path()) == 2);
  }
  REQUIRE(CountEntries(dir.path()) == 1);
  REQUIRE(LetterOf(dir / "x") == 'o');
}

TEST_CASE("folders and files of the user's are never replaced", "[artifact]") {
  const TempDir dir;
  fs::create_directory(dir / "mine");
  Spill(dir / "mine/notes", "x");
  Spill(dir / "file", "x");
  fs::create_symlink(dir / "mine", dir / "link");
  for (const char* name : {"mine", "file", "link", "file/below"}) {
    REQUIRE(ExitCode(ArtifactWriter::Create(dir / name).status()) == 2);
  }
  REQUIRE(ExitCode(ArtifactWriter::Create("/").status()) == 2);
  fs::create_directory(dir / "empty");
  REQUIRE(WriteLetters(dir / "empty/", 'e').ok());
  REQUIRE(LetterOf(dir / "empty") == 'e');
}

TEST_CASE("a folder that fills up while the writer works is not replaced either", "[artifact]") {
  const TempDir dir;
  ArtifactWriter writer = ArtifactWriter::Create(dir / "x").value();
  fs::create_directory(dir / "x");
  Spill(dir / "x/notes", "mine");
  REQUIRE(ExitCode(writer.Commit("test", {})) == 2);
  REQUIRE(Slurp(dir / "x/notes") == "mine");
  REQUIRE(CountEntries(dir.path()) == 1);
}

TEST_CASE("a full disk leaves the old artefact whole and the stage removed", "[artifact]") {
  const SmallDisk disk(128 << 10);
  if (!disk.mounted()) {
    WARN("skipped: only root can mount a small file system");
    return;
  }
  REQUIRE(WriteLetters(disk / "x", 'o').ok());
  Spill(disk / "source", std::string(40 << 10, 's'));
  SECTION("while adding bytes") {
    ArtifactWriter writer = ArtifactWriter::Create(disk / "x").value();
    REQUIRE(ExitCode(writer.Add("a", std::string(200 << 10, 'n'))) == 4);
  }
  SECTION("while adding a file") {
    ArtifactWriter writer = ArtifactWriter::Create(disk / "x").value();
    REQUIRE(ExitCode(writer.AddFrom("a", disk / "source").ok() ? writer.AddFrom("b", disk / "source")
                                                               : OutOfResource("")) == 4);
  }
  SECTION("while writing the manifest") {
    ArtifactWriter writer = ArtifactWriter::Create(disk / "x").value();
    REQUIRE(writer.Add("a", "small").ok());
    std::ofstream(disk / "filler", std::ios::binary) << std::string(1 << 20, 'f');
    REQUIRE(ExitCode(writer.Commit("test", {})) == 4);
    fs::remove(disk / "filler");
  }
  REQUIRE(LetterOf(disk / "x") == 'o');
  REQUIRE(CountEntries(disk.path()) == 2);
}

}  // namespace trivium
