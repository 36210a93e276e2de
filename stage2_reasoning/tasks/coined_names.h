// Names that no one has met: made-up words of two to four syllables, drawn afresh, so that no name can be learned by
// heart. Torch-free.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"

namespace trivium {

// Every eighth word, by a hash of its letters, is kept for grading: training never draws it.
enum class CoinedUse { kTraining, kHeldOut };

// "zarkon", "limo", "térné": lower-case letters, some with an accent (UTF-8, NFC); no word of the built-in lexicon.
std::string CoinName(CoinedUse use, Rng& rng);
// `count` different ones, in random order. Half of the lists are made of few syllables, so that their names are alike.
std::vector<std::string> CoinNames(size_t count, CoinedUse use, Rng& rng);

}  // namespace trivium
