// See game.h: the floor that a game is measured against.
#include "stage2_reasoning/games/game.h"

namespace trivium {

double GameFamily::LegalRandomFloor(const Item& item) const {
  const size_t legal = LegalMoves(item.facts, item.question).size();
  return legal == 0 ? 0.0 : static_cast<double>(item.answers.size()) / static_cast<double>(legal);
}

}  // namespace trivium
