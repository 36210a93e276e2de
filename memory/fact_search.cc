// See fact_search.h: two passes over all facts, so that a query needs no index on disk.
#include "memory/fact_search.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <unordered_map>

namespace trivium {
namespace {

constexpr double kSaturation = 1.2, kLengthShare = 0.75;  // BM25's k1 and b

// Calls visit(word) for each word: letters, digits and bytes above ASCII.
template <typename Visit>
void ForEachWord(const std::string& text, const Visit& visit) {
  std::string word;
  for (size_t i = 0; i <= text.size(); ++i) {
    const auto c = i < text.size() ? static_cast<unsigned char>(text[i]) : ' ';
    if (std::isalnum(c) != 0 || c >= 0x80) {
      word += static_cast<char>(std::tolower(c));
    } else if (!word.empty()) {
      visit(word);
      word.clear();
    }
  }
}

struct Matches {
  size_t index;
  double words = 0;
  std::vector<std::pair<size_t, double>> counts;  // query word -> how often
};

}  // namespace

std::vector<FoundFact> SearchFacts(const std::vector<Fact>& facts, const std::string& query, size_t limit) {
  std::unordered_map<std::string, size_t> wanted;
  ForEachWord(query, [&](const std::string& word) { wanted.try_emplace(word, wanted.size()); });
  std::vector<double> holders(wanted.size(), 0.0);
  std::vector<Matches> matches;
  double all_words = 0;
  for (size_t i = 0; i < facts.size(); ++i) {
    Matches match{i, 0, {}};
    const auto count = [&](const std::string& word) {
      ++match.words;
      const auto at = wanted.find(word);
      if (at == wanted.end()) return;
      for (auto& [known, times] : match.counts) {
        if (known == at->second) {
          ++times;
          return;
        }
      }
      match.counts.emplace_back(at->second, 1.0);
    };
    const Fact& fact = facts[i];
    for (const std::string* text : {&fact.text, &fact.subject, &fact.relation, &fact.object}) ForEachWord(*text, count);
    all_words += match.words;
    for (const auto& [word, times] : match.counts) ++holders[word];
    if (!match.counts.empty()) matches.push_back(std::move(match));
  }
  const auto total = static_cast<double>(facts.size());
  const double mean_words = all_words / std::max(total, 1.0);
  std::vector<FoundFact> found;
  for (const Matches& match : matches) {
    const double length = kSaturation * (1 - kLengthShare + kLengthShare * match.words / mean_words);
    double score = 0;
    for (const auto& [word, times] : match.counts) {
      const double rarity = std::log(1 + (total - holders[word] + 0.5) / (holders[word] + 0.5));
      score += rarity * times * (kSaturation + 1) / (times + length);
    }
    found.push_back({match.index, score});
  }
  const auto better = [](const FoundFact& a, const FoundFact& b) {
    return a.score != b.score ? a.score > b.score : a.index < b.index;
  };
  const size_t kept = std::min(limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<int64_t>(kept), found.end(), better);
  found.resize(kept);
  return found;
}

}  // namespace trivium
