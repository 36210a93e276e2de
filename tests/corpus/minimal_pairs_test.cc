// The built-in minimal pairs: one fault each, words of the lexicon, good sentences that the corpus grammar makes.
#include "stage1_language/measures/minimal_pairs.h"

#include <algorithm>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "core/text/wording.h"
#include "tests/test.h"

using namespace trivium;

namespace {

using Words = std::vector<std::string>;

// The least number of words put in, left out or replaced that makes `b` of `a` (Levenshtein).
size_t Edits(const Words& a, const Words& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, exchanged});
    }
  }
  return row[b.size()];
}

bool SameWords(Words a, Words b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

}  // namespace

TEST_CASE("Every built-in pair differs by one edit or by the order of the same words", "[stage1_language]") {
  const auto& lexicon = EnglishLexicon().AllWords();
  const std::set<std::string> known(lexicon.begin(), lexicon.end());
  for (const MinimalPair& pair : BuiltinPairs(Language::kEnglish, SeedTree(5), 20)) {
    CAPTURE(pair.uid, pair.good, pair.bad);
    const Words good = SplitWords(pair.good), bad = SplitWords(pair.bad);
    REQUIRE(good != bad);
    REQUIRE((Edits(good, bad) == 1 || SameWords(good, bad)));
    for (const std::string& word : good) REQUIRE(known.count(word) == 1);
    for (const std::string& word : bad) REQUIRE(known.count(word) == 1);
    REQUIRE(JoinWords(good) == pair.good);
    REQUIRE_FALSE(pair.term.empty());
    REQUIRE((good.back() == "." || good.back() == "?"));
    // "a" and "an" as the language has them
    for (size_t i = 0; i + 1 < good.size(); ++i) {
      const bool vowel = std::string("aeiou").find(good[i + 1][0]) != std::string::npos;
      if (good[i] == "a") REQUIRE_FALSE(vowel);
      if (good[i] == "an") REQUIRE(vowel);
    }
  }
}

TEST_CASE("Built-in pairs cover their paradigms evenly and depend on the seed alone", "[stage1_language]") {
  const Words paradigms = BuiltinParadigms(Language::kEnglish);
  REQUIRE(paradigms.size() >= 12);
  REQUIRE(std::set<std::string>(paradigms.begin(), paradigms.end()).size() == paradigms.size());
  const auto pairs = BuiltinPairs(Language::kEnglish, SeedTree(1), 30),
             again = BuiltinPairs(Language::kEnglish, SeedTree(1), 30),
             other = BuiltinPairs(Language::kEnglish, SeedTree(2), 30);
  REQUIRE(pairs.size() == 30 * paradigms.size());
  size_t same = 0;
  std::set<std::string> sentences;
  for (size_t i = 0; i < pairs.size(); ++i) {
    REQUIRE(pairs[i].uid == paradigms[i / 30]);
    REQUIRE(pairs[i].good == again[i].good);
    REQUIRE(pairs[i].bad == again[i].bad);
    same += pairs[i].good == other[i].good;
    sentences.insert(pairs[i].bad);
  }
  REQUIRE(same < pairs.size() / 10);
  REQUIRE(sentences.size() > pairs.size() * 9 / 10);
}

TEST_CASE("The constructed language has pairs of the terms that it shares with English, in its own words",
          "[stage1_language]") {
  std::set<std::string> english_terms, words;
  for (const MinimalPair& pair : BuiltinPairs(Language::kEnglish, SeedTree(1), 1)) english_terms.insert(pair.term);
  for (const std::string& word : ConstructedWording().AllWords()) words.insert(word);
  for (const char* word : {"na", "wa", "so", "po", "pli", "de", "vi", "iri", "kie", ".", "?"}) words.insert(word);
  const auto pairs = BuiltinPairs(Language::kConstructed, SeedTree(5), 20);
  REQUIRE(pairs.size() == 20 * BuiltinParadigms(Language::kConstructed).size());
  for (const MinimalPair& pair : pairs) {
    CAPTURE(pair.uid, pair.good, pair.bad);
    REQUIRE(english_terms.count(pair.term) == 1);
    const Words good = SplitWords(pair.good), bad = SplitWords(pair.bad);
    REQUIRE(good != bad);
    REQUIRE((Edits(good, bad) == 1 || SameWords(good, bad)));
    for (const std::string& word : good) REQUIRE(words.count(word) == 1);
    for (const std::string& word : bad) REQUIRE(words.count(word) == 1);
  }
}
