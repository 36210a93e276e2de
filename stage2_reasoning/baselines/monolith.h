// The baseline without a memory: a dense causal transformer that holds a world's facts in its weights. A change is
// fine-tuning on the new sentence and its direct question, a deletion fine-tuning of the question towards "unknown", as
// the baseline FT of the editing literature. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/text/tokenizer.h"
#include "stage1_language/model/language_model.h"
#include "stage2_reasoning/baselines/monolith_training.h"
#include "stage2_reasoning/grading/answerer.h"
#include "stage2_reasoning/grading/memory_cases.h"

namespace trivium {

// Learning rates that ChooseEditRate tries.
inline constexpr double kEditRates[] = {1e-4, 3e-4, 1e-3};

class Monolith : public Answerer {
 public:
  // `model` has learned a world and is changed by edits from now on, each of at most edit_steps steps.
  Monolith(LanguageModel model, const Tokenizer& tokenizer, int64_t edit_steps);

  std::string name() const override { return "monolith"; }
  // Back to the weights that learned the world. Other facts than those it cannot be told without training anew: it then
  // answers as it did before.
  absl::Status Mount(const std::vector<std::string>& facts) override { return Reset(); }
  absl::Status Change(const AuditChange& change) override;
  absl::Status Reset() override;
  // memory_off changes nothing: there is no memory.
  absl::StatusOr<std::vector<std::string>> Answer(const std::vector<std::string>& questions,
                                                  const AnswerOptions& options) override;
  bool CanSay(const std::string& answer) const override;
  // The residual stream after the last block where the answer would follow, [width].
  absl::StatusOr<std::vector<std::vector<float>>> AnswerStates(const std::vector<std::string>& questions) override;
  absl::StatusOr<std::string> WeightsSha256() const override;
  ChangeCost cost() const override { return cost_; }

  void set_edit_rate(double rate) { edit_rate_ = rate; }

 private:
  LanguageModel model_;
  Tokenizer tokenizer_;
  int64_t edit_steps_;
  double edit_rate_ = kEditRates[0];
  std::vector<at::Tensor> learned_;  // copies of the weights as they were given
  ChangeCost cost_;
};

// How an edit rate did on edits that are graded nowhere else.
struct EditRateTrial {
  double rate = 0, efficacy = 0, propagation = 0, locality = 0;
  double mean() const { return (efficacy + propagation + locality) / 3; }
};

// Tries kEditRates on `edits` and leaves the one of the best mean set.
absl::StatusOr<std::vector<EditRateTrial>> ChooseEditRate(const std::vector<ChangeCase>& edits, Monolith& monolith);

}  // namespace trivium
