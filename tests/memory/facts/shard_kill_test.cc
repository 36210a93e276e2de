// Writers and readers of one shard that are killed at any moment: no commit is lost, none is seen half.
#include <fcntl.h>

#include <fstream>

#include "tests/harness/moments.h"
#include "tests/harness/small_shard.h"

namespace trivium {
namespace {

// Commits pairs of facts for ever, tells the moments of its work, and after each commit that it is done.
[[noreturn]] void WritePairs(const std::filesystem::path& path, const std::filesystem::path& told,
                             const Moments& moments) {
  const int done = open(told.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0644);
  for (int i = 0;; ++i) {
    absl::StatusOr<Shard> shard = Shard::Open(path, DatabaseMode::kWrite);
    if (!shard.ok()) _exit(1);
    absl::StatusOr<ShardEdit> edit = ShardEdit::Begin(*shard);
    if (!edit.ok()) _exit(1);
    moments.Tell();
    const std::string pair = std::to_string(getpid()) + "-" + std::to_string(i);
    const bool added = edit->Add(Say("left " + pair + " .")).ok() && edit->Add(Say("right " + pair + " .")).ok();
    moments.Tell();
    if (!added || !edit->Commit(pair).ok()) _exit(1);
    moments.Tell();
    const std::string line = pair + "\n";
    if (write(done, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(1);
  }
}

// Reads all facts again and again; a fact without its twin is a torn read.
[[noreturn]] void ReadPairs(const std::filesystem::path& path, const std::filesystem::path& torn) {
  while (true) {
    const absl::StatusOr<Shard> shard = Shard::Open(path);
    std::string fault;
    if (!shard.ok()) {
      fault = Message(shard.status());
    } else {
      const absl::StatusOr<std::vector<Fact>> facts = shard->Facts();
      if (!facts.ok()) fault = Message(facts.status());
      for (size_t i = 0; facts.ok() && i < facts->size(); i += 2) {
        const bool twins = i + 1 < facts->size() && (*facts)[i + 1].text == "right" + (*facts)[i].text.substr(4);
        if (!twins) fault = "no twin of " + (*facts)[i].text;
      }
    }
    if (!fault.empty()) std::ofstream(torn, std::ios::app) << fault << std::endl;
  }
}

struct KillCounts {
  int64_t commits = 0, torn = 0, lost = 0;
};

// Kills the writer `kills` times, and each time one of the readers with it.
KillCounts KillAgainAndAgain(int kills, int readers) {
  const TempDir dir;
  const std::filesystem::path path = dir / "p.shard", told = dir / "told", torn = dir / "torn";
  { Shard::Create(path).value(); }
  std::vector<pid_t> reading;
  const auto start_reader = [&] {
    const pid_t child = fork();
    if (child == 0) ReadPairs(path, torn);
    return child;
  };
  for (int i = 0; i < readers; ++i) reading.push_back(start_reader());
  KillCounts counts;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    Moments moments;
    const pid_t writer = fork();
    if (writer == 0) WritePairs(path, told, moments);
    CHECK(moments.KillAfter(writer, 1 + kill_number % 23, 997 * (kill_number % 41)));
    if (readers > 0) {
      pid_t& reader = reading[static_cast<size_t>(kill_number % readers)];
      kill(reader, SIGKILL);
      waitpid(reader, nullptr, 0);
      reader = start_reader();
    }
    if (kill_number % 10 == 0) REQUIRE(Shard::Open(path)->Verify().ok());
  }
  for (const pid_t reader : reading) {
    kill(reader, SIGKILL);
    waitpid(reader, nullptr, 0);
  }
  const Shard shard = Shard::Open(path).value();
  REQUIRE(shard.Verify().ok());
  std::ifstream commits(told), faults(torn);
  for (std::string pair; std::getline(commits, pair); ++counts.commits) {
    counts.lost += shard.FindText("left " + pair + " .").value().size() != 1;
    counts.lost += shard.FindText("right " + pair + " .").value().size() != 1;
  }
  for (std::string fault; std::getline(faults, fault); ++counts.torn) UNSCOPED_INFO(fault);
  REQUIRE(shard.Count().value() % 2 == 0);
  REQUIRE(shard.Count().value() >= 2 * counts.commits);
  return counts;
}

}  // namespace

TEST_CASE("killed writers and readers lose no commit and see none half done", "[memory]") {
  const KillCounts counts = KillAgainAndAgain(15, 2);
  REQUIRE(counts.commits > 0);
  REQUIRE(counts.torn == 0);
  REQUIRE(counts.lost == 0);
}

// Run by hand: trivium_tests "[.durability]"
TEST_CASE("a thousand kills beside eight readers", "[.durability]") {
  const KillCounts counts = KillAgainAndAgain(1000, 8);
  WARN(counts.commits << " commits told, " << counts.lost << " lost, " << counts.torn << " torn reads");
  REQUIRE(counts.torn == 0);
  REQUIRE(counts.lost == 0);
}

}  // namespace trivium
