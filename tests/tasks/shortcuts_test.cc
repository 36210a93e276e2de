// No clue short of the whole derivation gives an answer away: each test here is an answerer that looks at one clue
// only.
#include <functional>
#include <map>
#include <set>

#include "core/text/sentences.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr int64_t kSampled = 1500;

using Guess = std::function<double(const Item&)>;  // the chance that the answerer is right on this item

double Score(const std::vector<Item>& items, const Guess& guess) {
  double score = 0;
  for (const Item& item : items) score += guess(item);
  return score / static_cast<double>(items.size());
}

std::string LastWord(const std::string& sentence) {
  const std::vector<std::string> words = SplitWords(sentence);
  return words.at(words.size() - 2);
}

// One of the candidates, all equally likely; nothing to go by is read as "unknown".
double OneOf(const std::set<std::string>& candidates, const Item& item) {
  if (candidates.empty()) return item.answer == kUnknown;
  return candidates.count(item.answer) ? 1.0 / static_cast<double>(candidates.size()) : 0.0;
}

// The last words of the facts that stand most (or least) often.
double ByCount(const Item& item, bool most) {
  std::map<std::string, int64_t> counts;
  for (const std::string& fact : item.facts) ++counts[LastWord(fact)];
  int64_t best = counts.begin()->second;
  for (const auto& [word, count] : counts) best = most ? std::max(best, count) : std::min(best, count);
  std::set<std::string> candidates;
  for (const auto& [word, count] : counts) {
    if (count == best) candidates.insert(word);
  }
  return OneOf(candidates, item);
}

double YesOrNo(int64_t for_yes, int64_t for_no, const Item& item) {
  if (for_yes == for_no) return item.answer == kUnknown ? 0.0 : 0.5;
  return item.answer == (for_yes > for_no ? "yes" : "no");
}

// Who never stands on the losing side is taken for the greatest, and so on.
double EndOfOrder(const Item& item) {
  const std::vector<std::string> q = SplitWords(item.question);
  std::set<std::string> more, less;
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w[2] != q[2]) continue;
    more.insert(w[0]);
    less.insert(w[4]);
  }
  return YesOrNo(!less.count(q[0]) + !more.count(q[4]), !more.count(q[0]) + !less.count(q[4]), item);
}

// The sign that rules about the asked attribute end in: sign > 0 trusts the commoner sign, < 0 the rarer one.
double SignOfRules(const Item& item, int64_t sign) {
  const std::string asked = LastWord(item.question);
  int64_t positive = 0, negative = 0;
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w[0] != "if" || w[w.size() - 2] != asked) continue;
    ++(w[w.size() - 3] == "not" ? negative : positive);
  }
  return YesOrNo(sign * positive, sign * negative, item);
}

// The last words of the facts that have these words of the question: same = (place in the fact, place in the question).
double SameWords(const Item& item, const std::vector<std::pair<size_t, size_t>>& same) {
  const std::vector<std::string> q = SplitWords(item.question);
  std::set<std::string> candidates;
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> w = SplitWords(fact);
    bool fits = true;
    for (const auto& [in_fact, in_question] : same) fits = fits && w.at(in_fact) == q.at(in_question);
    if (fits) candidates.insert(LastWord(fact));
  }
  return OneOf(candidates, item);
}

TEST_CASE("the commonest answer does not beat the stated floor", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    std::map<std::string, int64_t> counts;
    std::vector<Item> items = CellItems(cell, kSampled);
    std::erase_if(items, [](const Item& item) { return item.answer == "unknown"; });
    for (const Item& item : items) ++counts[item.answer];
    const double floor = cell.family->Floor();
    for (const auto& [answer, count] : counts) {
      INFO(cell.text() << ": " << answer << " " << count);
      REQUIRE(static_cast<double>(count) / static_cast<double>(items.size()) <=
              floor + FourSigma(floor, std::ssize(items)));
    }
    if (counts.count("yes")) {
      const int64_t decided = counts["yes"] + counts["no"];
      REQUIRE(std::abs(static_cast<double>(counts["yes"]) / decided - 0.5) <= FourSigma(0.5, decided));
    }
  }
}

TEST_CASE("how often or where a word stands in the facts says little", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    INFO(cell.text());
    const std::vector<Item> items = CellItems(cell, kSampled);
    // Of two or three places to choose from, some is always among the commonest.
    const double most = std::max(0.32, cell.family->Floor());
    REQUIRE(Score(items, [](const Item& item) { return ByCount(item, true); }) < most);
    // In a closed world few words are possible answers: in alternation two, said once each.
    const bool closed = cell.family->closed_world();
    REQUIRE(Score(items, [](const Item& item) { return ByCount(item, false); }) < (closed ? 0.36 : 0.16));
    REQUIRE(Score(items, [](const Item& item) { return LastWord(item.facts.front()) == item.answer; }) < 0.25);
    REQUIRE(Score(items, [](const Item& item) { return LastWord(item.facts.back()) == item.answer; }) < 0.25);
    if (closed) continue;         // no fact alone is needed
    double place = 0, known = 0;  // mean place of the needed facts, 0 first, 1 last
    for (const Item& item : items) {
      for (int64_t index : item.support) {
        place += static_cast<double>(index) / static_cast<double>(item.facts.size() - 1);
        ++known;
      }
    }
    REQUIRE(std::abs(place / known - 0.5) < 4 * 0.32 / std::sqrt(known));  // 0.32: deviation of one place among eight
  }
}

