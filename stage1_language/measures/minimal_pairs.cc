// The paradigms of data/*.pairs and their expansion. See minimal_pairs.h.
#include "stage1_language/measures/minimal_pairs.h"

#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "core/text/wording.h"
#include "stage1_language/corpus/corpus_data.h"

namespace trivium {
namespace {

struct Paradigm {
  std::string uid, term, good, bad;
};

// "term paradigm: good sentence / bad sentence" lines of a file that the build embeds.
std::vector<Paradigm> ParseParadigms(const std::string& table) {
  std::vector<Paradigm> parsed;
  for (size_t begin = 0, end; begin < table.size(); begin = end + 1) {
    end = std::min(table.find('\n', begin), table.size());
    const std::string line = table.substr(begin, end - begin);
    const size_t space = line.find(' '), colon = line.find(": "), slash = line.find(" / ");
    if (line.starts_with('#') || colon == std::string::npos || slash == std::string::npos) continue;
    parsed.push_back({.uid = line.substr(space + 1, colon - space - 1),
                      .term = line.substr(0, space),
                      .good = line.substr(colon + 2, slash - colon - 2),
                      .bad = line.substr(slash + 3)});
  }
  return parsed;
}

const std::vector<Paradigm>& Paradigms(Language language) {
  static const std::vector<Paradigm> kEnglish = ParseParadigms(kEnglishPairs),
                                     kConstructed = ParseParadigms(kConstructedPairs);
  return language == Language::kEnglish ? kEnglish : kConstructed;
}

std::vector<std::string> WordsOf(const std::string& category) {
  if (category != "vowel" && category != "consonant") return EnglishLexicon().Words(category);
  std::vector<std::string> chosen;
  for (const std::string& word : EnglishLexicon().Words("adjective")) {
    const bool vowel = std::string("aeiou").find(word[0]) != std::string::npos;
    if (vowel == (category == "vowel")) chosen.push_back(word);
  }
  return chosen;
}

// Fills the slots of one pair, each from a seed of its own; no word is used twice, digits excepted.
class Cast {
 public:
  Cast(Language language, Rng& rng) : language_(language), rng_(rng) {}

  std::string Fill(const std::string& form) {
    std::vector<std::string> words = SplitWords(form);
    for (std::string& word : words) {
      if (word.front() != '$') continue;
      word = Slot(word.substr(1));
      if (language_ == Language::kConstructed)
        word = ConstructedWording().WordsFor(word, WordingUse::Part::kAll).front();
    }
    return JoinWords(words);
  }

 private:
  const std::string& Slot(const std::string& slot) {
    const auto known = words_.find(slot);
    if (known != words_.end()) return known->second;
    const std::string category = slot.substr(0, slot.find_first_of("123"));
    const std::vector<std::string> choice = WordsOf(category);
    std::string word = rng_.Pick(choice);
    const auto taken = [&] {
      return std::any_of(words_.begin(), words_.end(), [&](const auto& entry) { return entry.second == word; });
    };
    while (category != "digit" && taken()) word = rng_.Pick(choice);
    return words_.emplace(slot, word).first->second;
  }

  const Language language_;
  Rng& rng_;
  std::map<std::string, std::string> words_;
};

}  // namespace

std::vector<std::string> BuiltinParadigms(Language language) {
  std::vector<std::string> names;
  for (const Paradigm& paradigm : Paradigms(language)) names.push_back(paradigm.uid);
  return names;
}

std::vector<MinimalPair> BuiltinPairs(Language language, const SeedTree& seeds, int64_t each) {
  std::vector<MinimalPair> pairs;
  for (const Paradigm& paradigm : Paradigms(language)) {
    for (int64_t i = 0; i < each; ++i) {
      Rng rng = seeds.Child("pairs").Child(paradigm.uid).Child(static_cast<uint64_t>(i)).MakeRng();
      Cast cast(language, rng);
      MinimalPair pair{.good = cast.Fill(paradigm.good), .bad = {}, .uid = paradigm.uid, .term = paradigm.term};
      pair.bad = cast.Fill(paradigm.bad);
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

}  // namespace trivium
