// A question with what its answer rests on. Only torch .cc files include this.
#pragma once

#include <string>

#include "core/base/status.h"
#include "memory/evidence.h"
#include "stage2_reasoning/ask.h"

namespace trivium {

struct ExplainOptions {
  bool support = false;  // which facts the answer needs: one more answer for each fact tried
  SupportOptions search;
};

// As Ask, but where facts read contradict each other the more confident one is followed (AnswerByBelief); the trace
// also holds the facts used, the contradictions among them, what was dropped for them and, if asked for, the support.
absl::StatusOr<Trace> Explain(const Pipeline& pipeline, const std::string& question, const AskOptions& options,
                              const ExplainOptions& explain = {});

}  // namespace trivium
