// Whether facts stand in an answerer's weights: a linear probe on what it holds where the answer is made, with memory
// off (Alain and Bengio 2016, arXiv 1610.01644; controls as Hewitt and Liang 2019, arXiv 1909.03368).
// A ridge regression to the one-hot objects is fitted on four fifths of the facts and names the object of the others,
// five times over. The same with objects dealt out anew among the facts is the floor.
// Limits: it sees what a direct question in the canonical wording brings to that place and what is linear in it, so a
// low figure does not prove that no weight holds a fact; and it needs every object in several facts. For a network that
// has learned the facts it is high, so read a low figure beside the monolith's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/grading/memory_cases.h"

namespace trivium {

// Row of family probe, setting linear, depth 1: the facts that the probe names, best of three penalties,
// with the mean over five shuffles as floor. UsageError for fewer than 5 facts.
absl::StatusOr<ResultRow> ProbeFacts(const std::vector<AuditQuestion>& direct_questions, const std::string& loops,
                                     uint64_t seed, Answerer& answerer);

}  // namespace trivium
