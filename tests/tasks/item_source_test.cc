// What a training step is made of, and which depths are graded for it.
#include "stage2_reasoning/curriculum/item_source.h"

#include <algorithm>
#include <map>

#include "stage2_reasoning/grading/suite_items.h"
#include "tests/test.h"

namespace trivium {
namespace {

// Share of the items of families of several depths that are deeper than their training depths.
double DeeperShare(const ItemSource& source) {
  int64_t deeper = 0, items = 0;
  for (const DrawnItem& drawn : source.Draw(SeedTree(3), 0.5, 2000).items) {
    INFO(drawn.item.task << " " << drawn.item.depth);
    const int64_t last = FindTaskFamily(drawn.item.task).value()->training_depths().back();
    REQUIRE(drawn.item.depth <= last + kDeeperSteps);
    REQUIRE((drawn.cell < 0) == (drawn.item.depth > last));
    if (last == 1) continue;
    ++items;
    deeper += drawn.item.depth > last;
  }
  return static_cast<double>(deeper) / static_cast<double>(items);
}

TEST_CASE("deeper items come once a family's deepest training depth is mastered and count for no cell", "[tasks]") {
  for (double share : {0.0, 0.04, 1.0}) {
    DataConfig config;
    config.families = {"lookup", "relations", "operators"};
    config.order = "shuffle";
    config.twin_share = config.world_share = 0;
    config.deeper_share = share;
    ItemSource source = ItemSource::Create(config, Spelling()).value();
    REQUIRE(DeeperShare(source) == 0);
    const Item item;
    for (size_t cell = 0; cell < source.ordering().cells().size(); ++cell) {
      for (int i = 0; i < 200; ++i) source.ordering().Observe(cell, {item, true, 0});
    }
    REQUIRE(std::abs(DeeperShare(source) - share) < 0.02);
  }
}

TEST_CASE("drawn evenly, every depth of a family comes equally often, the deeper ones too", "[tasks]") {
  DataConfig config;
  config.families = {"lookup", "operators"};  // one and three training depths
  config.twin_share = 0;
  for (double share : {0.0, 0.04}) {
    config.deeper_share = share;
    const ItemSource source = ItemSource::Create(config, Spelling()).value();
    std::map<std::string, int64_t> drawn;
    for (const DrawnItem& item : source.DrawEvenly(SeedTree(3), 4000)) {
      ++drawn[item.item.task + std::to_string(item.item.depth)];
    }
    const int64_t depths = share > 0 ? 6 : 3;
    REQUIRE(std::ssize(drawn) == 1 + depths);
    REQUIRE(drawn["lookup1"] == Approx(1000).margin(120));
    for (int64_t depth = 1; depth <= depths; ++depth) {
      REQUIRE(drawn["operators" + std::to_string(depth)] == Approx(3000 / depths).margin(150));
    }
  }
}

TEST_CASE("a share of the questions about relations is said loosely, their facts as ever", "[tasks]") {
  DataConfig config;
  config.families = {"relations"};
  config.twin_share = config.world_share = config.unknown_share = 0;
  config.wording = "paraphrased";
  config.canonical_share = 0.5;
  std::map<bool, std::vector<DrawnItem>> drawn;
  for (const bool loose : {false, true}) {
    config.loose_share = loose ? 1 : 0;
    drawn[loose] = ItemSource::Create(config, Spelling())->DrawEvenly(SeedTree(3), 400);
  }
  int64_t canonical = 0;
  for (size_t i = 0; i < 400; ++i) {
    const Item &usual = drawn[false][i].item, &loose = drawn[true][i].item;
    REQUIRE(usual.facts == loose.facts);
    REQUIRE(usual.answer == loose.answer);
    canonical += usual.question == loose.question;
  }
  REQUIRE(canonical == Approx(200).margin(40));
  config.wording = "canonical";
  const absl::Status refused = ItemSource::Create(config, Spelling()).status();
  REQUIRE(ExitCode(refused) == 2);
  REQUIRE(Message(refused).find("data.loose_share") != std::string::npos);
}

TEST_CASE("graded are the training depths, the deepest drawn now and then, and those behind it", "[tasks]") {
  const TaskFamily& relations = *FindTaskFamily("relations").value();
  REQUIRE(GradedDepths(relations, 0, 2) == std::vector<int64_t>{1, 2, 3, 4, 5, 6});
  REQUIRE(GradedDepths(relations, 3, 2) == std::vector<int64_t>{1, 2, 3, 4, 7, 8, 9});
  REQUIRE(GradedDepths(relations, 0, 0) == std::vector<int64_t>{1, 2, 3, 4});
  REQUIRE(GradedDepths(*FindTaskFamily("lookup").value(), 3, 2) == std::vector<int64_t>{1});
}

}  // namespace
}  // namespace trivium
