// The training loop: exact resume, warnings, and each way it can end.
#include "core/train/trainer.h"

#include <csignal>
#include <new>
#include <stdexcept>

#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/harness/toy_task.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

std::vector<float> TrainedStraight(int64_t threads) {
  const TempDir dir;
  ToyTask task;
  REQUIRE(Train(task, ToyConfig(), ToyOptions(dir / "run", threads)).ok());
  return task.Weights();
}

// Stops after 17 steps.
void Begin(const std::filesystem::path& run_dir, int64_t threads = 1) {
  ToyTask task;
  TrainOptions options = ToyOptions(run_dir, threads);
  options.stop_after = 17;
  const absl::Status status = Train(task, ToyConfig(), options).status();
  REQUIRE(ExitCode(status) == 130);
  REQUIRE(Message(status).find("step 17") != std::string::npos);
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("17 steps and a resume give the weights of 40 steps, bit for bit, at 1 and 2 threads", "[core/train]") {
  for (const int64_t threads : {1, 2}) {
    const TempDir dir;
    Begin(dir / "run", threads);
    ToyTask task;
    TrainOptions options = ToyOptions(dir / "run", threads);
    options.resume = true;
    const absl::StatusOr<TrainSummary> summary = Train(task, ToyConfig(), options);
    REQUIRE(summary.ok());
    REQUIRE(summary->resumed_from == 17);
    REQUIRE(summary->steps == 40);
    REQUIRE(summary->units == 40 * 64);
    REQUIRE(task.Weights() == TrainedStraight(threads));
  }
}

TEST_CASE("A run resumed before its first checkpoint begins at the beginning", "[core/train]") {
  const TempDir dir;
  ToyTask broken;
  broken.before_step = [](int64_t step) {
    if (step == 3) throw std::runtime_error("gone");
  };
  REQUIRE_FALSE(Train(broken, ToyConfig(), ToyOptions(dir / "run")).ok());
  ToyTask task;
  TrainOptions options = ToyOptions(dir / "run");
  options.resume = true;
  REQUIRE(Train(task, ToyConfig(), options).ok());
  REQUIRE(task.Weights() == TrainedStraight(1));
}

TEST_CASE("Resuming a finished run trains nothing and gives the same weights", "[core/train]") {
  const TempDir dir;
  ToyTask first, second;
  TrainOptions options = ToyOptions(dir / "run");
  REQUIRE(Train(first, ToyConfig(), options).ok());
  options.resume = true;
  const absl::StatusOr<TrainSummary> summary = Train(second, ToyConfig(), options);
  REQUIRE(summary.ok());
  REQUIRE(summary->resumed_from == 40);
  REQUIRE(second.Weights() == first.Weights());
}

TEST_CASE("A damaged newest checkpoint is passed over with a warning and the end is the same", "[core/train]") {
  const TempDir dir;
  Begin(dir / "run");
  Spill(dir / "run/checkpoints/step-17/model.safetensors", "rubbish");
  CapturedConsole captured;
  ToyTask task;
  TrainOptions options = ToyOptions(dir / "run");
  options.resume = true;
  options.console = &captured.console();
  const absl::StatusOr<TrainSummary> summary = Train(task, ToyConfig(), options);
  REQUIRE(summary.ok());
  REQUIRE(summary->resumed_from == 10);
  REQUIRE(Contains(captured.Err(), "warning: the checkpoint of step 17 is damaged"));
  REQUIRE(task.Weights() == TrainedStraight(1));
}

TEST_CASE("Another thread count than the checkpoint's is a warning", "[core/train]") {
  const TempDir dir;
  Begin(dir / "run", 1);
  CapturedConsole captured;
  ToyTask task;
  TrainOptions options = ToyOptions(dir / "run", 2);
  options.resume = true;
  options.console = &captured.console();
  REQUIRE(Train(task, ToyConfig(), options).ok());
  REQUIRE(Contains(captured.Err(), "warning: the run was begun with 1 threads"));
}

TEST_CASE("A changed config, seed or corpus cannot be resumed and is named", "[core/train]") {
  const TempDir dir;
  Begin(dir / "run");
  const auto refuses = [&](const std::function<void(ToyTask&, TrainOptions&)>& change, const std::string& word) {
    ToyTask task;
    TrainOptions options = ToyOptions(dir / "run");
    options.resume = true;
    change(task, options);
    const absl::Status status = Train(task, ToyConfig(), options).status();
    REQUIRE(ExitCode(status) == 2);
    REQUIRE(Contains(Message(status), word));
  };
  const std::string longer = "seed: 1\ntrain:\n  steps: 50\n  log_every: 4\n";
  refuses([&](ToyTask&, TrainOptions& o) { o.config_yaml = longer; }, "train.steps: was 40, is 50");
  refuses([](ToyTask&, TrainOptions& o) { o.seed = 2; }, "seed: was 1, is 2");
  refuses([](ToyTask& t, TrainOptions&) { t.corpus = "b"; }, "another corpus");
}

TEST_CASE("A signal finishes the step, saves and returns Interrupted", "[core/train]") {
  const TempDir dir;
  ToyTask task;
  task.before_step = [](int64_t step) {
    if (step == 12) std::raise(SIGINT);
  };
  const absl::Status status = Train(task, ToyConfig(), ToyOptions(dir / "run")).status();
  REQUIRE(ExitCode(status) == 130);
  REQUIRE(std::filesystem::exists(dir / "run/checkpoints/step-13/manifest.json"));
  REQUIRE(std::filesystem::exists(dir / "run/README.md"));
  ToyTask resumed;
  TrainOptions options = ToyOptions(dir / "run");
  options.resume = true;
  REQUIRE(Train(resumed, ToyConfig(), options).ok());
  REQUIRE(resumed.Weights() == TrainedStraight(1));
}

TEST_CASE("A loss that is not finite fails, naming the step, and the last checkpoint stands", "[core/train]") {
  const TempDir dir;
  ToyTask task;
  task.before_step = [&](int64_t step) {
    if (step == 14) task.loss_scale = NAN;
  };
  const absl::Status status = Train(task, ToyConfig(), ToyOptions(dir / "run")).status();
  REQUIRE(ExitCode(status) == 1);
  REQUIRE(Contains(Message(status), "step 14"));
  REQUIRE(Contains(Message(status), "checkpoint of step 10 stands"));
}

TEST_CASE("Exceptions of a step become statuses that name it", "[core/train]") {
  const auto ends_with = [](const std::function<void(int64_t)>& before_step, int code, const std::string& word) {
    const TempDir dir;
    ToyTask task;
    task.before_step = before_step;
    const absl::Status status = Train(task, ToyConfig(), ToyOptions(dir / "run")).status();
    REQUIRE(ExitCode(status) == code);
    REQUIRE(Contains(Message(status), word));
    REQUIRE(Message(status).find("frame #") == std::string::npos);
  };
  ends_with([](int64_t) { torch::ones({2, 3}).matmul(torch::ones({2, 3})); }, 1, "step 0");
  ends_with([](int64_t) { throw std::bad_alloc(); }, 4, "memory");
}

TEST_CASE("A full disk ends training with OutOfResource and the previous checkpoint resumes", "[core/train]") {
  const SmallDisk disk(1 << 20);
  if (!disk.mounted()) return;
  ToyTask task;
  task.before_step = [&](int64_t step) {
    if (step == 15) Spill(disk / "filler", std::string(2 << 20, 'x'));
  };
  const absl::Status status = Train(task, ToyConfig(), ToyOptions(disk / "run")).status();
  REQUIRE(ExitCode(status) == 4);
  std::filesystem::remove(disk / "filler");
  ToyTask resumed;
  TrainOptions options = ToyOptions(disk / "run");
  options.resume = true;
  const absl::StatusOr<TrainSummary> summary = Train(resumed, ToyConfig(), options);
  REQUIRE(summary.ok());
  REQUIRE(summary->resumed_from == 10);
  REQUIRE(resumed.Weights() == TrainedStraight(1));
}

TEST_CASE("A disk too small for the checkpoints is named before the first step", "[core/train]") {
  const SmallDisk disk(128 << 10);
  if (!disk.mounted()) return;
  ToyTask task;
  const absl::Status status = Train(task, ToyConfig(), ToyOptions(disk / "run")).status();
  REQUIRE(ExitCode(status) == 4);
  REQUIRE(Contains(Message(status), "train.keep_checkpoints"));
}

TEST_CASE("A finished run folder holds config, environment, metrics, checkpoints and a card", "[core/train]") {
  const TempDir dir;
  ToyTask task;
  const absl::StatusOr<TrainSummary> summary = Train(task, ToyConfig(), ToyOptions(dir / "run"));
  REQUIRE(summary.ok());
  for (const char* name : {"config.yaml", "environment.json", "metrics.jsonl", "README.md", "checkpoints/step-40"}) {
    REQUIRE(std::filesystem::exists(dir / "run" / name));
  }
  REQUIRE(CountEntries(dir / "run/checkpoints") == 2);
  REQUIRE(Contains(Slurp(dir / "run/metrics.jsonl"), "\"step\":40"));
  REQUIRE(task.evaluations == 1);
  REQUIRE(summary->metrics.back().first == "sum");
  REQUIRE(ToJson(*summary)["metrics"].contains("loss"));
}

TEST_CASE("Training lowers the loss", "[core/train]") {
  const TempDir dir;
  ToyTask task;
  const double before = task.Step(0).loss.item<double>();
  REQUIRE(Train(task, ToyConfig(200), ToyOptions(dir / "run")).ok());
  REQUIRE(task.Step(0).loss.item<double>() < 0.5 * before);
}

TEST_CASE("A plan gives sizes and time and puts the weights back", "[core/train]") {
  const TempDir dir;
  ToyTask task;
  const std::vector<float> before = task.Weights();
  const absl::StatusOr<TrainPlan> plan = PlanTraining(task, ToyConfig(), ToyOptions(dir / "run"));
  REQUIRE(plan.ok());
  REQUIRE(task.Weights() == before);
  REQUIRE(plan->num_weights == 16 * 48 * 2 + 48);
  REQUIRE(plan->seconds_per_step > 0);
  REQUIRE(plan->disk_bytes > 3 * 4 * 4 * plan->num_weights);
  REQUIRE_FALSE(std::filesystem::exists(dir / "run"));
  REQUIRE(Contains(RenderPlan(*plan, ToyConfig(), "items"), "items/s"));
}
