// See inflection.h. The rules are those of spelling; stress, which decides some doublings in longer words, is not
// known, so only words of one syllable double their last letter.
#include "core/text/inflection.h"

namespace trivium {
namespace {

bool IsVowel(char c) { return std::string("aeiou").find(c) != std::string::npos; }
char Last(const std::string& word, size_t back = 0) { return word.size() > back ? word[word.size() - 1 - back] : ' '; }
std::string Without(const std::string& word, size_t letters) { return word.substr(0, word.size() - letters); }

// Groups of vowels, y among them behind a consonant, without a silent e at the end.
int Syllables(const std::string& word) {
  int groups = 0;
  bool in_group = false;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool vowel = IsVowel(word[i]) || (i > 0 && word[i] == 'y');
    if (vowel && !in_group) ++groups;
    in_group = vowel;
  }
  const bool silent = Last(word) == 'e' && !IsVowel(Last(word, 1)) && groups > 1;
  return silent ? groups - 1 : groups;
}

// One syllable that ends in consonant, vowel, consonant: "stop", not "cook", "row" or "fix".
bool DoublesLast(const std::string& word) {
  const char last = Last(word);
  const bool quit = Last(word, 2) == 'u' && Last(word, 3) == 'q';
  return Syllables(word) == 1 && !IsVowel(last) && last != 'w' && last != 'x' && last != 'y' &&
         IsVowel(Last(word, 1)) && word.size() > 2 && (!IsVowel(Last(word, 2)) || quit);
}

bool EndsInConsonantY(const std::string& word) { return Last(word) == 'y' && !IsVowel(Last(word, 1)); }

// The stem before an ending that begins with a vowel other than i.
std::string Stem(const std::string& word) {
  if (Last(word) == 'e') return Without(word, 1);
  if (EndsInConsonantY(word)) return Without(word, 1) + "i";
  return DoublesLast(word) ? word + Last(word) : word;
}

bool IsShort(const std::string& adjective) {
  const int syllables = Syllables(adjective);
  return syllables == 1 || (syllables == 2 && Last(adjective) == 'y');
}

}  // namespace

std::string RegularPlural(const std::string& noun) {
  const char last = Last(noun), before = Last(noun, 1);
  const bool hisses = last == 's' || last == 'x' || last == 'z' || (last == 'h' && (before == 's' || before == 'c'));
  if (hisses) return noun + "es";
  return EndsInConsonantY(noun) ? Without(noun, 1) + "ies" : noun + "s";
}

std::string RegularPast(const std::string& verb) { return Stem(verb) + "ed"; }

std::string Participle(const std::string& verb) {
  const char before = Last(verb, 1);
  if (Last(verb) == 'e' && before == 'i') return Without(verb, 2) + "ying";
  if (Last(verb) == 'e' && before != 'e' && before != 'o' && before != 'y') return Without(verb, 1) + "ing";
  return (DoublesLast(verb) ? verb + Last(verb) : verb) + "ing";
}

std::string Comparative(const std::string& adjective) {
  return IsShort(adjective) ? Stem(adjective) + "er" : "more " + adjective;
}

std::string Superlative(const std::string& adjective) {
  return IsShort(adjective) ? Stem(adjective) + "est" : "most " + adjective;
}

}  // namespace trivium
