// One question to a pipeline: mounted shards and given facts in, answer and trace out. Only torch .cc files include
// this.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.h"
#include "memory/fact.h"
#include "memory/trace.h"
#include "stage2_reasoning/pipeline.h"
#include "stage2_reasoning/reasoner/halting.h"

namespace trivium {

struct AskOptions {
  std::vector<Fact> facts;  // beside what is mounted
  Halting halting;
  int64_t top_k = 0;                 // 0: all rows up to kReadAllRows, else the best kTopRows
  std::vector<std::string> without;  // ids of facts, mounted or given, that are left out
};

// The question and all facts are spelled as the pipeline's language model reads them (core/text/spelling.h).
absl::StatusOr<Trace> Ask(const Pipeline& pipeline, const std::string& question, const AskOptions& options);

}  // namespace trivium
