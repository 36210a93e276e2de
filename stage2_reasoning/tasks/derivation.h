// Second, slower ways to the families' answers: they rewrite and search the sentences themselves and share nothing with
// the solvers but the text, so that tests can hold one against the other. Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace trivium {

// The answer where a needed fact is missing.
inline constexpr char kUnknown[] = "unknown";

// steps: the fewest facts (for rules: the fewest rules) that lead to the answer; 0 where it is unknown.
struct Derivation {
  std::string answer = kUnknown;
  int64_t steps = 0;
};

// A fact "LEFT is RIGHT ." taken apart at its last " is "; empty texts for any other.
std::pair<std::string, std::string> FactSides(const std::string& fact);

// Replaces LEFT by RIGHT at the end or the beginning of `phrase` while any fact fits; unknown if more than one word
// is left.
Derivation RewritePhrase(const std::vector<std::string>& facts, std::string phrase, bool at_end);

// "yes" or "no", whichever can be shown in fewer steps, tried with ever more of them.
Derivation YesOrNo(const std::function<bool(int64_t)>& yes, const std::function<bool(int64_t)>& no);

}  // namespace trivium
