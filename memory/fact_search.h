// Facts by their words: Okapi BM25 (Robertson et al. 1994) over lower-cased words without punctuation.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "memory/fact.h"

namespace trivium {

struct FoundFact {
  size_t index;  // into the list searched
  double score;  // above 0
};

// The best `limit` facts that hold a word of the query, best first; ties in the order of the list. The words of text,
// subject, relation and object count.
std::vector<FoundFact> SearchFacts(const std::vector<Fact>& facts, const std::string& query, size_t limit);

}  // namespace trivium
