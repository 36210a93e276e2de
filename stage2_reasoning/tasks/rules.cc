// Rules: is a statement true under if-then rules and facts, with negation? "ann is kind ?" -> yes / no / unknown.
// Tier 2. Depth = rule applications (training 1-4). Open world: what cannot be derived is unknown.
// Solver: forward closure over literals. Every item holds two or more chains of the same length for different people,
// rules that need the opposite literal, and one attribute fact per person. Yes and no are balanced; the chain of
// another person always ends in the opposite of the asked chain's end, and rules that never apply lead to it with
// either sign, so that only the way from the question's subject decides. Floor: the commonest answer.
#include <algorithm>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr double kUnknownShare = 1.0 / 6;  // an answer of its own right here, not only an anti-leak measure

// Whether "PERSON is LITERAL" follows in exactly `steps` rules, by going backwards from the goal.
bool Provable(const std::vector<std::string>& facts, const std::string& person, const std::string& literal,
              int64_t steps) {
  const std::string end = " then they are " + literal + " .", start = "if someone is ";
  for (const std::string& fact : facts) {
    if (steps == 0 && fact == person + " is " + literal + " .") return true;
    if (steps > 0 && fact.starts_with(start) && fact.ends_with(end)) {
      const std::string condition = fact.substr(start.size(), fact.size() - start.size() - end.size());
      if (Provable(facts, person, condition, steps - 1)) return true;
    }
  }
  return false;
}

class Rules : public TaskFamily {
 public:
  std::string name() const override { return "rules"; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3, 4}; }
  double Floor() const override { return 0.5; }

  std::vector<std::string> Guesses(const Item&) const override { return {"yes", "no"}; }

  std::vector<std::string> ClosedAnswers() const override { return {"yes", "no"}; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const int64_t depth = options.depth;
    std::vector<std::string> pool = rng.Sample(EnglishLexicon().attributes(), EnglishLexicon().attributes().size());
    const bool unknown = rng.Chance(std::max(kUnknownShare, options.unknown_share));
    const int64_t facts_wanted = rng.Between(options.min_facts, options.max_facts);
    const int64_t chains =
        std::max<int64_t>(2, std::min<int64_t>((facts_wanted - 1) / (depth + 1), std::ssize(pool) / (depth + 2)));
    // One more where one is deleted: the number of facts does not tell.
    const int64_t budget = std::max(facts_wanted, chains * (depth + 1)) + (unknown ? 1 : 0);
    const std::vector<std::string> people = rng.Sample(*options.names, chains);
    Item item;
    item.task = name();
    item.depth = depth;
    std::vector<Literal> conditions;  // of all chains, the asked one first
    Literal conclusion;
    for (int64_t c = 0; c < chains; ++c) {
      std::vector<Literal> chain;
      for (int64_t i = 0; i <= depth; ++i) {
        chain.push_back({pool.back(), rng.Chance(0.5)});
        pool.pop_back();
      }
      if (c == 0) conclusion = chain.back();
      if (c == 1) chain.back() = {conclusion.attribute, !conclusion.positive};  // the rival
      conditions.insert(conditions.end(), chain.begin(), chain.end() - 1);
      for (int64_t i = 0; i <= depth; ++i) {
        if (c == 0) item.support.push_back(static_cast<int64_t>(item.facts.size()));
        item.facts.push_back(i == 0 ? AttributeFact(people[c], chain[0]) : Rule(chain[i - 1], chain[i]));
      }
    }
    // Rules that would lead elsewhere if a negation were overlooked.
    for (size_t i = 0; std::ssize(item.facts) < budget && i < conditions.size(); ++i) {
      const Literal opposite{conditions[i].attribute, !conditions[i].positive};
      const bool astray = !pool.empty() && rng.Chance(0.5);
      item.facts.push_back(Rule(opposite, {astray ? pool.back() : conclusion.attribute, rng.Chance(0.5)}));
      if (astray) pool.pop_back();
    }
    item.answer = conclusion.positive ? "yes" : "no";
    if (unknown) DropNeededFact(item, rng);
    item.question = AttributeQuestion(people[0], conclusion.attribute);
    item.answers = {item.answer};
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // A is X ?
    if (q.size() != 4) return {kUnknown};
    std::set<std::string> known;  // literals of A as text, "red" or "not red"
    std::vector<std::pair<std::string, std::string>> rules;
    for (const std::string& fact : facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.empty()) continue;
      const auto then = std::find(w.begin(), w.end(), "then");
      if (w[0] == "if" && then - w.begin() >= 4 &&
          w.end() - then >= 5) {  // if someone is [not] P then they are [not] Q .
        rules.emplace_back(JoinWords({w.begin() + 3, then}), JoinWords({then + 3, w.end() - 1}));
      } else if (w.size() >= 4 && w[0] == q[0] && w[1] == "is") {
        known.insert(JoinWords({w.begin() + 2, w.end() - 1}));
      }
    }
    for (size_t before = 0; before != known.size();) {
      before = known.size();
      for (const auto& [condition, conclusion] : rules) {
        if (known.count(condition)) known.insert(conclusion);
      }
    }
    if (known.count(q[2])) return {"yes"};
    if (known.count("not " + q[2])) return {"no"};
    return {kUnknown};
  }

  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);
    if (q.size() != 4) return {};
    return YesOrNo([&](int64_t steps) { return Provable(facts, q[0], q[2], steps); },
                   [&](int64_t steps) { return Provable(facts, q[0], "not " + q[2], steps); });
  }
  int64_t SupportSize(int64_t depth) const override {
    return depth + 1;
  }  // and the attribute that the rules start from

  std::vector<std::string> Alternatives(const std::string& word, const Item&) const override {
    return {"not " + word};  // another attribute would only break the chain
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeRules() { return std::make_unique<Rules>(); }

}  // namespace trivium
