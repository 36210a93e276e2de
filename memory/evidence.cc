// See evidence.h.
#include "memory/evidence.h"

#include <algorithm>
#include <map>

namespace trivium {

FactById Among(const std::vector<Fact>& facts) {
  return [&facts](const std::string& id) {
    const auto found = std::find_if(facts.rbegin(), facts.rend(), [&](const Fact& fact) { return fact.id == id; });
    return found == facts.rend() ? std::optional<Fact>() : *found;
  };
}

void AddEvidence(const FactById& known, const std::set<std::string>& dropped, Trace& trace) {
  std::map<std::string, UsedFact> used;
  for (const TraceStep& step : trace.steps) {
    std::map<std::string, double> in_loop;  // an id may be read twice: mounted and given
    for (const ReadRecord& read : step.reads) {
      if (read.fact_id.empty()) continue;
      in_loop[read.fact_id] += read.weight;
      Fact& fact = used[read.fact_id].fact;
      fact.id = read.fact_id;
      fact.text = read.fact_text;
    }
    for (const auto& [id, weight] : in_loop) {
      used[id].total += weight;
      used[id].greatest = std::max(used[id].greatest, weight);
    }
  }
  for (const std::string& id : dropped) used[id].dropped = true;
  for (auto& [id, one] : used) {
    std::optional<Fact> fact = known(id);
    if (!fact.has_value()) continue;
    if (!one.fact.text.empty()) fact->text = one.fact.text;
    one.fact = *std::move(fact);
  }
  trace.facts.clear();
  for (auto& [id, fact] : used) trace.facts.push_back(std::move(fact));
  std::stable_sort(trace.facts.begin(), trace.facts.end(),
                   [](const UsedFact& a, const UsedFact& b) { return a.total > b.total; });
  std::vector<Fact> facts;
  for (const UsedFact& fact : trace.facts) facts.push_back(fact.fact);
  trace.conflicts = FindConflicts(facts);
  std::erase_if(trace.conflicts, [&](const Conflict& conflict) {
    return std::none_of(conflict.sides.begin(), conflict.sides.end(), [&](const ConflictSide& side) {
      return std::any_of(side.facts.begin(), side.facts.end(),
                         [&](size_t f) { return trace.facts[f].greatest >= kUsedWeight || trace.facts[f].dropped; });
    });
  });
}

absl::StatusOr<Trace> AnswerByBelief(const FactById& known, const AnswerWithout& answerer,
                                     const std::set<std::string>& without) {
  std::set<std::string> dropped;
  for (int64_t round = 1;; ++round) {
    std::set<std::string> left_out = without;
    left_out.insert(dropped.begin(), dropped.end());
    ASSIGN_OR_RETURN(Trace trace, answerer(left_out));
    AddEvidence(known, dropped, trace);
    const size_t before = dropped.size();
    for (const Conflict& conflict : trace.conflicts) {
      for (size_t side = 1; side < conflict.sides.size(); ++side) {
        for (const size_t f : conflict.sides[side].facts) dropped.insert(trace.facts[f].fact.id);
      }
    }
    if (dropped.size() == before || round == kMostRounds) return trace;
  }
}

absl::Status AddSupport(const std::function<absl::StatusOr<std::string>(const std::string& id)>& answer_without,
                        const SupportOptions& options, Trace& trace) {
  std::vector<const UsedFact*> candidates;
  for (const UsedFact& used : trace.facts) {
    if (used.greatest >= options.least_weight) candidates.push_back(&used);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const UsedFact* a, const UsedFact* b) { return a->greatest > b->greatest; });
  Support support;
  for (const UsedFact* used : candidates) {
    if (support.tried >= options.most_tried) {
      ++support.not_tried;
      continue;
    }
    ASSIGN_OR_RETURN(const std::string answer, answer_without(used->fact.id));
    ++support.tried;
    if (answer != trace.answer) support.facts.push_back({used->fact.id, used->fact.text, answer});
  }
  trace.support = std::move(support);
  return absl::OkStatus();
}

}  // namespace trivium
