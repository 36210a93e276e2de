// The sentence grammars of the generated corpora and their minimal pairs, embedded by the build from
// stage1_language/data/. Read by corpus_writer.cc and minimal_pairs.cc.
#pragma once

namespace trivium {

extern const char kEnglishGrammar[];
extern const char kWideGrammar[];
extern const char kWideWords[];
extern const char kConstructedGrammar[];
extern const char kEnglishPairs[];
extern const char kConstructedPairs[];

}  // namespace trivium
