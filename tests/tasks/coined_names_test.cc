// Made-up names: fresh, of the parts that they are graded in, never words of the lexicon.
#include "stage2_reasoning/tasks/coined_names.h"

#include <set>

#include "core/text/lexicon.h"
#include "tests/test.h"

namespace trivium {

TEST_CASE("names for training and for grading have no name in common", "[tasks]") {
  Rng rng(1);
  std::set<std::string> training, held_out;
  for (int i = 0; i < 3000; ++i) training.insert(CoinName(CoinedUse::kTraining, rng));
  for (int i = 0; i < 3000; ++i) held_out.insert(CoinName(CoinedUse::kHeldOut, rng));
  REQUIRE(training.size() > 2500);
  REQUIRE(held_out.size() > 2500);
  for (const std::string& name : held_out) {
    REQUIRE(training.count(name) == 0);
    REQUIRE(EnglishLexicon().CategoryOf(name).empty());
  }
}

TEST_CASE("names of one draw are different, lower-case and the same for equal seeds", "[tasks]") {
  Rng rng(2), again(2);
  const std::vector<std::string> names = CoinNames(60, CoinedUse::kTraining, rng);
  REQUIRE(std::set<std::string>(names.begin(), names.end()).size() == 60);
  REQUIRE(CoinNames(60, CoinedUse::kTraining, again) == names);
  for (const std::string& name : names) {
    REQUIRE(name.size() >= 2);
    REQUIRE(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos);
  }
}

}  // namespace trivium
