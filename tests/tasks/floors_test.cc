// The guessers that accuracies are measured against: on sets whose best guess is known.
#include "stage2_reasoning/grading/floors.h"
#include "stage2_reasoning/grading/suite_items.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

Item MakeItem(const std::vector<std::string>& facts, const std::string& question, const std::string& answer) {
  Item item;
  item.facts = facts;
  item.question = question;
  item.answer = answer;
  item.answers = {answer};
  return item;
}

TEST_CASE("A clue that gives every answer away is found and named", "[floors]") {
  std::vector<Item> items;
  for (const std::string name : {"ann", "ben", "cy", "dot"}) {
    items.push_back(
        MakeItem({"the cat of eve is tim .", "the dog of " + name + " is " + name + "son .", "the dog of zoe is ned ."},
                 "the dog of " + name + " is who ?", name + "son"));
  }
  const Floors floors = MeasureFloors(items);
  REQUIRE(floors.random == Approx(1.0 / 3));
  REQUIRE(floors.commonest == Approx(1.0 / 4));
  REQUIRE(floors.single_clue == Approx(1.0));
  REQUIRE(floors.clue == "facts whose word 4 is word 4 of the question");
  REQUIRE(floors.best() == Approx(1.0));
}

TEST_CASE("Yes or no: denial and how often a word stands at a place are clues", "[floors]") {
  std::vector<Item> denied, placed;
  for (int i = 0; i < 8; ++i) {
    const bool yes = i % 3 == 0;
    denied.push_back(MakeItem({std::string("if someone is red then they are ") + (yes ? "" : "not ") + "kind ."},
                              "ann is kind ?", yes ? "yes" : "no"));
    placed.push_back(MakeItem({yes ? "ann is taller than ben ." : "ben is taller than ann ."},
                              "ann is taller than ben ?", yes ? "yes" : "no"));
  }
  REQUIRE(MeasureFloors(denied).single_clue == Approx(1.0));
  REQUIRE(MeasureFloors(placed).single_clue == Approx(1.0));
  REQUIRE(MeasureFloors(placed).random == Approx(0.5));
  REQUIRE(MeasureFloors(placed).commonest == Approx(5.0 / 8));
}

TEST_CASE("A clue that only luck recommends earns nothing", "[floors]") {
  Rng rng(3);
  std::vector<Item> items;
  for (int i = 0; i < 400; ++i) {
    std::vector<std::string> facts;
    for (int f = 0; f < 6; ++f) {
      facts.push_back(std::string(rng.Chance(0.5) ? "ann" : "ben") + " is taller than " +
                      (rng.Chance(0.5) ? "cy ." : "dot ."));
    }
    items.push_back(MakeItem(facts, "ann is taller than dot ?", rng.Chance(0.5) ? "yes" : "no"));
  }
  REQUIRE(std::abs(MeasureFloors(items).single_clue - 0.5) < 0.1);
}

TEST_CASE("No single clue solves a generated family beyond its first step", "[floors]") {
  for (const FamilyCell& cell : FamilyCells()) {
    if (cell.depth < 2) continue;
    INFO(cell.text());
    std::vector<Item> items = CellItems(cell, 400);
    const double single_clue = MeasureFloors(items).single_clue;
    // Floor() is of items that have an answer.
    std::erase_if(items, [](const Item& item) { return item.answer == "unknown"; });
    const Floors floors = MeasureFloors(items);
    const double most = cell.family->Floor() + FourSigma(cell.family->Floor(), items.size());
    REQUIRE(floors.random <= most);
    REQUIRE(floors.commonest <= most);
    REQUIRE(single_clue < (cell.family->Floor() > 0.4 ? 0.66 : 0.45));
  }
}

TEST_CASE("Items of one's own have candidates, too", "[floors]") {
  REQUIRE(Guesses(MakeItem({"a b .", "c d .", "e d ."}, "a what ?", "b")) == std::vector<std::string>{"b", "d"});
  REQUIRE(Guesses(MakeItem({"a b ."}, "a ?", "no")) == std::vector<std::string>{"yes", "no"});
  REQUIRE(MeasureFloors({}, {}).best() == 0);
  REQUIRE(MeasureFloors({MakeItem({}, "is it ?", "it")}).best() == Approx(1.0));  // always the commonest answer
}

TEST_CASE("What is withheld are the needed facts or all, of the items whose needed facts are known", "[floors]") {
  Item known = MakeItem({"a b .", "c d .", "e f ."}, "c what ?", "d");
  known.support = {1};
  const std::vector<Item> items = {known, MakeItem({"a b ."}, "g what ?", "unknown")};
  REQUIRE(Withhold(items, /*only_needed=*/true).size() == 1);
  REQUIRE(Withhold(items, true)[0].facts == std::vector<std::string>{"a b .", "e f ."});
  REQUIRE(Withhold(items, false)[0].facts.empty());
}

TEST_CASE("A needed fact that is gone leaves every family's answer unknown", "[floors]") {
  for (const FamilyCell& cell : FamilyCells()) {
    INFO(cell.text());
    for (const Item& item : Withhold(CellItems(cell, 100), /*only_needed=*/true)) {
      REQUIRE(cell.family->Solve(item.facts, item.question) == std::vector<std::string>{kUnknown});
    }
  }
}

}  // namespace
}  // namespace trivium
