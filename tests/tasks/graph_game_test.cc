// Made-up games: the solver against plain minimax that reads the sentences anew at every square.
#include "stage2_reasoning/games/game.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text/sentences.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr int64_t kGames = 500;

std::vector<std::string> NaiveMoves(const std::vector<std::string>& facts, const std::string& from) {
  std::vector<std::string> moves;
  const std::string start = "from " + from + " you can go to ";
  for (const std::string& fact : facts) {
    if (fact.starts_with(start)) moves.push_back(fact.substr(start.size(), fact.size() - start.size() - 2));
  }
  return moves;
}

bool Holds(const std::vector<std::string>& facts, const std::string& fact) {
  return std::find(facts.begin(), facts.end(), fact) != facts.end();
}

// Minimax without memory: a win in n moves is worth 100 - n to the player to move, a loss in n moves n - 100.
int64_t Minimax(const std::vector<std::string>& facts, const std::string& at);

int64_t WorthOfMove(const std::vector<std::string>& facts, const std::string& to) {
  if (Holds(facts, GoalRule(to, true))) return 99;
  if (Holds(facts, GoalRule(to, false))) return -99;
  const int64_t reply = Minimax(facts, to);
  return reply > 0 ? -reply + 1 : -reply - 1;
}

int64_t Minimax(const std::vector<std::string>& facts, const std::string& at) {
  const std::vector<std::string> moves = NaiveMoves(facts, at);
  if (moves.empty()) return Holds(facts, StuckRule(true)) ? 100 : -100;
  int64_t best = -1000;
  for (const std::string& to : moves) best = std::max(best, WorthOfMove(facts, to));
  return best;
}

std::string Start(const Item& item) { return SplitWords(item.question).at(4); }

std::set<std::string> NaiveBest(const Item& item) {
  const std::string start = Start(item);
  const int64_t worth = Minimax(item.facts, start);
  std::set<std::string> best;
  for (const std::string& to : NaiveMoves(item.facts, start)) {
    if (WorthOfMove(item.facts, to) == worth) best.insert(to);
  }
  return best;
}

std::set<std::string> AsSet(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

std::vector<Item> Games(int64_t depth, int64_t n) {
  std::vector<Item> games;
  for (int64_t i = 0; i < n; ++i) {
    Rng rng = SeedTree(9).Child(static_cast<uint64_t>(i)).MakeRng();
    games.push_back(MakeGraphGame()->Generate(rng, depth));
  }
  return games;
}

TEST_CASE("a game's answers are the winning moves of plain minimax, and the end comes after depth moves", "[games]") {
  const auto game = MakeGraphGame();
  for (int64_t depth = 1; depth <= 5; ++depth) {
    for (const Item& item : Games(depth, kGames / 5)) {
      INFO(JoinWords(item.facts) << "\n" << item.question);
      REQUIRE(item.depth == depth);
      REQUIRE(item.tier == 3);
      REQUIRE(Minimax(item.facts, Start(item)) == 100 - depth);
      REQUIRE(AsSet(item.answers) == NaiveBest(item));
      REQUIRE(AsSet(game->Solve(item.facts, item.question)) == NaiveBest(item));
      REQUIRE(Verify(item, item.answer));
    }
  }
}

TEST_CASE("the solver equals minimax under every pair of rules", "[games]") {
  const auto game = MakeGraphGame();
  for (Item item : Games(2, kGames)) {
    std::vector<std::string> moves;
    std::string goal;
    for (const std::string& fact : item.facts) {
      if (fact.starts_with("from ")) moves.push_back(fact);
      if (fact.starts_with("whoever reaches ")) goal = SplitWords(fact)[2];
    }
    for (bool goal_wins : {false, true}) {
      for (bool stuck_wins : {false, true}) {
        item.facts = moves;
        item.facts.push_back(GoalRule(goal, goal_wins));
        item.facts.push_back(StuckRule(stuck_wins));
        INFO(JoinWords(item.facts) << "\n" << item.question);
        REQUIRE(AsSet(game->Solve(item.facts, item.question)) == NaiveBest(item));
      }
    }
  }
}

TEST_CASE("legal moves, their random floor and the commonest place of an answer", "[games]") {
  const auto game = MakeGraphGame();
  double random = 0, first = 0;
  std::map<std::string, int64_t> answers;
  const std::vector<Item> items = Games(3, kGames);
  for (const Item& item : items) {
    const std::vector<std::string> legal = game->LegalMoves(item.facts, item.question);
    REQUIRE(AsSet(legal) == AsSet(NaiveMoves(item.facts, Start(item))));
    for (const std::string& answer : item.answers) REQUIRE(std::count(legal.begin(), legal.end(), answer) == 1);
    const double floor = static_cast<double>(item.answers.size()) / static_cast<double>(legal.size());
    REQUIRE(floor < 1);
    random += floor / kGames;
    first += static_cast<double>(Verify(item, legal.front())) / kGames;
    ++answers[item.answer];
  }
  REQUIRE(random < 0.55);
  REQUIRE(std::abs(first - random) < 0.09);  // the move that stands first in the facts is no better than a random one
  for (const auto& [square, count] : answers) REQUIRE(count < kGames / 8);
}

TEST_CASE("equal seeds give equal games and games are no training family", "[games]") {
  const std::vector<Item> items = Games(3, 20), again = Games(3, 20);
  for (size_t i = 0; i < items.size(); ++i) REQUIRE(ToJsonLine(items[i]) == ToJsonLine(again[i]));
  REQUIRE_FALSE(FindTaskFamily("graph_game").ok());
}

TEST_CASE("a depth that no board reaches is not claimed", "[games]") {
  Rng rng(1);
  REQUIRE(MakeGraphGame()->Generate(rng, 40).depth < 40);
}

TEST_CASE("game solvers take any text without harm", "[games]") {
  const auto game = MakeGraphGame();
  const std::string question = MoveQuestion("fern");
  REQUIRE(game->Solve({}, question).empty());
  REQUIRE(game->Solve({"", "from", "whoever reaches", "a b c d e f g h"}, question).empty());
  REQUIRE(game->Solve({MoveFact("fern", "pond")}, "").empty());
  const std::vector<std::string> circle = {MoveFact("fern", "pond"), MoveFact("pond", "fern"),
                                           MoveFact("fern", "fern")};
  REQUIRE_FALSE(game->Solve(circle, question).empty());
  std::vector<std::string> line = {MoveFact("fern", "0")};
  for (int i = 0; i < 2000; ++i) line.push_back(MoveFact(std::to_string(i), std::to_string(i + 1)));
  REQUIRE(game->Solve(line, question) == std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace trivium
