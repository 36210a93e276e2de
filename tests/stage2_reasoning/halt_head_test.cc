// The judgement of answers: what it is fitted to, what it changes in a run, and that it is kept.
#include "stage2_reasoning/reasoner/halt_head.h"

#include "tests/torch_test.h"

#include "stage2_reasoning/grading/halting_report.h"
#include "stage2_reasoning/pipeline.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"

namespace trivium {
namespace {

// A head that says `probability` of every answer: that it is right, and that it has settled.
HaltHead Constant(const Reasoner& reasoner, double probability) {
  HaltHead head(reasoner.config().width, reasoner.config().thinking_facts);
  head.right.bias.fill_(std::log(probability / (1 - probability)));
  head.settled.bias.copy_(head.right.bias);
  head.threshold.fill_(0.9);
  return head;
}

TEST_CASE("A fitted regression says how often answers with such features were right", "[stage2]") {
  torch::manual_seed(1);
  const int64_t samples = 4000, features = HaltFeatures::kScalars + 5;
  const at::Tensor x = torch::randn({samples, features}) * 3 + 2;
  const at::Tensor truth = at::sigmoid(0.8 * x.select(1, 0) - 0.5 * x.select(1, 4) - 1);
  const std::vector<double> judged = FitLogistic(x, torch::rand({samples}) < truth)(x);
  double error = 0;
  for (int64_t i = 0; i < samples; ++i) error += std::abs(judged[static_cast<size_t>(i)] - truth[i].item<double>());
  REQUIRE(error / static_cast<double>(samples) < 0.03);
}

TEST_CASE("Samples that a line parts leave a finite regression that parts them", "[stage2]") {
  at::Tensor x = at::zeros({40, HaltFeatures::kScalars + 1});
  x.select(1, 0).copy_(at::arange(40, at::kFloat));
  const at::Tensor right = at::arange(40, at::kFloat) >= 20;
  const std::vector<double> judged = FitLogistic(x, right)(x);
  REQUIRE(judged[0] < 0.05);
  REQUIRE(judged[39] > 0.95);
  const std::vector<double> all = FitLogistic(x, at::ones({40}, at::kBool))(x);
  REQUIRE(std::isfinite(all[0]));
}

TEST_CASE("Features tell whether answer, slots and words stood still since the loop before", "[stage2]") {
  HaltFeatures seen;
  const at::Tensor slots = torch::ones({2, 1, 4}), said = UnitLength(torch::ones({2, 1, 3}));
  const at::Tensor words = torch::eye(4).narrow(0, 0, 3).expand({2, 3, 4}).clone();
  const at::Tensor mask = torch::tensor({{1.0F, 1.0F, 1.0F}, {1.0F, 1.0F, 0.0F}});
  const auto after = [&](const at::Tensor& states, const std::vector<std::string>& texts) {
    const std::vector<double> probabilities(texts.size(), 0.5);
    const int64_t skipped = 2 - std::ssize(texts), items = std::ssize(texts);
    const auto of = [&](const at::Tensor& all) { return all.narrow(0, skipped, items); };
    return seen.After({of(slots), of(said), of(states), of(mask), texts, probabilities}).to(at::kDouble);
  };
  const at::Tensor first = after(words, {"a", "b"});
  REQUIRE(first.size(1) == HaltFeatures::kSettling + 4);
  const int64_t before = HaltFeatures::kScalars;  // what the loop before had
  REQUIRE(first[1][before].item<double>() == first[1][0].item<double>());
  REQUIRE(first[0][0].item<double>() == Approx(std::log(0.5)));
  REQUIRE(first[0][1].item<double>() == 0);
  REQUIRE(first[0][3].item<double>() == Approx(0.0));  // nothing before: all has turned
  REQUIRE(first[0][5].item<double>() == 3);
  REQUIRE(first[1][5].item<double>() == 2);
  at::Tensor turned = words.clone();
  turned[0][1] = words[0][0];  // by a right angle
  turned[1][2] = words[0][0];  // padding
  const at::Tensor second = after(turned, {"a", "c"});
  REQUIRE(second[0][1].item<double>() == 1);
  REQUIRE(second[1][1].item<double>() == 0);
  REQUIRE(second[0][2].item<double>() < -10);
  REQUIRE(second[0][3].item<double>() == Approx(0.0));
  REQUIRE(second[0][4].item<double>() == Approx(std::log(1.0 / 3)));
  REQUIRE(second[1][3].item<double>() < -10);
  for (int64_t k = 0; k < HaltFeatures::kRemembered; ++k) {
    REQUIRE(second[1][before + k].item<double>() == first[1][k].item<double>());
  }
  seen.Keep(torch::tensor({int64_t{1}}));
  const at::Tensor third = after(turned, {"c"});
  REQUIRE(third[0][1].item<double>() == 1);
  REQUIRE(third[0][4].item<double>() < -10);
  const int64_t two_before = before + HaltFeatures::kRemembered;
  for (int64_t k = 0; k < HaltFeatures::kRemembered; ++k) {
    REQUIRE(third[0][before + k].item<double>() == second[1][k].item<double>());
    REQUIRE(third[0][two_before + k].item<double>() == first[1][k].item<double>());
  }
  REQUIRE(third[0][HaltFeatures::kEach].item<double>() == Approx(std::pow(third[0][0].item<double>(), 2)));
  REQUIRE(third[0][HaltFeatures::kEach + 1].item<double>() == Approx(third[0][0].item<double>()));  // times the next: 1
  REQUIRE(third[0][HaltFeatures::kSettling - 1].item<double>() == Approx(std::pow(first[1][4].item<double>(), 2)));
  REQUIRE(third[0][HaltFeatures::kSettling].item<double>() == 1);  // the slot
}

TEST_CASE("Items that stop by themselves leave the batch and answer as they would alone", "[stage2]") {
  Reasoner reasoner = ThinkingReasoner(GENERATE(false, true));
  // Sure of the likelier half of the fourth loop's answers: items stop at different times.
  RunOptions options;
  options.halting.loops = 4;
  std::vector<double> softmax;
  options.watch = [&](const LoopView& view) { softmax = view.softmax; };
  const std::vector<Item> items = RelationItems(12);
  reasoner.Run(EncodeItems(reasoner.encoder(), items).value(), options);
  std::sort(softmax.begin(), softmax.end());
  HaltHead head(reasoner.config().width, reasoner.config().thinking_facts);
  head.settled.weight[0] = 200.0;
  head.settled.bias.fill_(-200 * std::log(softmax[6]));
  head.threshold.fill_(0.9);
  reasoner.SetHaltHead(head);
  options.watch = nullptr;
  options.halting.automatic = true;
  options.halting.loops = 12;
  const auto run = [&](const std::vector<Item>& some) {
    return reasoner.Run(EncodeItems(reasoner.encoder(), some).value(), options);
  };
  const ReasonerAnswers together = run(items);
  int64_t least = 99, most = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const ReasonerAnswers alone = run({items[i]});
    INFO(i);
    REQUIRE(together.texts[i] == alone.texts[0]);
    REQUIRE(together.loops[i] == alone.loops[0]);
    REQUIRE(together.probabilities[i] == Approx(alone.probabilities[0]).margin(0.02));
    least = std::min(least, together.loops[i]);
    most = std::max(most, together.loops[i]);
  }
  REQUIRE(least < most);
}

TEST_CASE("An item stops when its answer is held settled, and shows how likely it is held right", "[stage2]") {
  Reasoner reasoner = TinyReasoner();
  RunOptions options;
  options.halting.automatic = true;
  options.halting.loops = 9;
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), RelationItems(3)).value();
  reasoner.SetHaltHead(Constant(reasoner, 0.5));
  REQUIRE(reasoner.Run(batch, options).loops == std::vector<int64_t>{9, 9, 9});
  HaltHead settled = Constant(reasoner, 0.99);
  settled.right = Constant(reasoner, 0.25).right;
  reasoner.SetHaltHead(settled);
  const ReasonerAnswers stopped = reasoner.Run(batch, options);
  REQUIRE(stopped.loops == std::vector<int64_t>{1, 1, 1});
  for (size_t i = 0; i < 3; ++i) REQUIRE(stopped.probabilities[i] == Approx(0.25).margin(1e-4));
}

