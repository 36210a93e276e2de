// Lookup: the general skill under all others. A fact of any other default family with its last word asked for: "ann is
// taller than who ?". Tier 2, the most general family, hence first in the curriculum. Depth 1. Solver: the fact with
// the same beginning. Floor: 1 / number of candidate last words, about 1/8.
#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/last_word.h"

namespace trivium {
namespace {

class Lookup : public LastWordFamily {
 public:
  std::string name() const override { return "lookup"; }
  double Floor() const override { return 1.0 / 8; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const bool unknown = rng.Chance(options.unknown_share);
    GenerateOptions plain = options;
    plain.unknown_share = 0;
    if (unknown) {  // one more where one is deleted: the number of facts does not tell
      ++plain.min_facts;
      ++plain.max_facts;
    }
    Item item;
    std::vector<std::pair<std::string, size_t>> unique;  // beginnings that stand in exactly one fact
    while (unique.empty()) {                             // most items have some (in rules: the one fact of each person)
      const TaskFamily& source = *rng.Pick(Sources());
      plain.depth = rng.Pick(source.training_depths());
      item = source.Generate(rng, plain);
      std::map<std::string, std::vector<size_t>> beginnings;
      for (size_t i = 0; i < item.facts.size(); ++i) beginnings[Beginning(item.facts[i])].push_back(i);
      for (const auto& [beginning, where] : beginnings) {
        if (where.size() == 1) unique.emplace_back(beginning, where[0]);
      }
    }
    const size_t fact = rng.Pick(unique).second;
    const std::vector<std::string> words = SplitWords(item.facts[fact]);
    item.meta["of"] = item.task;
    item.task = name();
    item.depth = 1;
    AskForLastWord(item, fact, IsName(words[words.size() - 2]) ? "who" : "what", unknown);
    return item;
  }

 private:
  // Every family that is trained by default, but this one. Not before the list is complete.
  static const std::vector<const TaskFamily*>& Sources() {
    static const std::vector<const TaskFamily*> kSources = [] {
      std::vector<const TaskFamily*> sources;
      for (const auto& family : AllTaskFamilies()) {
        if (family->by_default() && !family->closed_world() && dynamic_cast<const Lookup*>(family.get()) == nullptr)
          sources.push_back(family.get());
      }
      return sources;
    }();
    return kSources;
  }

  static bool IsName(const std::string& word) {
    const std::vector<std::string>& names = EnglishLexicon().Words("name");
    return std::find(names.begin(), names.end(), word) != names.end();
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeLookup() { return std::make_unique<Lookup>(); }

}  // namespace trivium
