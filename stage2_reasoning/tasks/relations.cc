// Relations: "the boss of the friend of ann is who ?" over fresh random facts.
// Tier 2. Depth = hops (training 1-4). Solver: every (relation, subject) has at most one object; follow the chain.
// Only 2-4 relations stand in an item, so that each has several facts: otherwise "the object of the only fact with that
// relation" would do. Half of the distractors share a subject with the chain. Floor: 1 / number of names in the facts.
#include <algorithm>
#include <map>
#include <string_view>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using Key = std::pair<std::string, std::string>;  // (relation, subject)

class Relations : public TaskFamily {
 public:
  std::string name() const override { return "relations"; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3, 4}; }
  bool one_value() const override { return true; }
  // About nine different objects stand in the facts of an item.
  double Floor() const override { return 1.0 / 9; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    const bool unknown = rng.Chance(options.unknown_share);
    const int64_t facts_wanted = std::max(rng.Between(options.min_facts, options.max_facts), depth + 2);
    const int64_t target = facts_wanted + (unknown ? 1 : 0);  // the number of facts does not tell
    const std::vector<std::string> relations = rng.Sample(EnglishLexicon().relations(), rng.Between(2, 4));
    std::vector<std::string> people = rng.Sample(*options.names, std::min<size_t>(options.names->size(), depth + 13));
    const std::vector<std::string> chain(people.begin(), people.begin() + depth + 1);
    std::map<Key, std::string> facts;
    std::vector<std::string> path;
    std::vector<Key> needed;
    for (int64_t i = 0; i < depth; ++i) {
      path.push_back(rng.Pick(relations));
      needed.emplace_back(path.back(), chain[i]);
      facts[needed.back()] = chain[i + 1];
    }
    // With few relations and people the pairs can run out, hence the bound on tries.
    for (int64_t tries = 0; static_cast<int64_t>(facts.size()) < target && tries < 64 * target; ++tries) {
      const std::string& subject = rng.Chance(0.5) ? rng.Pick(chain) : rng.Pick(people);
      const std::string& object = rng.Pick(people);
      if (subject != object) facts.try_emplace({rng.Pick(relations), subject}, object);
    }
    Item item;
    item.task = name();
    item.depth = depth;
    item.answer = chain[depth];
    const Key dropped = rng.Pick(needed);
    for (const auto& [key, object] : facts) {
      if (unknown && key == dropped) continue;
      if (std::find(needed.begin(), needed.end(), key) != needed.end()) {
        item.support.push_back(static_cast<int64_t>(item.facts.size()));
      }
      item.facts.push_back(RelationFact(key.first, key.second, object));
    }
    if (unknown) {
      item.answer = kUnknown;
      item.support.clear();
    }
    item.answers = {item.answer};
    item.question = RelationQuestion({path.rbegin(), path.rend()}, chain[0]);
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    std::map<Key, std::string> objects;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);  // the R of A is B .
      if (w.size() == 7 && w[0] == "the" && w[2] == "of" && w[4] == "is") objects[{w[1], w[3]}] = w[5];
    }
    const std::vector<std::string> q = SplitWords(question);  // (the R of)+ A is who ?
    if (q.size() < 7 || (q.size() - 4) % 3 != 0) return {kUnknown};
    std::string at = q[q.size() - 4];
    for (size_t i = q.size() - 4; i >= 3; i -= 3) {
      const auto it = objects.find({q[i - 2], at});
      if (it == objects.end()) return {kUnknown};
      at = it->second;
    }
    return {at};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    constexpr std::string_view kAsked = " is who ?";
    if (!question.ends_with(kAsked)) return {};
    return RewritePhrase(facts, question.substr(0, question.size() - kAsked.size()), /*at_end=*/true);
  }

  std::vector<std::string> Alternatives(const std::string& word, const Item& item) const override {
    std::vector<std::string> others;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() == 7 && w[5] != word) others.push_back(w[5]);
    }
    return others;
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeRelations() { return std::make_unique<Relations>(); }

}  // namespace trivium