TEST_CASE("An answer is judged alike after a fixed number of loops, whether each of them is looked at or not",
          "[stage2]") {
  Reasoner reasoner = TinyReasoner();
  HaltHead head(reasoner.config().width, reasoner.config().thinking_facts);
  head.right.weight.copy_(torch::linspace(-0.02, 0.02, head.right.weight.size(0)));
  reasoner.SetHaltHead(head);
  RunOptions options;
  options.halting.loops = 8;
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), RelationItems(3)).value();
  const std::vector<double> unwatched = reasoner.Run(batch, options).probabilities;
  options.watch = [](const LoopView&) {};
  const std::vector<double> watched = reasoner.Run(batch, options).probabilities;
  for (size_t i = 0; i < 3; ++i) REQUIRE(unwatched[i] == Approx(watched[i]).epsilon(1e-3));
}

TEST_CASE("Items stop at the least threshold at which they lose little", "[stage2]") {
  // Right from the third loop on; some are held settled while still wrong.
  std::vector<std::vector<WatchedLoop>> items(100, {{false, 0.2}, {false, 0.3}, {true, 0.8}, {true, 0.95}});
  REQUIRE(StopOf(items[0], 0.8) == 3);
  REQUIRE(StopOf(items[0], 0.9) == 4);
  REQUIRE(StopOf(items[0], 0.99) == 4);
  REQUIRE(LeastThreshold(items, 0) == 0.5);
  for (size_t i = 0; i < 2; ++i) items[i][1].settled = 0.7;
  REQUIRE(LeastThreshold(items, 0.01) == Approx(1 / (1 + std::exp(-0.9))));  // the first above 0.7
  REQUIRE(LeastThreshold(items, 0.02) == 0.5);
  items[0][0].settled = 1;  // wrong and certain: no threshold makes up for it, and the best one is taken
  REQUIRE(LeastThreshold(items, 0) == Approx(1 / (1 + std::exp(-0.9))));
}

