// The baseline: it learns a small world by heart, follows an edit by gradient steps and goes back on reset.
#include "stage2_reasoning/baselines/monolith.h"

#include "core/nn/flops.h"
#include "stage2_reasoning/grading/linear_probe.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

MonolithConfig TinyMonolith() {
  MonolithConfig config;
  config.weights = 100000;
  config.layers = 2;
  config.batch_items = 16;
  config.unknown_share = 0.1;
  config.edit_steps = 60;
  config.train.steps = 250;
  config.train.learning_rate = 5e-3;
  config.train.warmup_steps = 10;
  config.train.checkpoint_every = 250;
  return config;
}

World TinyWorld() {
  Rng rng(1);
  return World::Random(rng.Sample(EnglishLexicon().training_names(), 6), {"friend", "boss"}, rng);
}

}  // namespace

TEST_CASE("The baseline's size is near the one asked for", "[grading]") {
  MonolithConfig config;
  for (int64_t weights : {300000, 555076, 2000000}) {
    config.weights = weights;
    const double found = static_cast<double>(CountWeights(MonolithShape(config, 1600).Llama(1600)).total());
    REQUIRE(std::abs(found / static_cast<double>(weights) - 1) < 0.01);
  }
}

TEST_CASE("Prompts and padding are no targets", "[grading]") {
  const Tokenizer& tokenizer = TinyFrozenLm().tokenizer();
  const LlamaConfig shape = MonolithShape(TinyMonolith(), tokenizer.vocab_size()).Llama(tokenizer.vocab_size());
  const CompletionBatch batch =
      EncodeCompletions({{"the boss of adam is who ?", "ben"}, {"", "ben"}}, tokenizer, shape);
  REQUIRE(batch.inputs.sizes() == batch.targets.sizes());
  REQUIRE(batch.targets.ge(0).sum(1).equal(torch::tensor({2, 2}, at::kLong)));  // the name and the end of the text
  REQUIRE(batch.inputs[0][0].item<int64_t>() == tokenizer.bos());
  const int64_t name = tokenizer.Encode(" ben")[0];
  REQUIRE(batch.targets[1][0].item<int64_t>() == name);
  REQUIRE(batch.targets[0][batch.targets.size(1) - 2].item<int64_t>() == name);
  REQUIRE(batch.targets[0][batch.targets.size(1) - 1].item<int64_t>() == tokenizer.eos());
}

TEST_CASE("A monolith learns a world, follows edits by gradient steps and goes back", "[grading]") {
  const TempDir dir;
  const Tokenizer& tokenizer = TinyFrozenLm().tokenizer();
  const MonolithConfig config = TinyMonolith();
  const World world = TinyWorld();
  LanguageModel model(MonolithShape(config, tokenizer.vocab_size()), tokenizer.vocab_size(), SeedTree(1));
  TrainOptions options;
  options.run_dir = dir.path() / "run";
  options.threads = 1;
  const TrainSummary summary = TrainMonolith(config, world, tokenizer, model, options).value();
  REQUIRE(summary.flops > 0);
  Monolith monolith(std::move(model), tokenizer, config.edit_steps);
  Rng rng(2);
  const std::vector<ChangeCase> edits = MakeEdits(world, 4, rng), deletions = MakeDeletions(world, 1, rng);
  std::vector<std::string> direct;
  for (const ChangeCase& one : edits) direct.push_back(one.change.question);
  const auto before = monolith.Answer(direct, {}).value();
  for (size_t i = 0; i < direct.size(); ++i) REQUIRE(before[i] == edits[i].questions[0].before);

  const std::string weights = monolith.WeightsSha256().value();
  const std::vector<EditRateTrial> trials = ChooseEditRate(edits, monolith).value();
  REQUIRE(trials.size() == 3);
  REQUIRE(monolith.WeightsSha256().value() == weights);
  const ChangeCost trial_cost = monolith.cost();
  REQUIRE(trial_cost.changes == 12);
  monolith.set_edit_rate(1e-3);
  REQUIRE(monolith.Change(edits[0].change).ok());
  REQUIRE(monolith.cost().gradient_steps > trial_cost.gradient_steps);
  REQUIRE(monolith.cost().flops > trial_cost.flops);
  REQUIRE(monolith.Answer({direct[0]}, {})->front() == edits[0].change.answer);
  REQUIRE(monolith.WeightsSha256().value() != weights);
  REQUIRE(monolith.Reset().ok());
  REQUIRE(monolith.WeightsSha256().value() == weights);
  REQUIRE(monolith.Answer(direct, {}).value() == before);
  REQUIRE(monolith.Change(deletions[0].change).ok());
  REQUIRE(monolith.Answer({deletions[0].change.question}, {})->front() == kUnknown);
  REQUIRE(monolith.Reset().ok());

  const std::vector<std::string> choices = {world.people()[0], world.people()[1]};
  const auto forced = monolith.Answer(direct, {true, choices}).value();
  for (const std::string& answer : forced) {
    REQUIRE((answer == choices[0] || answer == choices[1]));
  }
  REQUIRE(monolith.AnswerStates(direct)->size() == direct.size());
  REQUIRE(monolith.CanSay("adam"));
}

}  // namespace trivium
