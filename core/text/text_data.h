// The word tables of the built-in languages, embedded by the build from core/text/data/.
#pragma once

namespace trivium {

extern const char kEnglishLexicon[];      // read by lexicon.cc
extern const char kEnglishWording[];      // read by wording.cc
extern const char kConstructedWording[];  // read by wording.cc

}  // namespace trivium
