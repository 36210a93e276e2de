// "Did you mean": the candidate closest to a mistyped word, for error messages of every layer.
#pragma once

#include <string>
#include <vector>

namespace trivium {

// The candidate with the smallest edit distance (a swap of neighbours counts as one edit) to `word`; the first one
// wins a tie. "" if none is near: more than max(1, a third of the longer word's length) edits away.
std::string Nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace trivium
