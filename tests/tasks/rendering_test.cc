// Items in other words: same shape, same support, answers in the rendering's words.
#include "stage2_reasoning/tasks/rendering.h"

#include <algorithm>
#include <set>

#include "core/text/sentences.h"
#include "core/text/wording.h"
#include "stage1_language/corpus/corpus.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

TEST_CASE("every family can be said in every wording", "[tasks]") {
  for (const char* name : {"reworded", "paraphrased", "constructed"}) {
    const Rendering rendering = FindRendering(name).value();
    Rng rng(7);
    for (const FamilyCell& cell : FamilyCells()) {
      for (const Item& item : CellItems(cell, 60, 0.1)) {
        INFO(name << ": " << ItemText(item));
        const auto said = Render(item, rendering, rng);
        REQUIRE(said.ok());
        REQUIRE(said->facts.size() == item.facts.size());
        if (rendering.canonical_facts) REQUIRE(said->facts == item.facts);
        REQUIRE(said->support == item.support);
        REQUIRE(Verify(*said, said->answer));
        // It can be said: it stands in the item or in the closed class, whose words may be said in other ones.
        std::vector<std::string> sayable = {kUnknown};
        for (const std::string& word : cell.family->ClosedAnswers()) {
          for (const std::string& other : rendering.wording->WordsFor(word, WordingUse::Part::kAll)) {
            sayable.push_back(other);
          }
        }
        for (const std::string& other : rendering.wording->WordsFor(kUnknown, WordingUse::Part::kAll)) {
          sayable.push_back(other);
        }
        for (const std::string& fact : said->facts) {
          for (const std::string& word : SplitWords(fact)) sayable.push_back(word);
        }
        for (const std::string& word : SplitWords(said->question)) sayable.push_back(word);
        REQUIRE(std::count(sayable.begin(), sayable.end(), said->answer) > 0);
        if (item.task != "lookup" || item.support.empty()) continue;
        const std::vector<std::string> words = SplitWords(said->facts[static_cast<size_t>(item.support[0])]);
        REQUIRE(said->answer == words[words.size() - 2]);
      }
    }
  }
}

TEST_CASE("the canonical rendering changes nothing; an unknown one is refused with the nearest", "[tasks]") {
  Rng rng(7);
  const Item item = CellItems(FamilyCells().front(), 1).front();
  REQUIRE(ToJsonLine(Render(item, {}, rng).value()) == ToJsonLine(item));
  REQUIRE(Message(FindRendering("rewordet").status()).find("did you mean 'reworded'?") != std::string::npos);
}

TEST_CASE("the generated corpora can be written without end", "[corpus]") {
  for (uint64_t i = 0; i < 2000; ++i) {
    Rng rng(i);
    REQUIRE(RewordedDocument(0.45, 0.2, rng).size() > 8);
    REQUIRE(ConstructedDocument(rng).size() > 8);
  }
}

TEST_CASE("what goes with what is said of every word of a concept, held-out ones too", "[corpus]") {
  std::set<std::string> words;
  for (uint64_t i = 0; i < 2000; ++i) {
    Rng rng(i);
    for (const std::string& word : SplitWords(RewordedDocument(0, 1, rng))) words.insert(word);
  }
  for (const std::string& word : EnglishWording().AllWords()) {
    INFO(word);
    REQUIRE(words.count(word) + words.count(word + "s") > 0);
  }
  for (const std::string& key : EnglishWording().concepts()) {
    for (const std::string& word : EnglishWording().TypicalOf(key)) {
      INFO(word);
      REQUIRE(words.count(word) == 1);
    }
  }
}

}  // namespace
}  // namespace trivium
