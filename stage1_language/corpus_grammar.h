// The embedded sentence grammar of the built-in corpus; corpus_builtin.cc expands it.
#pragma once

namespace trivium {

// Lines "group: template"; blank lines are ignored.
extern const char kCorpusGrammar[];

}  // namespace trivium
