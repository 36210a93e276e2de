// Minimal pairs in the generated languages (stage1_language/data/*.pairs): a sentence of its grammar and the same
// sentence with one fault (a word replaced, left out, put in, or two neighbours exchanged). What a model that knows the
// language prefers. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "stage1_language/measures/language_probes.h"

namespace trivium {

enum class Language { kEnglish, kConstructed };

// The paradigms' names (MinimalPair::uid), in the order in which BuiltinPairs makes them.
std::vector<std::string> BuiltinParadigms(Language language);

// `each` pairs of every paradigm, words drawn from the lexicon; a pure function of the seeds. The good sentences are of
// the kinds that the generated corpus is made of, and some may stand in it.
std::vector<MinimalPair> BuiltinPairs(Language language, const SeedTree& seeds, int64_t each);

}  // namespace trivium
