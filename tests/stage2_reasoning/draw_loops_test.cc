// How long a step of training thinks: the draw, and loops that are thought but not taught.
#include "stage2_reasoning/training/draw_loops.h"

#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

TEST_CASE("A quarter of the steps begin with untracked loops, and the taught ones are those of a run without",
          "[stage2]") {
  ReasonerTrainingConfig without, with;
  with.untracked_loops = 24;
  int64_t longer = 0, most = 0;
  for (uint64_t step = 0; step < 1000; ++step) {
    const SeedTree seeds = SeedTree(1).Child(step);
    const LogitsOptions usual = DrawLoops(without, static_cast<int64_t>(step), seeds);
    const LogitsOptions drawn = DrawLoops(with, static_cast<int64_t>(step), seeds);
    REQUIRE(usual.untracked == 0);
    REQUIRE(drawn.loops == usual.loops);
    REQUIRE(drawn.loops.size() == 2);
    REQUIRE(1 <= drawn.loops[0]);
    REQUIRE(drawn.loops[0] < drawn.loops[1]);
    REQUIRE(with.min_loops <= drawn.loops[1]);
    REQUIRE(drawn.loops[1] <= with.max_loops);
    longer += drawn.untracked > 0;
    most = std::max(most, drawn.untracked);
  }
  REQUIRE(longer > 200);
  REQUIRE(longer < 300);
  REQUIRE(most == 24);
}

TEST_CASE("The bar for sure matches rises within early training", "[stage2]") {
  const ReasonerTrainingConfig config;
  const auto least = [&](int64_t step) { return DrawLoops(config, step, SeedTree(1)).least_match; };
  REQUIRE(least(0) == 0);
  REQUIRE(least(300) == 0);
  REQUIRE(least(600) == Approx(kSureMatch / 2));
  REQUIRE(least(900) == kSureMatch);
  REQUIRE(least(2999) == kSureMatch);
}

TEST_CASE("Loops without a gradient think as all do, and are not taught", "[stage2]") {
  const Reasoner reasoner = ThinkingReasoner(true);
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), RelationItems(2, 3)).value();
  const Candidates words = AllWords(reasoner, batch);
  const auto logits = [&](int64_t loops, int64_t untracked) {
    LogitsOptions options;
    options.loops = {loops};
    options.untracked = untracked;
    return reasoner.Logits(batch.questions, batch.rows, words, options)[0];
  };
  REQUIRE(torch::allclose(logits(2, 3), logits(5, 0), 1e-4, 1e-4));
  REQUIRE_FALSE(torch::allclose(logits(2, 0), logits(5, 0), 1e-3, 1e-3));
  // Each loop that is not tracked takes its part of the gradient away.
  const at::Tensor weight = reasoner.Parameters().front().second;
  std::vector<at::Tensor> gradients;
  for (int64_t untracked = 0; untracked < 4; ++untracked) {
    gradients.push_back(torch::autograd::grad({logits(5 - untracked, untracked).square().sum()}, {weight})[0]);
    REQUIRE(at::isfinite(gradients.back()).all().item<bool>());
    for (size_t before = 0; before + 1 < gradients.size(); ++before) {
      REQUIRE_FALSE(torch::allclose(gradients.back(), gradients[before], 1e-3, 1e-6));
    }
  }
}

}  // namespace
}  // namespace trivium
