// The reasoner as an Answerer: facts are memory rows, a change is a change of one of them, nothing is trained. Only
// torch .cc files include this.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "memory/mounted_rows.h"
#include "stage2_reasoning/grading/answerer.h"
#include "stage2_reasoning/reasoner/reasoner.h"

namespace trivium {

class ReasonerAnswerer : public Answerer {
 public:
  // Sentences are taken as they are: spelled as the language is written (core/text/spelling.h). flops_per_word: of the
  // frozen model, for encoding facts. REQUIRES: reasoner outlives this.
  ReasonerAnswerer(const Reasoner& reasoner, const Halting& halting, double flops_per_word = 0);

  std::string name() const override { return "reasoner"; }
  absl::Status Mount(const std::vector<std::string>& facts) override;
  absl::Status Change(const AuditChange& change) override;
  absl::Status Reset() override;
  absl::StatusOr<std::vector<std::string>> Answer(const std::vector<std::string>& questions,
                                                  const AnswerOptions& options) override;
  bool CanSay(const std::string& answer) const override;
  // The vector that the first answer slot compares with those of words, [width], unit length (Reasoner::Said).
  absl::StatusOr<std::vector<std::vector<float>>> AnswerStates(const std::vector<std::string>& questions) override;
  absl::StatusOr<std::string> WeightsSha256() const override;
  ChangeCost cost() const override { return cost_; }

 private:
  const Reasoner& reasoner_;
  Halting halting_;
  double flops_per_word_;
  std::vector<Fact> mounted_;  // as Mount gave them, their ids the numbers of their places
  MountedRows rows_;           // those and the changes since
  std::unordered_multimap<std::string, std::string> ids_of_text_;  // of what rows_ holds
  int64_t next_id_ = 0;
  ChangeCost cost_;
};

}  // namespace trivium
