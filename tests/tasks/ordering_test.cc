// The order of training: which cells are drawn how often, from how well they are answered.
#include "stage2_reasoning/curriculum/ordering.h"

#include <numeric>

#include "tests/test.h"

namespace trivium {
namespace {

// Two families; b has a floor of one half.
std::vector<Cell> Cells() { return {{"a", 1, 0, 0}, {"a", 2, 1, 0}, {"b", 1, 0, 0.5}, {"b", 2, 1, 0.5}}; }

Ordering Ordered(const std::string& order) { return Ordering::Create(order, Cells()).value(); }

// Answers a cell with this accuracy until the average knows it.
void Answer(Ordering& ordering, size_t cell, double accuracy) {
  const Item item;
  for (int i = 0; i < 400; ++i) ordering.Observe(cell, {item, i % 20 < 20 * accuracy});
}

std::vector<double> Shares(const Ordering& ordering, double progress = 0.5) {
  std::vector<double> weights = ordering.Weights(progress);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
  return weights;
}

TEST_CASE("shuffled, every cell comes equally often", "[tasks]") {
  const Ordering ordering = Ordered("shuffle");
  const CellSampler cells = ordering.Sampler(0.0);
  Rng rng(1);
  std::vector<int> drawn(4);
  for (int i = 0; i < 4000; ++i) ++drawn[cells.Draw(rng)];
  for (const int count : drawn) REQUIRE(count == Approx(1000).margin(120));
}

TEST_CASE("easy first, a depth waits for its turn and then comes as often as the others", "[tasks]") {
  const Ordering ordering = Ordered("easy_first");
  REQUIRE(Shares(ordering, 0.0) == std::vector<double>{0.5, 0, 0.5, 0});
  REQUIRE(Shares(ordering, 0.9) == std::vector<double>{0.25, 0.25, 0.25, 0.25});
}

TEST_CASE("adaptive, families begin with equal shares, nearly all of them for their lowest depth", "[tasks]") {
  const std::vector<double> shares = Shares(Ordered("adaptive"));
  REQUIRE(shares[0] + shares[1] == Approx(0.5));
  REQUIRE(shares[1] / shares[0] == Approx(0.1));
}

TEST_CASE("adaptive, answers at the floor are not mastery and open no deeper cell", "[tasks]") {
  Ordering ordering = Ordered("adaptive");
  Answer(ordering, 2, 0.5);
  const std::vector<double> shares = Shares(ordering);
  REQUIRE(shares[2] == Approx(shares[0]).epsilon(0.1));
  REQUIRE(shares[3] < 0.2 * shares[2]);
}

TEST_CASE("adaptive, a mastered family gives its share to the one that is not, and keeps a little", "[tasks]") {
  Ordering ordering = Ordered("adaptive");
  Answer(ordering, 0, 1.0);
  Answer(ordering, 1, 1.0);
  const std::vector<double> shares = Shares(ordering);
  REQUIRE(shares[0] + shares[1] < 0.15);
  REQUIRE(shares[0] > 0.02);
}

TEST_CASE("adaptive, a depth opens once the lower one is answered well above its floor", "[tasks]") {
  Ordering ordering = Ordered("adaptive");
  Answer(ordering, 2, 0.9);
  const std::vector<double> shares = Shares(ordering);
  REQUIRE(shares[3] > 2 * shares[2]);
}

TEST_CASE("adaptive, a family waits for all depths of the one that it builds on, if that is trained", "[tasks]") {
  std::vector<Cell> cells = Cells();
  cells[2].builds_on = cells[3].builds_on = "a";
  Ordering ordering = Ordering::Create("adaptive", cells).value();
  const auto share_of_b = [&] {
    const std::vector<double> shares = Shares(ordering);
    return shares[2] + shares[3];
  };
  REQUIRE(share_of_b() == Approx(0.1 / 1.1));
  Answer(ordering, 0, 0.9);
  REQUIRE(share_of_b() < 0.12);
  Answer(ordering, 1, 0.6);
  REQUIRE(share_of_b() > 0.5);
  for (Cell& cell : cells) cell.builds_on = "not trained";
  REQUIRE(Ordering::Create("adaptive", cells)->Weights(0) == Ordered("adaptive").Weights(0));
}

TEST_CASE("items whose answer is unknown say nothing about how well a cell is mastered", "[tasks]") {
  Ordering ordering = Ordered("adaptive");
  Answer(ordering, 0, 0.8);
  const double before = ordering.accuracy(0);
  Item item;
  item.answer = "unknown";
  for (int i = 0; i < 100; ++i) ordering.Observe(0, {item, false});
  REQUIRE(ordering.accuracy(0) == before);
}

TEST_CASE("the state of an ordering comes back, and that of other cells is refused", "[tasks]") {
  Ordering ordering = Ordered("adaptive");
  Answer(ordering, 0, 0.7);
  Ordering again = Ordered("adaptive");
  REQUIRE(again.Load(ordering.Save()).ok());
  REQUIRE(again.Weights(0) == ordering.Weights(0));
  REQUIRE(again.accuracy(0) == ordering.accuracy(0));
  for (const char* part : {"accuracy", "order"}) {
    for (const nlohmann::json& damaged :
         {nlohmann::json({0.5}), nlohmann::json({0.5, "x", 0.1, 0.2}), nlohmann::json()}) {
      nlohmann::json state = ordering.Save();
      state[part] = damaged;
      REQUIRE(ExitCode(again.Load(state)) == 3);
    }
  }
  REQUIRE(ExitCode(again.Load({0.5})) == 3);
}

TEST_CASE("an unknown order is answered with the nearest one", "[tasks]") {
  REQUIRE(Message(Ordering::Create("adaptve", Cells()).status()).find("did you mean 'adaptive'") != std::string::npos);
}

}  // namespace
}  // namespace trivium
