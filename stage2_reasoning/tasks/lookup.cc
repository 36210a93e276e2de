// Lookup: the general skill under all others. A fact of any other default family with its last word asked for: "ann is
// taller than who ?". Tier 2, the most general family, hence first in the curriculum. Depth 1. Solver: the fact with
// the same beginning. Floor: 1 / number of candidate last words, about 1/8.
#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

class Lookup : public TaskFamily {
 public:
  std::string name() const override { return "lookup"; }
  std::vector<int64_t> training_depths() const override { return {1}; }
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
    const auto& [beginning, fact] = rng.Pick(unique);
    const std::vector<std::string> words = SplitWords(item.facts[fact]);
    item.answer = words[words.size() - 2];
    item.meta["of"] = item.task;
    item.task = name();
    item.depth = 1;
    item.question = beginning + (IsName(item.answer) ? " who ?" : " what ?");
    item.support = {static_cast<int64_t>(fact)};
    if (unknown) {
      item.facts.erase(item.facts.begin() + static_cast<int64_t>(fact));
      item.support.clear();
      item.answer = kUnknown;
    }
    item.answers = {item.answer};
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::string beginning = Beginning(question);
    for (const std::string& fact : facts) {
      const std::vector<std::string> words = SplitWords(fact);
      if (words.size() > 2 && Beginning(fact) == beginning) return {words[words.size() - 2]};
    }
    return {kUnknown};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    if (!question.ends_with("who ?") && !question.ends_with("what ?")) return {};
    const std::string beginning = question.substr(0, question.rfind("wh"));
    for (const std::string& fact : facts) {
      if (!fact.starts_with(beginning) || !fact.ends_with(" .")) continue;
      const std::string rest = fact.substr(beginning.size(), fact.size() - beginning.size() - 2);
      if (rest.find(' ') == std::string::npos) return {rest, 1};
    }
    return {};
  }

  std::vector<std::string> Alternatives(const std::string& word, const Item& item) const override {
    std::vector<std::string> others;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> words = SplitWords(fact);
      if (words.size() > 2 && words[words.size() - 2] != word) others.push_back(words[words.size() - 2]);
    }
    return others;
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

  // All but the last word and the punctuation.
  static std::string Beginning(const std::string& sentence) {
    std::vector<std::string> words = SplitWords(sentence);
    words.resize(words.size() < 2 ? 0 : words.size() - 2);
    return JoinWords(words);
  }

  static bool IsName(const std::string& word) {
    const std::vector<std::string>& names = EnglishLexicon().Words("name");
    return std::find(names.begin(), names.end(), word) != names.end();
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeLookup() { return std::make_unique<Lookup>(); }

}  // namespace trivium
