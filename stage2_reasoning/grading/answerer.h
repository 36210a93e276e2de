// What an audit grades: something that is told facts, told of changes to them, and asked questions. The reasoner reads
// the facts from memory; the monolith of baselines/ has learned them and changes its weights. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

// One fact that is edited, added or deleted.
struct AuditChange {
  std::string before;    // the sentence that no longer holds, "" for a new fact
  std::string after;     // the sentence that holds from now on, "" for a deleted one
  std::string question;  // what asks for it directly
  std::string answer;    // right from now on, kUnknown for a deleted fact
  bool operator==(const AuditChange&) const = default;
};

struct AnswerOptions {
  bool memory_off = false;           // no fact may be read: what do the weights alone say?
  std::vector<std::string> choices;  // if not empty, one of these must be given
};

// What a change has cost so far.
struct ChangeCost {
  int64_t changes = 0;
  int64_t gradient_steps = 0;
  double flops = 0;  // of making the changes, answers not counted
};

class Answerer {
 public:
  virtual ~Answerer() = default;
  virtual std::string name() const = 0;
  // From now on these facts hold and no others; changes are forgotten.
  virtual absl::Status Mount(const std::vector<std::string>& facts) = 0;
  // Makes one more change. UsageError if change.before is not among the facts.
  virtual absl::Status Change(const AuditChange& change) = 0;
  // Back to what was mounted last.
  virtual absl::Status Reset() = 0;
  // Free answers, in the order of the questions.
  virtual absl::StatusOr<std::vector<std::string>> Answer(const std::vector<std::string>& questions,
                                                          const AnswerOptions& options) = 0;
  // Whether it has room to say this answer at all.
  virtual bool CanSay(const std::string& answer) const = 0;
  // What it holds where the answer is made, all of one length, with memory off: for a probe.
  virtual absl::StatusOr<std::vector<std::vector<float>>> AnswerStates(const std::vector<std::string>& questions) = 0;
  // SHA-256 of the weights as they are in memory; two equal ones mean that no weight changed.
  virtual absl::StatusOr<std::string> WeightsSha256() const = 0;
  virtual ChangeCost cost() const = 0;
};

}  // namespace trivium
