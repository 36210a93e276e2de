// Statements: what any sentence says, whatever its words: "in the ruby zarkon of ben is ada ." -> "in the ruby zarkon
// of ben is what ?". A few patterns of words drawn anew for each item, most of them words of grammar, each said of
// several subjects, so that neither pattern nor subject alone tells the fact. What reading the statements of any field
// needs, whose forms and names training cannot know. Tier 2, not among the default families. Depth 1. Solver: the fact
// with the same beginning. Floor: 1 / number of different last words, about 1/8.
#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/last_word.h"

namespace trivium {
namespace {

constexpr int64_t kSubjects = 5;
constexpr int64_t kMostBefore = 4, kMostAfter = 5;  // words of a pattern before and after the subject

class Statements : public LastWordFamily {
 public:
  std::string name() const override { return "statements"; }
  bool by_default() const override { return false; }
  bool own_words() const override { return true; }
  double Floor() const override { return 1.0 / 8; }
  // To find a fact is easy here; that none says it, though many begin alike, is not.
  double LeastUnknownShare() const override { return 1.0 / 3; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const bool unknown = rng.Chance(options.unknown_share);
    const int64_t wanted = rng.Between(options.min_facts, options.max_facts) + (unknown ? 1 : 0);
    const std::vector<std::string> names = rng.Sample(*options.names, std::min<size_t>(options.names->size(), 20));
    const std::vector<std::string> subjects = Subjects(names, rng);
    std::vector<Pattern> patterns(static_cast<size_t>(std::max(rng.Between(3, 4), wanted / 4)));
    for (Pattern& pattern : patterns) {
      pattern = {Words(rng.Between(0, kMostBefore), names, rng), Words(rng.Between(1, kMostAfter), names, rng)};
    }
    std::map<std::string, std::string> facts;  // beginning -> last word
    for (int64_t tries = 0; std::ssize(facts) < wanted && tries < 64 * wanted; ++tries) {
      const Pattern& pattern = rng.Pick(patterns);
      std::vector<std::string> words = pattern.before;
      words.push_back(rng.Pick(subjects));
      words.insert(words.end(), pattern.after.begin(), pattern.after.end());
      facts.try_emplace(JoinWords(words), rng.Pick(names));
    }
    Item item;
    item.task = name();
    item.depth = 1;
    for (const auto& [beginning, last] : facts) item.facts.push_back(beginning + " " + last + " .");
    const size_t fact = rng.Below(item.facts.size());
    AskForLastWord(item, fact, "what", unknown);
    ShuffleFacts(item, rng);
    return item;
  }

 private:
  struct Pattern {
    std::vector<std::string> before, after;
  };

  // Names of several words have their like among them, as "new york" and "york": that one is told of and not the other
  // is not seen where names are drawn one by one.
  static std::vector<std::string> Subjects(const std::vector<std::string>& names, Rng& rng) {
    std::vector<std::string> subjects(names.begin(), names.begin() + kSubjects);
    for (size_t i = 1; i < subjects.size(); ++i) {
      const std::string& like = subjects[rng.Below(i)];
      if (like.find(kNameJoin) == std::string::npos || !rng.Chance(0.5)) continue;
      std::string changed = ChangedName(like, names.back(), rng);
      if (std::find(names.begin(), names.end(), changed) != names.end()) continue;
      if (std::find(subjects.begin(), subjects.end(), changed) == subjects.end()) subjects[i] = std::move(changed);
    }
    return subjects;
  }

  // A name of several words with one of them left out, or changed to `other`, or with `other` at one end.
  static std::string ChangedName(const std::string& name, const std::string& other, Rng& rng) {
    const std::string join = kNameJoin;
    const double kind = rng.Uniform();
    if (kind < 0.2) return other + join + name;
    if (kind < 0.4) return name + join + other;
    const bool first = rng.Chance(0.5);
    const size_t cut = first ? name.find(join) : name.rfind(join);
    std::string rest = first ? name.substr(cut + join.size()) : name.substr(0, cut);
    if (kind < 0.7) return rest;
    return first ? other + join + rest : rest + join + other;
  }

  // The lexicon's, but for names: those of an item are drawn from its own list.
  static const std::vector<std::string>& OtherWords() {
    static const std::vector<std::string> kWords = [] {
      std::vector<std::string> words;
      for (const std::string& word : EnglishLexicon().AllWords()) {
        if (word.size() > 1 && EnglishLexicon().CategoryOf(word) != "name") words.push_back(word);
      }
      return words;
    }();
    return kWords;
  }

  static std::vector<std::string> Words(int64_t count, const std::vector<std::string>& names, Rng& rng) {
    static const std::vector<std::string> kGrammar = {
        "the", "of", "a",   "in",  "is", "was", "to",  "with", "for", "from", "on",     "by",    "at",   "has",
        "and", "as", "his", "her", "it", "one", "who", "an",   "are", "they", "called", "named", "part", "kind"};
    std::vector<std::string> words;
    while (std::ssize(words) < count) {
      const double kind = rng.Uniform();
      words.push_back(rng.Pick(kind < 0.6 ? kGrammar : kind < 0.8 ? OtherWords() : names));
    }
    return words;
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeStatements() { return std::make_unique<Statements>(); }

}  // namespace trivium