// The clues that these families were found to give away once. What holds for every family is tested above.
TEST_CASE("one clue from the question does not lead to the answer", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    INFO(cell.text());
    const std::string name = cell.family->name();
    const std::vector<Item> items = CellItems(cell, kSampled);
    const double floor = cell.family->Floor(), noise = FourSigma(floor, kSampled);
    if (name == "comparisons") REQUIRE(Score(items, EndOfOrder) <= floor + noise);
    if (name == "rules") {
      REQUIRE(Score(items, [](const Item& item) { return SignOfRules(item, 1); }) <= floor + noise);
      REQUIRE(Score(items, [](const Item& item) { return SignOfRules(item, -1); }) <= floor + noise);
    }
    if (name == "relations") {  // several facts stand for each relation: the outermost one leaves three or four people
      REQUIRE(Score(items, [](const Item& item) { return SameWords(item, {{1, 1}}); }) < 0.36);
    }
    if (name == "operators" && cell.depth > 1) {
      const auto last = static_cast<size_t>(2 * cell.depth);  // x op y op y ..: the last operand
      REQUIRE(Score(items, [&](const Item& item) { return SameWords(item, {{1, last - 1}, {2, last}}); }) < 0.30);
    }
  }
}

// The best share of right answers of who knows one number of each item and, by heart, which answer goes with it.
double ByNumber(const std::vector<Item>& items, const std::function<int64_t(const Item&)>& number) {
  std::map<int64_t, std::map<bool, int64_t>> counts;
  for (const Item& item : items) {
    const auto some = std::find_if(item.facts.begin(), item.facts.end(), [](const auto& f) { return f[0] == 's'; });
    ++counts[number(item)][LastWord(*some) == item.answer];
  }
  int64_t right = 0;
  for (auto& [value, of_answer] : counts) right += std::max(of_answer[true], of_answer[false]);
  return static_cast<double>(right) / static_cast<double>(items.size());
}

TEST_CASE("the size of a graph and the ways at the place asked about do not tell what it is", "[tasks]") {
  const TaskFamily* family = FindTaskFamily("alternation").value();
  for (int64_t depth : {1, 2, 3, 5}) {
    INFO(depth);
    const std::vector<Item> items = CellItems({family, depth, true}, kSampled);
    const auto ways = [](const Item& item, size_t place) {
      const std::string asked = SplitWords(item.question)[0];
      return std::count_if(item.facts.begin(), item.facts.end(), [&](const std::string& fact) {
        const std::vector<std::string> w = SplitWords(fact);
        return w[0] == "from" && w[place] == asked;
      });
    };
    REQUIRE(ByNumber(items, [](const Item& item) { return std::ssize(item.facts); }) < 0.57);
    REQUIRE(ByNumber(items, [&](const Item& item) { return ways(item, 1); }) < 0.57);
    REQUIRE(ByNumber(items, [&](const Item& item) { return ways(item, 6); }) < 0.57);
    REQUIRE(ByNumber(items, [](const Item& item) {
              std::set<std::string> places;
              for (const std::string& fact : item.facts) {
                const std::vector<std::string> w = SplitWords(fact);
                if (w[0] == "from") places.insert({w[1], w[6]});
              }
              return std::ssize(places);
            }) < 0.6);
  }
}

TEST_CASE("the number of facts does not tell that one is missing", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    if (cell.family->closed_world()) continue;
    double sums[2] = {0, 0}, squares = 0;
    int64_t counts[2] = {0, 0};
    for (const Item& item : CellItems(cell, 2 * kSampled, 0.5)) {
      const bool unknown = item.answer == kUnknown;
      const auto facts = static_cast<double>(item.facts.size());
      sums[unknown] += facts;
      squares += facts * facts;
      ++counts[unknown];
    }
    INFO(cell.text());
    const double n = static_cast<double>(counts[0] + counts[1]), mean = (sums[0] + sums[1]) / n;
    REQUIRE(std::abs(static_cast<double>(counts[1]) / n - 0.5) < FourSigma(0.5, 2 * kSampled));
    const double deviation = std::sqrt((squares / n - mean * mean) * (1.0 / counts[0] + 1.0 / counts[1]));
    REQUIRE(std::abs(sums[0] / counts[0] - sums[1] / counts[1]) <= 4 * deviation);
  }
}

}  // namespace
}  // namespace trivium
