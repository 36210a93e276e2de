// What guessing reaches on a set of items, measured on the items themselves: a score above the highest floor says that
// the facts were put together, one below it says nothing. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/metrics/result_row.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// Expected accuracies of three guessers. candidates: for each item what it could be answered with, to guess from.
//   random       any of the item's candidates (of a game: any legal move)
//   commonest    the commonest right answer of the set, always
//   single_clue  the best of guessers that look at one thing in the facts: how often or where a value stands, the
//   values
//                of the facts that share one word with the question, and for yes or no how often two words of the
//                question stand at one place, or how often an asked word is denied. The best one is chosen on one half
//                of the items and scored on the other, and the other way round, so that luck does not choose it; `clue`
//                names the choice of the first half.
// A fact's value is its last word. REQUIRES: as many lists of candidates as items.
Floors MeasureFloors(const std::vector<Item>& items, const std::vector<std::vector<std::string>>& candidates);
// The candidates are each item's Guesses.
Floors MeasureFloors(const std::vector<Item>& items);

}  // namespace trivium
