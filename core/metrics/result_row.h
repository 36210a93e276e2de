// The one row form of accuracy results: every table, plot and --json file of the project shares it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace trivium {

struct Interval {
  double low = 0.0;
  double high = 1.0;
};

// What guessers reach on the items of a row, as shares; how they guess stands where they are measured.
struct Floors {
  double random = 0;       // one of the item's possible answers
  double commonest = 0;    // the commonest right answer of the set, always
  double single_clue = 0;  // the best guesser that looks at one clue
  std::string clue;        // which one, "" if none was measured
  double best() const { return std::max({random, commonest, single_clue}); }
};

struct ResultRow {
  std::string family;   // task family, e.g. "relations"
  int64_t depth = 0;    // reasoning steps an item needs
  std::string setting;  // "held_out", "facts_withheld", "swapped_world", "graded_only", ...
  std::string loops;    // "8" or "auto"
  int64_t n = 0;
  int64_t correct = 0;
  double accuracy = 0.0;  // correct / n, 0 when n is 0
  double low = 0.0;       // 95 % Wilson interval
  double high = 1.0;
  double floor = 0.0;  // the best that guessing reaches, a share as accuracy
  Floors floors = {};  // where the guessers were measured on these items
};

// Wilson score interval at 95 % (z = 1.959964; Wilson, 1927). [0, 1] when n <= 0; `correct` is clamped to [0, n].
Interval Wilson(int64_t correct, int64_t n);
// The same for a share of n, for counts with halves: two likelihoods may tie. `share` is clamped to [0, 1].
Interval WilsonOfShare(double share, int64_t n);

ResultRow MakeRow(const std::string& family, int64_t depth, const std::string& setting, const std::string& loops,
                  int64_t correct, int64_t n, double floor);
ResultRow MakeRow(const std::string& family, int64_t depth, const std::string& setting, const std::string& loops,
                  int64_t correct, int64_t n, const Floors& floors);

// Several groups of items, such as worlds, whose spread counts: the interval is the wider one of Wilson's over all
// items and Student's t over the groups' accuracies. correct: of each group, all of n items. REQUIRES: at least two
// groups.
ResultRow MakeRowOfGroups(const std::string& family, int64_t depth, const std::string& setting,
                          const std::string& loops, const std::vector<int64_t>& correct, int64_t n,
                          const Floors& floors);

// {"family","depth","setting","loops","n","correct","accuracy","low","high","floor"}, and where guessers were measured
// "floors": {"random","commonest","single_clue","clue"}.
nlohmann::json ToJson(const ResultRow& row);

// A plain-text table with aligned columns, accuracies in per cent, one line a row in the given order.
std::string RenderTable(const std::vector<ResultRow>& rows);

}  // namespace trivium
