// Checkpoints: round trip, damage, a full disk, pruning.
#include "core/train/checkpoint.h"

#include "tests/harness/temp_dir.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

CheckpointTensors Tensors(float value) {
  return {.model = {{"w", torch::full({8, 3}, value)}},
          .optimizer = {{"m.w", torch::full({8, 3}, value + 1)}, {"v.w", torch::full({8, 3}, value + 2)}},
          .ema = {{"w", torch::full({8, 3}, value + 3)}}};
}

CheckpointState State(int64_t step) {
  return {.step = step,
          .seed = 18446744073709551615u,
          .threads = 2,
          .device = "cpu",
          .config_yaml = "seed: 1\n",
          .seconds = 1.5,
          .units = 64,
          .flops = 1e9,
          .task = {{"cursor", step}}};
}

void FlipByte(const std::filesystem::path& file) {
  std::string bytes = Slurp(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  Spill(file, bytes);
}

}  // namespace

TEST_CASE("A checkpoint comes back bit for bit", "[core/train]") {
  const TempDir run;
  REQUIRE(SaveCheckpoint(run.path(), State(7), Tensors(0.1f)).ok());
  const auto found = NewestCheckpoint(run.path(), nullptr);
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  const CheckpointState& state = (*found)->state;
  REQUIRE(state.step == 7);
  REQUIRE(state.seed == 18446744073709551615u);
  REQUIRE(state.seconds == 1.5);
  REQUIRE(state.task["cursor"] == 7);
  const CheckpointTensors into = Tensors(0.0f);
  REQUIRE(LoadTensors(**found, into).ok());
  const CheckpointTensors expected = Tensors(0.1f);
  REQUIRE(torch::equal(into.model[0].second, expected.model[0].second));
  REQUIRE(torch::equal(into.optimizer[1].second, expected.optimizer[1].second));
  REQUIRE(torch::equal(into.ema[0].second, expected.ema[0].second));
}

TEST_CASE("A folder without checkpoints holds none and that is no error", "[core/train]") {
  const TempDir run;
  const auto found = NewestCheckpoint(run.path(), nullptr);
  REQUIRE(found.ok());
  REQUIRE_FALSE(found->has_value());
}

TEST_CASE("A flipped byte in any file of the newest checkpoint falls back to the one before", "[core/train]") {
  for (const char* name :
       {"model.safetensors", "optimizer.safetensors", "ema.safetensors", "state.json", "manifest.json"}) {
    const TempDir run;
    REQUIRE(SaveCheckpoint(run.path(), State(9), Tensors(1)).ok());
    REQUIRE(SaveCheckpoint(run.path(), State(10), Tensors(2)).ok());
    FlipByte(run / "checkpoints/step-10" / name);
    std::vector<std::string> warnings;
    const auto found = NewestCheckpoint(run.path(), &warnings);
    REQUIRE(found.ok());
    REQUIRE((*found)->state.step == 9);
    REQUIRE(warnings.size() == 1);
    REQUIRE(warnings[0].find("step 10") != std::string::npos);
  }
}

TEST_CASE("If no checkpoint can be read the run is a bad artefact", "[core/train]") {
  const TempDir run;
  REQUIRE(SaveCheckpoint(run.path(), State(5), Tensors(1)).ok());
  std::filesystem::remove(run / "checkpoints/step-5/state.json");
  REQUIRE(ExitCode(NewestCheckpoint(run.path(), nullptr).status()) == 3);
}

TEST_CASE("Steps are ordered as numbers and only the newest are kept", "[core/train]") {
  const TempDir run;
  for (const int64_t step : {9, 10, 100, 20}) REQUIRE(SaveCheckpoint(run.path(), State(step), Tensors(1)).ok());
  PruneCheckpoints(run.path(), 2);
  REQUIRE(CountEntries(run / "checkpoints") == 2);
  REQUIRE((*NewestCheckpoint(run.path(), nullptr))->state.step == 100);
  REQUIRE(std::filesystem::exists(run / "checkpoints/step-20"));
}

TEST_CASE("Damaged later checkpoints are set aside, so that their steps can be saved anew", "[core/train]") {
  const TempDir run;
  REQUIRE(SaveCheckpoint(run.path(), State(1), Tensors(1)).ok());
  REQUIRE(SaveCheckpoint(run.path(), State(2), Tensors(1)).ok());
  std::filesystem::remove(run / "checkpoints/step-2/manifest.json");
  SetAsideLater(run.path(), 1);
  REQUIRE(std::filesystem::exists(run / "checkpoints/damaged-step-2"));
  REQUIRE(SaveCheckpoint(run.path(), State(2), Tensors(1)).ok());
}

TEST_CASE("A full disk leaves the previous checkpoint whole and no rest behind", "[core/train]") {
  const SmallDisk disk(256 << 10);
  if (!disk.mounted()) return;
  REQUIRE(SaveCheckpoint(disk.path(), State(1), Tensors(1)).ok());
  Spill(disk / "filler", std::string(200 << 10, 'x'));
  CheckpointTensors large = Tensors(2);
  large.model.emplace_back("large", torch::ones({20000}));
  REQUIRE(ExitCode(SaveCheckpoint(disk.path(), State(2), large)) == 4);
  REQUIRE(CountEntries(disk / "checkpoints") == 1);
  REQUIRE((*NewestCheckpoint(disk.path(), nullptr))->state.step == 1);
}