TEST_CASE("A pipeline keeps the head, and one cut short has none", "[stage2]") {
  TempDir temp;
  REQUIRE(TinyFrozenLm().SealTo(temp / "lm").ok());
  Reasoner reasoner = TinyReasoner();
  REQUIRE(SavePipeline(temp / "none", temp / "lm", reasoner, {}, nlohmann::json::object()).ok());
  SuiteOptions suite;
  suite.families = {"lookup", "relations"};
  suite.items_per_cell = 3;
  suite.halting.loops = 3;
  const absl::StatusOr<Pipeline> none = LoadPipeline(temp / "none");
  REQUIRE(GradeHalting(*none->reasoner, suite).status().message().find("no halt head") != std::string::npos);
  reasoner.SetHaltHead(Constant(reasoner, 0.75));
  REQUIRE(SavePipeline(temp / "some", temp / "lm", reasoner, {}, nlohmann::json::object()).ok());
  const absl::StatusOr<Pipeline> some = LoadPipeline(temp / "some");
  REQUIRE(some->reasoner->halt_head().right.bias.equal(reasoner.halt_head().right.bias));
  REQUIRE(some->reasoner->halt_head().StopsAt(0.91));
  REQUIRE_FALSE(some->reasoner->halt_head().StopsAt(0.89));
  HaltHead of_one_loop = HaltHead::OfOneLoop(reasoner.config().width);  // as an earlier version kept it
  for (auto& [name, value] : of_one_loop.Parameters()) value.copy_(torch::rand(value.sizes()));
  reasoner.SetHaltHead(of_one_loop);
  REQUIRE(SavePipeline(temp / "old", temp / "lm", reasoner, {}, nlohmann::json::object()).ok());
  const absl::StatusOr<Pipeline> old = LoadPipeline(temp / "old");
  const at::Tensor features = torch::randn({1, HaltFeatures::kSettling + reasoner.config().width});
  const at::Tensor slot = features.narrow(1, HaltFeatures::kSettling, reasoner.config().width);
  const HaltHead& kept = old->reasoner->halt_head();
  REQUIRE(kept.settled(features)[0] == Approx(of_one_loop.settled(features)[0]));
  REQUIRE(kept.right(features)[0] ==
          Approx(of_one_loop.right(at::cat({features.narrow(1, 0, HaltFeatures::kScalars), slot}, 1))[0]));
  REQUIRE(kept.threshold.equal(of_one_loop.threshold));
  const HaltingReport report = GradeHalting(*some->reasoner, suite).value();
  REQUIRE(report.cells.size() == 1 + 6);
  for (const HaltingCell& cell : report.cells) {
    REQUIRE(cell.mean_loops == 3);
    REQUIRE(cell.automatic == Approx(cell.fixed[2]));
  }
  REQUIRE(RenderHalting(report).find("relations") != std::string::npos);
  suite.more_loops = true;
  REQUIRE(GradeHalting(*some->reasoner, suite).value().cells[0].fixed.size() == 3);
  suite.families = {"lookup", "alternation"};  // which takes three loops a step, and is graded up to five
  const HaltingReport further = GradeHalting(*some->reasoner, suite).value();
  for (const HaltingCell& cell : further.cells) REQUIRE(cell.fixed.size() == 15);
}

}  // namespace
}  // namespace trivium
