// See conflicts.h.
#include "memory/conflicts.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "core/text/sentences.h"

namespace trivium {
namespace {

constexpr size_t kFewestWordsOfX = 3;
constexpr double kSameConfidence = 1e-6;  // relative: mounting multiplies confidences

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// What a fact claims about what. Facts of one key are about the same thing.
struct Claim {
  std::string key, about, value;
};

std::optional<Claim> TripleClaim(const Fact& fact) {
  if (fact.subject.empty() || fact.relation.empty() || fact.object.empty()) return std::nullopt;
  return Claim{LowerCase(fact.relation + '\t' + fact.subject), LowerCase(fact.relation + " of " + fact.subject),
               LowerCase(fact.object)};
}

std::vector<std::string> WordsOf(const Fact& fact) {
  std::vector<std::string> words = SplitWords(LowerCase(fact.text));
  if (words.empty()) return words;
  if (words.back() == ".") {
    words.pop_back();
  } else if (words.back().back() == '.') {
    words.back().pop_back();
  }
  return words;
}

std::optional<Claim> ValueClaim(std::vector<std::string> words) {
  if (words.size() < kFewestWordsOfX + 2 || words[words.size() - 2] != "is") return std::nullopt;
  const std::string value = words.back();
  words.pop_back();
  const std::string about = JoinWords(words);
  return Claim{about, about, value};
}

// "ann is not red" and "ann is red": about "ann is red", claimed or denied.
std::optional<Claim> TruthClaim(std::vector<std::string> words) {
  if (words.size() < 3) return std::nullopt;
  const std::string value = words.back();
  const bool denied = words[words.size() - 2] == "not";
  if (denied) words.erase(words.end() - 2);
  const std::string about = JoinWords(words);
  return Claim{about, about, denied ? "not " + value : value};
}

// Sets of facts that are about the same thing (union by index, with path halving).
class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t Of(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The smaller index leads.
  void Join(size_t a, size_t b) {
    a = Of(a);
    b = Of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

using Claims = std::vector<std::optional<Claim>>;
using ByKey = std::map<std::string, std::vector<size_t>>;

ByKey Sorted(const Claims& claims) {
  ByKey sorted;
  for (size_t i = 0; i < claims.size(); ++i) {
    if (claims[i]) sorted[claims[i]->key].push_back(i);
  }
  return sorted;
}

void Join(const std::vector<size_t>& members, Groups& groups) {
  for (const size_t member : members) groups.Join(members.front(), member);
}

// Members of a group by what they say, the most confident first.
std::vector<ConflictSide> Sides(const std::vector<Fact>& facts, const std::vector<size_t>& members,
                                const std::vector<std::string>& values) {
  std::vector<ConflictSide> sides;
  std::map<std::string, size_t> side_of;
  for (const size_t f : members) {
    const auto [at, is_new] = side_of.try_emplace(values[f], sides.size());
    if (is_new) sides.push_back({values[f], 0.0, {}});
    ConflictSide& side = sides[at->second];
    side.confidence = std::max(side.confidence, facts[f].confidence);
    side.facts.push_back(f);
  }
  std::stable_sort(sides.begin(), sides.end(),
                   [](const ConflictSide& a, const ConflictSide& b) { return a.confidence > b.confidence; });
  return sides;
}

// Adds a conflict for each group whose members differ.
void AddConflicts(const std::vector<Fact>& facts, Groups& groups, const std::vector<bool>& grouped,
                  const std::vector<std::string>& abouts, const std::vector<std::string>& values,
                  std::vector<Conflict>& conflicts) {
  std::map<size_t, std::vector<size_t>> members;
  for (size_t f = 0; f < facts.size(); ++f) {
    if (grouped[f]) members[groups.Of(f)].push_back(f);
  }
  for (const auto& [first, list] : members) {
    Conflict conflict = {abouts[first], Sides(facts, list, values)};
    if (conflict.sides.size() > 1) conflicts.push_back(std::move(conflict));
  }
}

}  // namespace

bool Conflict::IsTie() const {
  return sides.size() > 1 && sides[1].confidence >= sides[0].confidence * (1.0 - kSameConfidence);
}

std::vector<Conflict> FindConflicts(const std::vector<Fact>& facts) {
  Claims by_triple(facts.size()), by_value(facts.size()), by_truth(facts.size());
  for (size_t f = 0; f < facts.size(); ++f) {
    const std::vector<std::string> words = WordsOf(facts[f]);
    by_triple[f] = TripleClaim(facts[f]);
    by_value[f] = ValueClaim(words);
    by_truth[f] = TruthClaim(words);
  }
  std::vector<Conflict> conflicts;
  const auto is_bare = [&](size_t f) { return !by_triple[f]; };

  // Values: triples of the same subject and relation, and sentences of the same X among which one has no triple.
  Groups groups(facts.size());
  std::vector<std::string> abouts(facts.size()), values(facts.size());
  std::vector<bool> grouped(facts.size(), false);
  for (size_t f = 0; f < facts.size(); ++f) {
    const std::optional<Claim>& claim = by_triple[f] ? by_triple[f] : by_value[f];
    if (!claim) continue;
    grouped[f] = true;
    abouts[f] = claim->about;
    values[f] = claim->value;
  }
  for (const auto& [key, members] : Sorted(by_triple)) Join(members, groups);
  for (const auto& [key, members] : Sorted(by_value)) {
    if (std::any_of(members.begin(), members.end(), is_bare)) Join(members, groups);
  }
  AddConflicts(facts, groups, grouped, abouts, values, conflicts);

  // Truth: sentences that differ by "not", among which one has no triple.
  Groups truths(facts.size());
  for (size_t f = 0; f < facts.size(); ++f) {
    grouped[f] = by_truth[f].has_value();
    if (!by_truth[f]) continue;
    abouts[f] = by_truth[f]->about;
    values[f] = by_truth[f]->value;
  }
  for (const auto& [key, members] : Sorted(by_truth)) {
    if (std::any_of(members.begin(), members.end(), is_bare)) {
      Join(members, truths);
    } else {
      for (const size_t f : members) grouped[f] = false;
    }
  }
  AddConflicts(facts, truths, grouped, abouts, values, conflicts);
  const auto first_fact = [](const Conflict& conflict) {
    size_t first = conflict.sides[0].facts[0];
    for (const ConflictSide& side : conflict.sides) first = std::min(first, side.facts[0]);
    return first;
  };
  std::stable_sort(conflicts.begin(), conflicts.end(),
                   [&](const Conflict& a, const Conflict& b) { return first_fact(a) < first_fact(b); });
  return conflicts;
}

}  // namespace trivium
