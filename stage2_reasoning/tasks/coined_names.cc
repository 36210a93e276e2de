// See coined_names.h.
#include "stage2_reasoning/tasks/coined_names.h"

#include <algorithm>
#include <cstdint>

#include "core/text/lexicon.h"

namespace trivium {
namespace {

constexpr uint64_t kHeldOutEvery = 8;

// FNV-1a: the same on every machine, which std::hash is not.
uint64_t StableHash(const std::string& word) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

std::string AnyWord(Rng& rng) {
  static const std::vector<std::string> kStarts = {"b",  "d",  "f",  "g",  "h",  "j",  "k",  "l",  "m",  "n",
                                                   "p",  "r",  "s",  "t",  "v",  "w",  "z",  "br", "ch", "dr",
                                                   "fl", "gr", "kl", "pr", "sh", "st", "th", "tr", "",   "qu"};
  static const std::vector<std::string> kMiddles = {"a", "e", "i", "o", "u", "ai", "ea", "io", "ou", "y"};
  static const std::vector<std::string> kEnds = {"", "", "", "l", "n", "r", "s", "t", "m", "x", "nd", "rk", "ck"};
  std::string word;
  const int64_t syllables = rng.Between(2, 4);
  for (int64_t i = 0; i < syllables; ++i) {
    // One draw a statement: the order in which operands are evaluated is the compiler's choice.
    const std::string& end = rng.Pick(kEnds);
    const std::string& middle = rng.Pick(kMiddles);
    word += rng.Pick(kStarts) + middle + end;
  }
  return word;
}

}  // namespace

std::string CoinName(CoinedUse use, Rng& rng) {
  for (;;) {
    std::string word = AnyWord(rng);
    const bool held_out = StableHash(word) % kHeldOutEvery == 0;
    if (held_out == (use == CoinedUse::kHeldOut) && EnglishLexicon().CategoryOf(word).empty()) return word;
  }
}

std::vector<std::string> CoinNames(size_t count, CoinedUse use, Rng& rng) {
  std::vector<std::string> names;
  while (names.size() < count) {
    std::string name = CoinName(use, rng);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace trivium
