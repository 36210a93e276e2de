// The learning-rate schedule and the rules of TrainerConfig.
#include "core/train/trainer_config.h"

#include "tests/torch_test.h"

using namespace trivium;

TEST_CASE("The learning rate rises linearly and falls along half a cosine", "[core/train]") {
  TrainerConfig config;
  config.learning_rate = 0.1;
  config.min_lr_ratio = 0.2;
  config.warmup_steps = 2;
  config.steps = 6;
  // Computed apart, in Python.
  const double expected[] = {0.05, 0.1, 0.08828427124746191, 0.06, 0.03171572875253811, 0.02};
  for (int64_t step = 0; step < 6; ++step) REQUIRE(LearningRate(step, config) == Approx(expected[step]).epsilon(1e-12));
  REQUIRE(LearningRate(100, config) == Approx(0.02));
}

TEST_CASE("A schedule without warm-up, or with nothing else, stays finite", "[core/train]") {
  TrainerConfig config;
  config.learning_rate = 1.0;
  config.warmup_steps = 0;
  config.steps = 1;
  REQUIRE(LearningRate(0, config) == Approx(config.min_lr_ratio));
  config.warmup_steps = 10;
  config.steps = 5;
  REQUIRE(LearningRate(4, config) == Approx(0.5));
}

TEST_CASE("A broken rule is named by its key", "[core/train]") {
  TrainerConfig config;
  REQUIRE(config.Validate().ok());
  config.beta2 = 1.0;
  REQUIRE(Message(config.Validate()).find("train.beta2") != std::string::npos);
  config = TrainerConfig();
  config.learning_rate = -1;
  REQUIRE(ExitCode(config.Validate()) == 2);
}

TEST_CASE("Every trainer key has a default inside its range", "[core/train]") {
  TrainerConfig config;
  KeyTable table;
  AddKeys(table, "train.", config);
  REQUIRE(table.CheckTable().ok());
}
