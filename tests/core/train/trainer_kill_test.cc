// kill -9 in the middle of training, again and again: the resumed run must end with the weights of an undisturbed one.
// The victim is this test program, started anew on the hidden test case below (a forked torch would share its threads).
#include <cstdlib>

#include "tests/harness/moments.h"
#include "tests/harness/temp_dir.h"
#include "tests/harness/toy_task.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

constexpr char kRunVariable[] = "TRIVIUM_TEST_VICTIM_RUN", kMomentsVariable[] = "TRIVIUM_TEST_VICTIM_MOMENTS";
constexpr int64_t kSteps = 120, kMoments = kSteps + kSteps / 3, kMostTurns = 20000;

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

pid_t StartVictim(const std::filesystem::path& run_dir, const Moments& moments) {
  const std::string run = std::string(kRunVariable) + "=" + run_dir.string();
  const std::string told = std::string(kMomentsVariable) + "=" + std::to_string(moments.descriptor());
  const pid_t pid = fork();
  if (pid != 0) return pid;
  putenv(const_cast<char*>(run.c_str()));
  putenv(const_cast<char*>(told.c_str()));
  if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
  execl("/proc/self/exe", "trivium_torch_tests", "The process that is killed", static_cast<char*>(nullptr));
  _exit(127);
}

// Tells when a step begins, and when a checkpoint does.
class TellingTask : public ToyTask {
 public:
  explicit TellingTask(int descriptor) : descriptor_(descriptor) {
    before_step = [descriptor](int64_t) { Moments::TellTo(descriptor); };
  }
  nlohmann::json SaveState() const override {
    Moments::TellTo(descriptor_);
    return ToyTask::SaveState();
  }

 private:
  int descriptor_;
};

void KillAndCompare(int kills) {
  const TempDir dir;
  ToyTask straight;
  REQUIRE(TrainVictim(dir / "straight", straight, false).ok());
  Rng rng(static_cast<uint64_t>(getpid()));
  for (int i = 0; i < kills; ++i) {
    Moments moments;
    const pid_t pid = StartVictim(dir / "killed", moments);
    REQUIRE(pid > 0);
    // Three steps and a checkpoint are four moments; on average the run is done when it has been killed so often.
    const int64_t moment = rng.Between(1, 2 * kMoments / kills);
    if (!moments.KillAfter(pid, moment, static_cast<int64_t>(rng.Below(kMostTurns)))) break;  // it finished
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
  TellingTask task(std::stoi(std::getenv(kMomentsVariable)));
  REQUIRE(TrainVictim(run_dir, task, std::filesystem::exists(std::filesystem::path(run_dir) / "config.yaml")).ok());
}

TEST_CASE("A run killed at random moments ends with the same weights, bit for bit", "[core/train]") {
  KillAndCompare(3);
}

TEST_CASE("A run killed 20 times ends with the same weights, bit for bit", "[.slow][core/train]") {
  KillAndCompare(20);
}
