// Made-up games and other worlds of rules: sampled rules and a state, rendered as facts; the question asks for the best
// move, or for what follows. Graded only: none is in the list of training families, so what is measured is reasoning
// from rules, or in words, never met. Torch-free.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

class GameFamily {
 public:
  virtual ~GameFamily() = default;
  virtual std::string name() const = 0;
  // A position whose best play lasts exactly `depth` moves and where a random legal move can be wrong. If many tries
  // find none (no position lasts that long), item.depth tells how long the last one tried lasts.
  virtual Item Generate(Rng& rng, int64_t depth) const = 0;
  // All optimal moves from the text alone, by exact search; empty if there is no legal move.
  virtual std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const = 0;
  // The legal moves of the question's state, or whatever else can be chosen from.
  virtual std::vector<std::string> LegalMoves(const std::vector<std::string>& facts,
                                              const std::string& question) const = 0;
};

// Two players move one stone over a random graph of squares without cycles. Rules sampled for each item: a goal square
// that wins or loses for whoever reaches it, and whether a player who cannot move wins or loses.
// "from oasis you can go to fern ." -> "the best move from oasis is to what ?"
std::unique_ptr<GameFamily> MakeGraphGame();

// Worlds in the language of rules (tasks/rule_language.h), each in words of its own. Statutes: what is lawful, by where
// the duties of a deed point. A workshop: which cut comes first, so that the work is not spoiled. Two games on a graph
// of squares: which move wins, where who cannot move loses, and where he wins, which is a set of rules kept out of
// training. A charter: what is granted, by any of the sets of two conditions that are kept out.
std::vector<std::unique_ptr<GameFamily>> MakeRuleWorlds();

// The graph game, then the worlds of rules.
const std::vector<std::unique_ptr<GameFamily>>& AllGames();

}  // namespace trivium
