// kill -9 in the middle of training, again and again: the resumed run must end with the weights of an undisturbed one.
// The victim is this test program, started anew on the hidden test case below (a forked torch would share its threads).
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "tests/harness/temp_dir.h"
#include "tests/harness/toy_task.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

constexpr char kRunVariable[] = "TRIVIUM_TEST_VICTIM_RUN";
constexpr int64_t kSteps = 120;

TrainerConfig VictimConfig() {
  TrainerConfig config = ToyConfig(kSteps);
  config.checkpoint_every = 3;
  return config;
}

absl::Status TrainVictim(const std::filesystem::path& run_dir, ToyTask& task, bool resume) {
  TrainOptions options = ToyOptions(run_dir, 2);
  options.resume = resume;
  return Train(task, VictimConfig(), options).status();
}

pid_t StartVictim(const std::filesystem::path& run_dir) {
  const std::string variable = std::string(kRunVariable) + "=" + run_dir.string();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  putenv(const_cast<char*>(variable.c_str()));
  if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
  execl("/proc/self/exe", "trivium_torch_tests", "The process that is killed", static_cast<char*>(nullptr));
  _exit(127);
}

// Waits until the run has a checkpoint or `pid` ended; true if it still runs.
bool WaitForCheckpoint(const std::filesystem::path& run_dir, pid_t pid) {
  for (int i = 0; i < 3000; ++i) {
    if (waitpid(pid, nullptr, WNOHANG) == pid) return false;
    std::error_code error;
    if (std::filesystem::exists(run_dir / "checkpoints", error)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

void KillAndCompare(int kills) {
  const TempDir dir;
  ToyTask straight;
  REQUIRE(TrainVictim(dir / "straight", straight, false).ok());
  Rng rng(static_cast<uint64_t>(getpid()));
  for (int i = 0; i < kills; ++i) {
    const pid_t pid = StartVictim(dir / "killed");
    REQUIRE(pid > 0);
    if (!WaitForCheckpoint(dir / "killed", pid)) break;  // it finished
    std::this_thread::sleep_for(std::chrono::milliseconds(rng.Below(300)));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  ToyTask resumed;
  REQUIRE(TrainVictim(dir / "killed", resumed, true).ok());
  REQUIRE(resumed.Weights() == straight.Weights());
  // Nothing half-written stays: the last checkpoints and no staging folders.
  REQUIRE(CountEntries(dir / "killed/checkpoints") == 2);
}

}  // namespace

TEST_CASE("The process that is killed", "[.victim]") {
  const char* run_dir = std::getenv(kRunVariable);
  if (run_dir == nullptr) return;
  ToyTask task;
  task.before_step = [](int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(3)); };
  REQUIRE(TrainVictim(run_dir, task, std::filesystem::exists(std::filesystem::path(run_dir) / "config.yaml")).ok());
}

TEST_CASE("A run killed at random times ends with the same weights, bit for bit", "[core/train]") { KillAndCompare(3); }

TEST_CASE("A run killed 20 times ends with the same weights, bit for bit", "[.slow][core/train]") {
  KillAndCompare(20);
}
