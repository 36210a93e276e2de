// Facts that contradict each other: beliefs about one thing with different values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "memory/fact.h"

namespace trivium {

// One value that is claimed, with all facts that claim it.
struct ConflictSide {
  std::string value;
  double confidence = 0.0;    // of the most confident of them
  std::vector<size_t> facts;  // indices into the list searched, ascending
};

struct Conflict {
  std::string about;                // "boss of ann", or the sentence up to its value
  std::vector<ConflictSide> sides;  // two or more; by confidence, greatest first
  // True if no side is believed more than every other.
  bool IsTie() const;
};

// Facts that say different things about the same thing, in the order of their first facts; O(n log n) in the bytes.
// Two facts are about the same thing
//   1. if both have a triple: where subject and relation are equal; the object is the value;
//   2. otherwise, by their sentences, in lower case and without the full stop:
//      "X is V", X being three words or more ("the boss of ann", "2 blip 3"): where X is equal; the last word is V;
//      "... not V" and "... V": where everything but that "not" is equal.
// The rule is of form, not of meaning. X of one or two words is left out, since a thing may be many things at once
// ("ann is red .", "ann is kind ."); a relation that may truly have two values ("the friend of ann is") is reported all
// the same, and a sentence whose value stands elsewhere is not seen unless it has a triple.
std::vector<Conflict> FindConflicts(const std::vector<Fact>& facts);

}  // namespace trivium
