// The graph game: rules sampled per item, solved exactly by memoised search.
#include <algorithm>
#include <map>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/games/game.h"

namespace trivium {
namespace {

constexpr int kMaxTries = 50000;  // long games are rare among random graphs

// A game read from text. The graph has no cycles when it comes from Generate; a user's text may have them.
struct Rules {
  std::map<std::string, std::vector<std::string>> moves;
  std::string goal;
  bool goal_wins = true, stuck_wins = false;
};

// The value of a square for the player to move there, and how many moves best play lasts: the winner hurries, the loser
// delays.
struct Value {
  bool wins = false;
  int64_t plies = 0;
};

Rules Parse(const std::vector<std::string>& facts) {
  Rules rules;
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 8 && w[0] == "from") rules.moves[w[1]].push_back(w[6]);  // from A you can go to B .
    if (w.size() == 5 && w[1] == "reaches") {                                // whoever reaches A wins .
      rules.goal = w[2];
      rules.goal_wins = w[3] == "wins";
    }
    if (w.size() == 5 && w[1] == "cannot") rules.stuck_wins = w[3] == "wins";  // whoever cannot move loses .
  }
  return rules;
}

// Exact search. `path` cuts cycles: a square that repeats counts as lost for the player to move.
Value Search(const Rules& rules, const std::string& at, std::map<std::string, Value>& known,
             std::set<std::string>& path);

// The value of moving to `next`, for the player who moves.
Value AfterMove(const Rules& rules, const std::string& next, std::map<std::string, Value>& known,
                std::set<std::string>& path) {
  if (next == rules.goal) return {rules.goal_wins, 1};
  const Value reply = Search(rules, next, known, path);
  return {!reply.wins, reply.plies + 1};
}

bool Better(const Value& a, const Value& b) {
  if (a.wins != b.wins) return a.wins;
  return a.wins ? a.plies < b.plies : a.plies > b.plies;
}

Value Search(const Rules& rules, const std::string& at, std::map<std::string, Value>& known,
             std::set<std::string>& path) {
  const auto it = known.find(at);
  if (it != known.end()) return it->second;
  const auto moves = rules.moves.find(at);
  if (moves == rules.moves.end()) return {rules.stuck_wins, 0};
  if (!path.insert(at).second) return {false, 0};
  Value best{false, -1};
  for (const std::string& next : moves->second) {
    const Value value = AfterMove(rules, next, known, path);
    if (best.plies < 0 || Better(value, best)) best = value;
  }
  path.erase(at);
  return known[at] = best;
}

class GraphGame : public GameFamily {
 public:
  std::string name() const override { return "graph_game"; }

  Item Generate(Rng& rng, int64_t depth) const override {
    Item item;
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
      item = Sample(rng);
      const Rules rules = Parse(item.facts);
      const std::string start = Start(item.question);
      std::map<std::string, Value> known;
      std::set<std::string> path;
      const Value value = Search(rules, start, known, path);
      const std::vector<std::string> legal = LegalMoves(item.facts, item.question);
      item.answers = Solve(item.facts, item.question);
      item.depth = value.plies;
      // A lost position has no good move; a position where every move is as good asks nothing.
      if (value.wins && value.plies == depth && item.answers.size() < legal.size()) break;
    }
    item.answer = item.answers.empty() ? kUnknown : item.answers[0];
    ShuffleFacts(item, rng);
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const Rules rules = Parse(facts);
    const std::string start = Start(question);
    std::map<std::string, Value> known;
    std::set<std::string> path = {start};
    std::vector<std::pair<std::string, Value>> values;
    Value best{false, -1};
    for (const std::string& next : LegalMoves(facts, question)) {
      values.emplace_back(next, AfterMove(rules, next, known, path));
      if (best.plies < 0 || Better(values.back().second, best)) best = values.back().second;
    }
    std::vector<std::string> optimal;
    for (const auto& [next, value] : values) {
      if (value.wins == best.wins && value.plies == best.plies) optimal.push_back(next);
    }
    return optimal;
  }

  std::vector<std::string> LegalMoves(const std::vector<std::string>& facts,
                                      const std::string& question) const override {
    const Rules rules = Parse(facts);
    const auto moves = rules.moves.find(Start(question));
    return moves == rules.moves.end() ? std::vector<std::string>() : moves->second;
  }

 private:
  static std::string Start(const std::string& question) {
    const std::vector<std::string> w = SplitWords(question);  // the best move from A is to what ?
    return w.size() == 9 ? w[4] : "";
  }

  // Six to eight squares in a hidden order; moves only go forward in it.
  static Item Sample(Rng& rng) {
    const int64_t count = rng.Between(6, 8);
    const std::vector<std::string> squares = rng.Sample(EnglishLexicon().squares(), static_cast<size_t>(count));
    Item item;
    item.task = "graph_game";
    item.tier = 3;
    for (int64_t i = 0; i + 1 < count; ++i) {
      const int64_t degree = i == 0 ? rng.Between(2, 3) : rng.Between(0, 2);
      std::vector<std::string> later(squares.begin() + i + 1, squares.end());
      for (const std::string& next : rng.Sample(later, std::min<size_t>(later.size(), static_cast<size_t>(degree)))) {
        item.facts.push_back(MoveFact(squares[static_cast<size_t>(i)], next));
      }
    }
    const bool wins = rng.Chance(0.7);
    item.facts.push_back(GoalRule(squares[static_cast<size_t>(rng.Between(2, count - 1))], wins));
    item.facts.push_back(StuckRule(rng.Chance(0.3)));
    item.question = MoveQuestion(squares[0]);
    return item;
  }
};

}  // namespace

std::unique_ptr<GameFamily> MakeGraphGame() { return std::make_unique<GraphGame>(); }

}  // namespace trivium
