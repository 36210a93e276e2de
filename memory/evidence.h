// What an answer rests on: the facts that were read, the contradictions among them, and those it cannot do without.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "memory/fact.h"
#include "memory/trace.h"

namespace trivium {

// The facts that a question was asked over, by id; none for an id that they do not have.
using FactById = std::function<std::optional<Fact>(const std::string& id)>;
// REQUIRES: facts outlive the result. Of several with one id the last is found.
FactById Among(const std::vector<Fact>& facts);

// Fills in trace.facts and trace.conflicts from trace.steps. A fact read that is not among the `known` ones keeps id
// and text only. Facts of `dropped` ids are added as such. A conflict is listed if its most read fact was used
// (kUsedWeight) or one of its facts was dropped.
void AddEvidence(const FactById& known, const std::set<std::string>& dropped, Trace& trace);

// Answers a question without the facts of these ids.
using AnswerWithout = std::function<absl::StatusOr<Trace>(const std::set<std::string>& without)>;

// An answer that follows one belief where those read contradict each other, with evidence. The reader alone would mix
// them by confidence, and a mixture of two names may be read as a third. So the question is asked again without the
// facts that stand against the most confident side, or, where sides are equal, against the one that was read most,
// until nothing that is used contradicts (at most kMostRounds answers). Errors are those of `answerer`.
absl::StatusOr<Trace> AnswerByBelief(const FactById& known, const AnswerWithout& answerer,
                                     const std::set<std::string>& without = {});
inline constexpr int64_t kMostRounds = 16;

struct SupportOptions {
  double least_weight = kUsedWeight;  // in some loop
  int64_t most_tried = 16;            // each one costs a whole answer
};

// Fills in trace.support: deletes each used fact, the most read first, asks again, and keeps those whose deletion
// changes the answer. `answer_without` answers the trace's question without the fact of that id; its error ends the
// search. REQUIRES: AddEvidence was called. Facts that say the same are not needed one by one, so an answer may have no
// support.
absl::Status AddSupport(const std::function<absl::StatusOr<std::string>(const std::string& id)>& answer_without,
                        const SupportOptions& options, Trace& trace);

}  // namespace trivium
