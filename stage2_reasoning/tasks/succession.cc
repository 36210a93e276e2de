// Succession: counting along a line. "3 after ada comes who ?" from facts "after ada comes ben .".
// Tier 2, not among the default families. Depth = how far to count (training 1-4): it stands in the question as a
// digit, so that only its meaning, and not the question's length, says how often to look on. Solver: look up that many
// times. Two lines of people stand in an item. Floor: 1 / number of names in the facts, about 1/13.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

std::string SuccessionFact(const std::string& from, const std::string& to) {
  return "after " + from + " comes " + to + " .";
}

class Succession : public TaskFamily {
 public:
  std::string name() const override { return "succession"; }
  bool by_default() const override { return false; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3, 4}; }
  double Floor() const override { return 1.0 / 13; }

  std::string EnglishForms() const override {
    return "[form succession]\nafter $A comes $V .\n$A is followed by $V .\n* right behind $A there is $V .\n"
           "[form count]\n$X after $A comes $V .\ncounting $X on from $A we meet $V .\n";
  }
  std::string ConstructedForms() const override {
    return "[form succession]\n$A poste veni $V .\n[form count]\n$A poste $X veni $V .\n";
  }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    const bool unknown = rng.Chance(options.unknown_share);
    const int64_t facts_wanted = std::max(rng.Between(options.min_facts, options.max_facts), depth + 2);
    const int64_t target =  // the number of facts does not tell
        std::min(facts_wanted + (unknown ? 1 : 0), std::ssize(*options.names) - 2);
    const int64_t asked_line = rng.Between(depth + 1, target - 1);  // its last person is not always the answer
    const std::vector<std::string> people = rng.Sample(*options.names, static_cast<size_t>(target + 2));
    Item item;
    item.task = name();
    item.depth = depth;
    const int64_t first = rng.Between(0, asked_line - depth);
    for (int64_t i = 0; i < target + 1; ++i) {
      if (i == asked_line) continue;  // here the second line begins
      if (i >= first && i < first + depth) item.support.push_back(std::ssize(item.facts));
      item.facts.push_back(SuccessionFact(people[static_cast<size_t>(i)], people[static_cast<size_t>(i) + 1]));
    }
    item.answer = people[static_cast<size_t>(first + depth)];
    item.question = std::to_string(depth) + " after " + people[static_cast<size_t>(first)] + " comes who ?";
    if (unknown) DropNeededFact(item, rng);
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    std::map<std::string, std::string> next;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);  // after A comes B .
      if (w.size() == 5 && w[0] == "after" && w[2] == "comes") next[w[1]] = w[3];
    }
    const std::vector<std::string> q = SplitWords(question);  // N after A comes who ?
    if (q.size() != 6 || q[1] != "after" || q[0].size() != 1 || q[0][0] < '1' || q[0][0] > '9') return {kUnknown};
    std::string at = q[2];
    for (int i = 0; i < q[0][0] - '0'; ++i) {
      const auto it = next.find(at);
      if (it == next.end()) return {kUnknown};
      at = it->second;
    }
    return {at};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const size_t space = question.find(' ');
    const std::string_view asked = " comes who ?";
    if (space == std::string::npos || !question.ends_with(asked)) return {};
    Derivation derivation;
    // The sentence is shortened by one person a time: "3 after ada comes who ?" -> "2 after ben comes who ?".
    std::string from = question.substr(space + 1, question.size() - space - 1 - asked.size());
    for (int64_t left = std::atoll(question.c_str()); left > 0; --left, ++derivation.steps) {
      const std::string start = from + " comes ";
      const auto fact = std::find_if(facts.begin(), facts.end(), [&](const auto& f) { return f.starts_with(start); });
      if (fact == facts.end()) return {};
      derivation.answer = fact->substr(start.size(), fact->size() - start.size() - 2);
      from = "after " + derivation.answer;
    }
    return derivation;
  }

  std::vector<std::string> Alternatives(const std::string& word, const Item& item) const override {
    std::vector<std::string> others;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w[3] != word) others.push_back(w[3]);
    }
    return others;
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeSuccession() { return std::make_unique<Succession>(); }

}  // namespace trivium
