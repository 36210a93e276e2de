// Worlds in the language of rules: their answers are those of a naive reasoner, and their words are of no training
// item.
#include <set>

#include "core/text/sentences.h"
#include "stage2_reasoning/games/game.h"
#include "stage2_reasoning/tasks/rule_language.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

std::vector<Item> WorldItems(const GameFamily& world, int64_t depth, int64_t count) {
  std::vector<Item> items;
  for (int64_t i = 0; i < count; ++i) {
    Rng rng = SeedTree(3).Child(static_cast<uint64_t>(i)).MakeRng();
    items.push_back(world.Generate(rng, depth));
  }
  return items;
}

TEST_CASE("a world of rules: solver, naive reasoner and depth agree, and each choice is right at times", "[games]") {
  for (const auto& world : MakeRuleWorlds()) {
    REQUIRE_FALSE(FindTaskFamily(world->name()).ok());
    for (const int64_t depth : {1, 2, 3}) {
      int64_t first = 0;
      for (const Item& item : WorldItems(*world, depth, 300)) {
        INFO(ItemText(item));
        REQUIRE(item.tier == 3);
        REQUIRE(item.depth == depth);
        REQUIRE(item.answers == std::vector<std::string>{item.answer});
        REQUIRE(world->Solve(item.facts, item.question) == item.answers);
        const Derivation naive = PlayRuled(item.facts, item.question);
        REQUIRE(naive.answer == item.answer);
        REQUIRE(naive.steps == depth);
        const std::vector<std::string> choices = world->LegalMoves(item.facts, item.question);
        REQUIRE(choices.size() >= 2);
        REQUIRE(std::count(choices.begin(), choices.end(), item.answer) == 1);
        first += choices[0] == item.answer;
      }
      INFO(world->name() << ", depth " << depth);
      REQUIRE(first > 300 * 0.3);
      REQUIRE(first < 300 * 0.65);
    }
  }
}

TEST_CASE("no training item of the language of rules speaks in the words of a graded world", "[games]") {
  const std::string family = GENERATE("worded_rules", "composed_rules");
  std::set<std::string> trained;
  for (const Item& item : HeldOutItems(*FindTaskFamily(family).value(), 4000, SeedTree(1),
                                       GenerateOptions{2, &EnglishLexicon().training_names()})) {
    for (const std::string& word : SplitWords(item.question)) trained.insert(word);
    for (const std::string& fact : item.facts) {
      for (const std::string& word : SplitWords(fact)) trained.insert(word);
    }
  }
  const std::vector<std::string> own = {"duty",   "deed",    "points", "banned", "lawful",  "cut",     "piece",
                                        "runs",   "spoiled", "sound",  "move",   "square",  "goes",    "won",
                                        "beaten", "claim",   "clause", "refers", "granted", "refused", "void"};
  for (const std::string& word : own) {
    INFO(word);
    REQUIRE(trained.count(word) == 0);
    // Nor can it be borrowed as a name (data.borrowed_names): it is no content word of the lexicon.
    const std::string category = EnglishLexicon().CategoryOf(word);
    REQUIRE((category.empty() || category == "function"));
  }
}

TEST_CASE("worlds of rules take any text without harm", "[games]") {
  PlayRuled({"if x then y .", "from ada a way leads to ben ."}, "ada is what ?");
  PlayRuled({"if some way to a then", "if then", "from ada a way leads to ada ."}, "the x place from ada is what ?");
  for (const auto& world : AllGames()) {
    REQUIRE(world->LegalMoves({}, "").size() <= 2);
    world->Solve({"if", "any other", "from a a a a to", "if some x leads to a", "is is is is"},
                 "the x y from z is what ?");
    world->Solve({"from ada a way leads to ada .", "if some way leads to a sad place then a place is kind .",
                  "any other place is sad ."},
                 "ada is what ?");
  }
}

}  // namespace
}  // namespace trivium
