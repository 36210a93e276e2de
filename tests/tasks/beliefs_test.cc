// Items with two facts that contradict each other: the answer is what the solver says of the believed ones.
#include "stage2_reasoning/tasks/beliefs.h"

#include <algorithm>
#include <map>

#include "core/text/sentences.h"
#include "tests/harness/temp_dir.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

// The two facts of `item` that say different last words of the same thing, the more confident one first.
std::pair<size_t, size_t> Rivals(const Item& item) {
  std::map<std::string, std::vector<size_t>> facts_of;
  for (size_t i = 0; i < item.facts.size(); ++i) {
    std::vector<std::string> words = SplitWords(item.facts[i]);
    words.erase(words.end() - 2);
    facts_of[JoinWords(words)].push_back(i);
  }
  std::vector<size_t> rivals;
  for (const auto& [beginning, facts] : facts_of) {
    if (facts.size() == 1) continue;
    REQUIRE((facts.size() == 2 && rivals.empty()));
    rivals = facts;
  }
  REQUIRE(rivals.size() == 2);
  if (item.confidences[rivals[0]] < item.confidences[rivals[1]]) std::swap(rivals[0], rivals[1]);
  return {rivals[0], rivals[1]};
}

TEST_CASE("Of two facts that contradict each other the more confident one is the answer's", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    if (!cell.family->one_value()) continue;
    INFO(cell.text());
    Rng rng(7);
    int64_t made = 0, stays = 0, doubtful = 0;
    for (const Item& plain : CellItems(cell, 200)) {
      Item item = plain;
      if (!AddRival(*cell.family, item, rng)) {
        REQUIRE(item.facts == plain.facts);
        REQUIRE(item.confidences.empty());
        continue;
      }
      ++made;
      INFO(ItemText(item));
      REQUIRE(item.facts.size() == plain.facts.size() + 1);
      REQUIRE(item.confidences.size() == item.facts.size());
      for (const double confidence : item.confidences) REQUIRE((confidence > 0.01 && confidence <= 1));
      const auto [stronger, weaker] = Rivals(item);
      REQUIRE(item.confidences[stronger] >= 1.19 * item.confidences[weaker]);
      std::vector<std::string> believed = item.facts;
      believed.erase(believed.begin() + static_cast<int64_t>(weaker));
      REQUIRE(cell.family->Solve(believed, item.question) == std::vector<std::string>{item.answer});
      stays += item.answer == plain.answer;
      doubtful += std::count(item.confidences.begin(), item.confidences.end(), 1.0) == 0;
      for (size_t i = 0; i < item.support.size(); ++i) {
        REQUIRE(item.facts[static_cast<size_t>(item.support[i])] == plain.facts[static_cast<size_t>(plain.support[i])]);
      }
    }
    REQUIRE(made >= 150);
    const auto share = [&](int64_t count) { return static_cast<double>(count) / static_cast<double>(made); };
    REQUIRE(std::abs(share(stays) - 0.5) < 0.2);
    REQUIRE(std::abs(share(doubtful) - 0.25) < 0.15);
  }
}

TEST_CASE("Families whose facts may all hold, and items without an answer, get no rival", "[tasks]") {
  Rng rng(8);
  for (const FamilyCell& cell : FamilyCells()) {
    for (const Item& plain : CellItems(cell, 5, 0.5)) {
      if (cell.family->one_value() && !plain.support.empty()) continue;
      Item item = plain;
      REQUIRE_FALSE(AddRival(*cell.family, item, rng));
      REQUIRE(item.facts == plain.facts);
    }
  }
}

TEST_CASE("Confidences of facts survive writing, reading and shuffling", "[tasks]") {
  const TempDir dir;
  const TaskFamily& relations = **FindTaskFamily("relations");
  Rng rng(9);
  Item item = CellItems({&relations, 2, true}, 1)[0];
  REQUIRE(AddRival(relations, item, rng));
  std::map<std::string, double> before;
  for (size_t i = 0; i < item.facts.size(); ++i) before[item.facts[i]] = item.confidences[i];
  ShuffleFacts(item, rng);
  Spill(dir / "items.jsonl", ToJsonLine(item) + "\n");
  const Item read = ReadItems(dir / "items.jsonl").value()[0];
  REQUIRE(read.facts == item.facts);
  REQUIRE(read.confidences == item.confidences);
  for (size_t i = 0; i < read.facts.size(); ++i) REQUIRE(read.confidences[i] == before[read.facts[i]]);
}

}  // namespace
}  // namespace trivium
