// See coined_names.h.
#include "stage2_reasoning/tasks/coined_names.h"

#include <algorithm>
#include <cstdint>

#include "core/text/lexicon.h"

namespace trivium {
namespace {

constexpr uint64_t kHeldOutEvery = 8;
// The share of lists whose names are made of few syllables, and of how many at least: "zarkon", "konzar" and "zarmo"
// share pieces, so that only a name's whole spelling tells it from the others.
constexpr double kAlike = 0.5;
constexpr size_t kFewSyllables = 6;
// The share of syllables whose vowel bears an accent, so of more than one byte.
constexpr double kAccents = 1.0 / 6;

// FNV-1a: the same on every machine, which std::hash is not.
uint64_t StableHash(const std::string& word) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

std::string Syllable(Rng& rng) {
  static const std::vector<std::string> kStarts = {"b",  "d",  "f",  "g",  "h",  "j",  "k",  "l",  "m",  "n",
                                                   "p",  "r",  "s",  "t",  "v",  "w",  "z",  "br", "ch", "dr",
                                                   "fl", "gr", "kl", "pr", "sh", "st", "th", "tr", "",   "qu"};
  static const std::vector<std::string> kMiddles = {"a", "e", "i", "o", "u", "ai", "ea", "io", "ou", "y"};
  static const std::vector<std::string> kAccented = {"á", "é", "í", "ó", "ú", "ä", "ö", "ü"};
  static const std::vector<std::string> kEnds = {"", "", "", "l", "n", "r", "s", "t", "m", "x", "nd", "rk", "ck"};
  // One draw a statement: the order in which operands are evaluated is the compiler's choice.
  const std::string& end = rng.Pick(kEnds);
  const bool accent = rng.Chance(kAccents);
  const std::string& middle = rng.Pick(accent ? kAccented : kMiddles);
  return rng.Pick(kStarts) + middle + end;
}

// A word of two to four of `syllables`, or of any syllables where the list is empty.
std::string AnyWord(const std::vector<std::string>& syllables, Rng& rng) {
  std::string word;
  for (int64_t count = rng.Between(2, 4); count > 0; --count) {
    word += syllables.empty() ? Syllable(rng) : rng.Pick(syllables);
  }
  return word;
}

std::string Coin(const std::vector<std::string>& syllables, CoinedUse use, Rng& rng) {
  for (;;) {
    std::string word = AnyWord(syllables, rng);
    const bool held_out = StableHash(word) % kHeldOutEvery == 0;
    if (held_out == (use == CoinedUse::kHeldOut) && EnglishLexicon().CategoryOf(word).empty()) return word;
  }
}

}  // namespace

std::string CoinName(CoinedUse use, Rng& rng) { return Coin({}, use, rng); }

std::vector<std::string> CoinNames(size_t count, CoinedUse use, Rng& rng) {
  std::vector<std::string> syllables;
  if (rng.Chance(kAlike)) {
    for (size_t i = 0; i < kFewSyllables + count / 4; ++i) syllables.push_back(Syllable(rng));
  }
  std::vector<std::string> names;
  while (names.size() < count) {
    std::string name = Coin(syllables, use, rng);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace trivium
