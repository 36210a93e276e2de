// Fits the judgement of answers once the network stands. Only torch .cc files include this.
#pragma once

#include "core/base/seed_tree.h"
#include "stage2_reasoning/curriculum/item_source.h"
#include "stage2_reasoning/reasoner/reasoner.h"

namespace trivium {

// A head fitted on `batches` of fresh items as training draws them at its end, after each of `loops` loops. Nothing of
// the network changes. Worlds are left out: their items share their facts.
HaltHead TrainHaltHead(const Reasoner& reasoner, const ItemSource& source, const SeedTree& seeds, int64_t loops,
                       int64_t batches);

}  // namespace trivium
