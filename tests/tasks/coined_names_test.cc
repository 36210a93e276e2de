// Made-up names: fresh, of the parts that they are graded in, never words of the lexicon.
#include "stage2_reasoning/tasks/coined_names.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/spelling.h"
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

namespace {

// How many names of the list begin as another of them does: with the same `bytes` bytes.
size_t SharedBeginnings(const std::vector<std::string>& names, size_t bytes) {
  std::map<std::string, size_t> of_beginning;
  for (const std::string& name : names) ++of_beginning[name.substr(0, bytes)];
  size_t shared = 0;
  for (const auto& [beginning, count] : of_beginning) shared += count > 1 ? count : 0;
  return shared;
}

}  // namespace

TEST_CASE("names of one draw are different, lower-case and the same for equal seeds", "[tasks]") {
  Rng rng(2), again(2);
  const std::vector<std::string> names = CoinNames(60, CoinedUse::kTraining, rng);
  REQUIRE(std::set<std::string>(names.begin(), names.end()).size() == 60);
  REQUIRE(CoinNames(60, CoinedUse::kTraining, again) == names);
  for (const std::string& name : names) {
    REQUIRE(name.size() >= 2);
    REQUIRE(name.find_first_of(" 0123456789") == std::string::npos);
    REQUIRE(SpellWords(name, Spelling{}) == name);  // as a person's text is read: small letters, NFC
  }
}

TEST_CASE("some names bear accents and some lists hold names that are alike", "[tasks]") {
  Rng rng(3);
  size_t accented = 0, alike = 0;
  constexpr size_t kLists = 200, kNames = 12;
  for (size_t list = 0; list < kLists; ++list) {
    const std::vector<std::string> names = CoinNames(kNames, CoinedUse::kTraining, rng);
    for (const std::string& name : names) {
      accented += std::any_of(name.begin(), name.end(), [](unsigned char c) { return c >= 0x80; }) ? 1 : 0;
    }
    alike += SharedBeginnings(names, 4) >= kNames / 4 ? 1 : 0;
  }
  REQUIRE(accented > kLists * kNames / 4);
  REQUIRE(accented < kLists * kNames * 3 / 5);
  REQUIRE(alike > kLists / 3);
  REQUIRE(alike < kLists * 2 / 3);
}

}  // namespace trivium
