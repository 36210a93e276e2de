// Facts that think: which rows are whose, who sees their states, and that reads are those of the question.
#include "core/text/sentences.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

TEST_CASE("Facts that think show it, each fact to its own rows", "[stage2]") {
  const std::vector<Item> items = RelationItems(2, 3);
  ReasonerConfig config;
  config.thinking_facts = true;
  const Reasoner silent(config, TinyFrozenLm(), SeedTree(1)), shown = ThinkingReasoner(true);
  const ReasonerBatch batch = EncodeItems(silent.encoder(), items).value();
  torch::NoGradGuard no_grad;
  // Row 0 of an item belongs to its first fact, and its last fact's value stands before the last row, its full stop.
  const auto facts = std::ssize(items[0].facts);
  REQUIRE(batch.rows.fact_of_row[0][0].item<int64_t>() == 0);
  const auto last = std::ssize(batch.fact_of_row[0]) - 1;
  REQUIRE(batch.rows.fact_of_row[0][last].item<int64_t>() == facts - 1);
  REQUIRE(batch.rows.last_row[0][facts - 1].item<int64_t>() == last - 1);
  const Candidates words = AllWords(silent, batch);
  const auto logits = [&](const Reasoner& reasoner, const Rows& rows, int64_t loops) {
    return reasoner.Logits(batch.questions, rows, words, {{loops}})[0];
  };
  Rows unnumbered = batch.rows;
  unnumbered.fact_of_row = unnumbered.last_row = at::Tensor();
  // Unseen thoughts change nothing; those seen do from the second loop on, as all states begin at zero.
  REQUIRE(torch::allclose(logits(silent, batch.rows, 3), logits(silent, unnumbered, 3), 1e-4, 1e-4));
  REQUIRE(torch::allclose(logits(shown, batch.rows, 1), logits(shown, unnumbered, 1), 1e-4, 1e-4));
  REQUIRE_FALSE(torch::allclose(logits(shown, batch.rows, 3), logits(shown, unnumbered, 3), 1e-2, 1e-2));
}

TEST_CASE("An item of more facts than may think is read as ever, whatever stands beside it", "[stage2]") {
  std::vector<std::vector<int64_t>> fact_of_row(2);
  for (int64_t fact = 0; fact <= kMostThinkingFacts; ++fact) fact_of_row[0].push_back(fact);
  Rows rows;
  rows.keys = at::zeros({2, kMostThinkingFacts + 1, 3});
  NumberFacts(fact_of_row, rows);
  REQUIRE_FALSE(rows.last_row.defined());
  fact_of_row[1] = {0, 0, 0, 1, 2, 2};
  NumberFacts(fact_of_row, rows);
  REQUIRE(torch::equal(rows.last_row, torch::tensor({{-1, -1, -1}, {1, 3, 4}})));
  REQUIRE((rows.fact_of_row[0] == -1).all().item<bool>());
  REQUIRE(torch::equal(rows.fact_of_row[1].narrow(0, 0, 7), torch::tensor({0, 0, 0, 1, 2, 2, -1})));
}

TEST_CASE("Only what the question's positions read counts as read", "[stage2]") {
  const Reasoner reasoner = ThinkingReasoner(true);
  const std::vector<Item> items = RelationItems(2, 3);
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), items).value();
  std::vector<std::vector<Fact>> facts(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    for (const std::string& text : items[i].facts) facts[i].push_back(MakeFact(text));
  }
  std::vector<Trace> traces;
  RunOptions options;
  options.halting.loops = 3;
  options.traces = &traces;
  options.facts = &facts;
  reasoner.Run(batch, options);
  for (const Trace& trace : traces) {
    REQUIRE(trace.steps.size() == 3);
    for (const auto& step : trace.steps) {
      double sum = 0;
      for (const ReadRecord& read : step.reads) sum += read.weight;
      REQUIRE(sum > 0.5);
      REQUIRE(sum < 1.001);
    }
  }
  SideLosses side;
  torch::NoGradGuard no_grad;
  reasoner.Logits(batch.questions, batch.rows, AllWords(reasoner, batch), {{3}, batch.support}, &side);
  REQUIRE(side.support.item<double>() > 0);
}

// Relation items whose facts come to their first words, but for the last fact, which comes to nothing.
std::vector<Item> ConcludingItems(int64_t count) {
  std::vector<Item> items = RelationItems(count, 3);
  for (Item& item : items) {
    for (const std::string& fact : item.facts) item.conclusions.push_back(SplitWords(fact).front());
    item.conclusions.back().clear();
  }
  return items;
}

TEST_CASE("What facts come to is a word, the end or not known", "[stage2]") {
  const Reasoner reasoner = ThinkingReasoner(true);
  std::vector<Item> items = ConcludingItems(3);
  const Candidates words = AllWords(reasoner, EncodeItems(reasoner.encoder(), items).value());
  items[0].conclusions.front() = "nowhere";
  items[1].conclusions.clear();
  const at::Tensor targets = ConclusionTargets(items, words);
  const auto last = std::ssize(items[0].facts) - 1;
  REQUIRE(targets[0][0].item<int64_t>() == kNoTarget);
  REQUIRE(targets[0][last].item<int64_t>() == 0);
  REQUIRE(words.texts[static_cast<size_t>(targets[0][1].item<int64_t>())] == items[0].conclusions[1]);
  REQUIRE((targets[1] == kNoTarget).all().item<bool>());
  items[2].facts.resize(kMostThinkingFacts + 1, items[2].facts[0]);
  REQUIRE((ConclusionTargets(items, words)[2] == kNoTarget).all().item<bool>());
  items[0].conclusions.clear();
  items[2].conclusions.clear();
  REQUIRE_FALSE(ConclusionTargets(items, words).defined());
}

TEST_CASE("The loss of thoughts is each item's own and teaches", "[stage2]") {
  const Reasoner reasoner = ThinkingReasoner(true);
  std::vector<Item> items = ConcludingItems(3);
  items[1].conclusions.clear();
  const Candidates words = AllWords(reasoner, EncodeItems(reasoner.encoder(), items).value());
  const auto loss = [&](const std::vector<Item>& some) {
    const ReasonerBatch batch = EncodeItems(reasoner.encoder(), some).value();
    SideLosses side;
    reasoner.Logits(batch.questions, batch.rows, words, {{3}, {}, ConclusionTargets(some, words)}, &side);
    return side.thoughts;
  };
  REQUIRE_FALSE(loss({items[1]}).defined());
  const at::Tensor of_all = loss(items);
  const double alone = loss({items[0]}).item<double>() + loss({items[2]}).item<double>();
  REQUIRE(of_all.item<double>() == Approx(alone / 3).epsilon(1e-4));
  double largest = 0;
  for (const at::Tensor& gradient :
       torch::autograd::grad({of_all}, Values(reasoner.Parameters()), {}, {}, false, true)) {
    if (gradient.defined()) largest = std::max(largest, gradient.abs().max().item<double>());
  }
  REQUIRE(largest > 1e-3);
}

}  // namespace
}  // namespace trivium
