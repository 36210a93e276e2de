// Operators: arithmetic with made-up operators whose table entries are facts. "2 blip 3 zorp 1 is what ?", left to
// right. Tier 2. Depth = operators in the expression (training 1-3). Solver: look each step up in the table.
// Distractors: swapped arguments, another operator on the same arguments, the same operator with one other argument;
// the last step always has four rivals that differ in the left argument only, so that the last words of the question
// alone do not lead to the answer. Floor: 1/10.
#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using Entry = std::tuple<std::string, std::string, std::string>;  // (left, operator, right)

constexpr int64_t kRivals = 4;
constexpr int64_t kMostDistinctSteps = 10;  // one left argument has 30 entries, so a new one is always to be had

// Something like one of the needed steps: with its sides exchanged, another operator, another side, or all anew.
Entry Rival(const std::vector<Entry>& needed, const std::vector<std::string>& ops, Rng& rng) {
  const std::vector<std::string>& digits = EnglishLexicon().digits();
  const auto& [left, op, right] = rng.Pick(needed);
  switch (rng.Below(5)) {
    case 0:
      return {right, op, left};
    case 1:
      return {left, rng.Pick(ops), right};
    case 2:
      return {left, op, rng.Pick(digits)};
    case 3:
      return {rng.Pick(digits), op, right};
    default:
      return {rng.Pick(digits), rng.Pick(ops), rng.Pick(digits)};
  }
}

class Operators : public TaskFamily {
 public:
  std::string name() const override { return "operators"; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  bool one_value() const override { return true; }
  double Floor() const override { return 0.1; }

  std::vector<std::string> Guesses(const Item&) const override { return EnglishLexicon().digits(); }

  std::vector<std::string> ClosedAnswers() const override { return EnglishLexicon().digits(); }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const std::vector<std::string>& digits = EnglishLexicon().digits();
    const std::vector<std::string> ops = rng.Sample(EnglishLexicon().operators(), 3);
    const bool unknown = rng.Chance(options.unknown_share);
    const int64_t facts_wanted = std::max(rng.Between(options.min_facts, options.max_facts), options.depth + kRivals);
    const int64_t target = facts_wanted + (unknown ? 1 : 0);  // the number of facts does not tell
    std::map<Entry, std::string> table;
    std::vector<Entry> needed;
    const std::string first = rng.Pick(digits);
    std::string value = first;
    std::vector<std::pair<std::string, std::string>> steps;
    for (int64_t i = 0; i < options.depth; ++i) {
      Entry entry;
      do {  // a step taken twice would make the derivation shorter; a table of 300 entries has room
        entry = {value, rng.Pick(ops), rng.Pick(digits)};
      } while (table.count(entry) > 0 && i < kMostDistinctSteps);
      steps.emplace_back(std::get<1>(entry), std::get<2>(entry));
      needed.push_back(entry);
      value = table.try_emplace(entry, rng.Pick(digits)).first->second;
    }
    const auto& [last_left, last_op, last_right] = needed.back();
    for (const std::string& left : rng.Sample(digits, kRivals + 1)) {
      if (left != last_left && std::ssize(table) < options.depth + kRivals) {
        table.try_emplace({left, last_op, last_right}, rng.Pick(digits));
      }
    }
    for (int64_t tries = 0; std::ssize(table) < target && tries < 64 * target; ++tries) {
      const Entry entry = Rival(needed, ops, rng);
      table.try_emplace(entry, rng.Pick(digits));
    }
    Item item;
    item.task = name();
    item.depth = options.depth;
    item.answer = value;
    const Entry dropped = rng.Pick(needed);
    for (const auto& [entry, result] : table) {
      if (unknown && entry == dropped) continue;
      if (std::find(needed.begin(), needed.end(), entry) != needed.end()) {
        item.support.push_back(static_cast<int64_t>(item.facts.size()));
      }
      item.facts.push_back(OperatorFact(std::get<1>(entry), std::get<0>(entry), std::get<2>(entry), result));
    }
    if (unknown) {
      item.answer = kUnknown;
      item.support.clear();
    }
    item.answers = {item.answer};
    item.question = OperatorQuestion(first, steps);
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    std::map<Entry, std::string> table;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);  // X blip Y is Z .
      if (w.size() == 6 && w[3] == "is") table[{w[0], w[1], w[2]}] = w[4];
    }
    const std::vector<std::string> q = SplitWords(question);  // X (op Y)+ is what ?
    if (q.size() < 6 || q.size() % 2 != 0) return {kUnknown};
    std::string value = q[0];
    for (size_t i = 1; i + 4 < q.size(); i += 2) {
      const auto it = table.find({value, q[i], q[i + 1]});
      if (it == table.end()) return {kUnknown};
      value = it->second;
    }
    return {value};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    constexpr std::string_view kAsked = " is what ?";
    if (!question.ends_with(kAsked)) return {};
    return RewritePhrase(facts, question.substr(0, question.size() - kAsked.size()), /*at_end=*/false);
  }

  std::vector<std::string> Alternatives(const std::string& word, const Item&) const override {
    std::vector<std::string> others;
    for (const std::string& digit : EnglishLexicon().digits()) {
      if (digit != word) others.push_back(digit);
    }
    return others;
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeOperators() { return std::make_unique<Operators>(); }

}  // namespace trivium
