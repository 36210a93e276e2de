// The sentence grammars of the generated corpora, embedded by the build from stage1_language/data/. Read by
// corpus_writer.cc.
#pragma once

namespace trivium {

extern const char kEnglishGrammar[];
extern const char kConstructedGrammar[];

}  // namespace trivium
