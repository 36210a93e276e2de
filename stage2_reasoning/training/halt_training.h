// Fits the judgement of answers once the network stands. Only torch .cc files include this.
#pragma once

#include "core/base/seed_tree.h"
#include "stage2_reasoning/curriculum/item_source.h"
#include "stage2_reasoning/reasoner/reasoner.h"

namespace trivium {

// A head fitted on `batches` of fresh items of all depths, after each of `loops` loops: is the answer right, and is it
// that of all later loops, half as many again being watched? Items stop at the least threshold at which these lose at
// most 0.2 points against the best fixed number of loops (LeastThreshold). Nothing of the network changes. REQUIRES:
// batches > 0.
HaltHead TrainHaltHead(const Reasoner& reasoner, const ItemSource& source, const SeedTree& seeds, int64_t loops,
                       int64_t batches);

}  // namespace trivium
