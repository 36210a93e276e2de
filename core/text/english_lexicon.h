// The embedded word table of the built-in language; parsed once by EnglishLexicon() in lexicon.cc.
#pragma once

namespace trivium {

// Lines "category: word word ..."; blank lines are ignored.
extern const char kEnglishLexicon[];

}  // namespace trivium
