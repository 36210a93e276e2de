// Stage 2 on a GPU gives what the CPU gives, up to rounding. Skipped where there is none.
#include "core/train/tensor_io.h"
#include "core/train/trainer.h"
#include "stage2_reasoning/reasoner/reasoner.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

std::shared_ptr<FrozenLm> OnGpu(const TempDir& dir) {
  REQUIRE(TinyFrozenLm().SealTo(dir / "lm").ok());
  const std::shared_ptr<FrozenLm> language = FrozenLm::Load(dir / "lm").value();
  language->MoveTo(at::kCUDA);
  return language;
}

// Logits and the gradients of the training loss, one after another, on the CPU.
std::vector<at::Tensor> LogitsAndGradients(const Reasoner& reasoner, const std::vector<Item>& items) {
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), items).value();
  const Candidates candidates = AllWords(reasoner, batch);
  const at::Tensor targets = AnswerTargets(items, candidates, reasoner.config().answer_slots).value();
  SideLosses side;
  const at::Tensor logits = reasoner
                                .Logits(batch.questions, batch.rows, candidates,
                                        {{4}, batch.support, ConclusionTargets(items, candidates)}, &side)
                                .front();
  std::vector<at::Tensor> results = {logits.detach()};
  for (const at::Tensor& gradient : torch::autograd::grad(
           {reasoner.Loss(logits, targets) + side.support + (side.thoughts.defined() ? side.thoughts : at::zeros({}))},
           Values(reasoner.Parameters()))) {
    results.push_back(gradient);
  }
  for (at::Tensor& result : results) result = result.cpu();
  return results;
}

}  // namespace

TEST_CASE("Logits and gradients of a reasoner are the same on a GPU, for both kinds of keys", "[stage2][cuda]") {
  if (!torch::cuda::is_available()) {
    WARN("skipped: this LibTorch finds no usable NVIDIA device");
    return;
  }
  TempDir dir;
  const std::shared_ptr<FrozenLm> language = OnGpu(dir);
  std::vector<Item> items = RelationItems(6);
  items[0].question = "the friend of zarkolimo is who ?";  // a word of several pieces
  items[0].support.clear();
  items[1].conclusions.assign(items[1].facts.size(), "friend");
  for (const bool content_keys : {false, true}) {
    ReasonerConfig config;
    config.content_keys = content_keys;
    config.thinking_facts = config.told_order = config.recall_fit = !content_keys;
    const Reasoner here(config, TinyFrozenLm(), SeedTree(1)), there(config, *language, SeedTree(1));
    REQUIRE(there.Parameters().front().second.is_cuda());
    const std::vector<at::Tensor> expected = LogitsAndGradients(here, items), got = LogitsAndGradients(there, items);
    for (size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      REQUIRE((expected[i] - got[i]).norm().item<double>() <= 1e-3 * expected[i].norm().item<double>() + 1e-6);
    }
    RunOptions options;
    const ReasonerAnswers a = here.Run(EncodeItems(here.encoder(), items).value(), options);
    const ReasonerAnswers b = there.Run(EncodeItems(there.encoder(), items).value(), options);
    for (size_t i = 0; i < items.size(); ++i) REQUIRE(a.probabilities[i] == Approx(b.probabilities[i]).epsilon(1e-3));
  }
}

TEST_CASE("A reasoner trains on a GPU, over worlds too, and leaves the frozen model as it was", "[stage2][cuda]") {
  if (!torch::cuda::is_available()) {
    WARN("skipped: this LibTorch finds no usable NVIDIA device");
    return;
  }
  TempDir dir;
  const std::shared_ptr<FrozenLm> language = OnGpu(dir);
  for (const double world_share : {0.0, 1.0}) {
    ReasonerTrainingConfig config = TinyTraining(6);
    config.data.world_share = world_share;
    config.evaluate_items = 2;
    TrainOptions options;
    options.run_dir = dir / (world_share > 0 ? "worlds" : "items");
    options.config_yaml = "seed: 1\n";
    options.stop_after = 3;
    const auto train = [&](bool resume) {
      options.resume = resume;
      options.stop_after = resume ? 0 : 3;
      Reasoner reasoner(ReasonerConfig(), *language, SeedTree(1));
      return TrainReasoner(config, *language, reasoner, options).status();
    };
    REQUIRE(ExitCode(train(false)) == 130);
    REQUIRE(train(true).ok());
  }
  REQUIRE(language->CheckUnchanged().ok());
}

}  // namespace trivium
