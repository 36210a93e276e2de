// See reasoner_answerer.h: a change encodes the fact that it is about, questions run in batches.
#include "stage2_reasoning/grading/reasoner_answerer.h"

#include "core/nn/torch_pch.h"

#include <algorithm>

#include "core/base/sha256.h"
#include "core/text/sentences.h"
#include "core/train/tensor_io.h"
#include "stage2_reasoning/grading/evaluation.h"

namespace trivium {
namespace {

constexpr size_t kBatchQuestions = 50;

// Questions [begin, end) without facts of their own.
absl::StatusOr<ReasonerBatch> EncodeAlone(const RowEncoder& encoder, const std::vector<std::string>& questions,
                                          size_t begin, size_t end) {
  std::vector<Item> items(end - begin);
  for (size_t i = begin; i < end; ++i) items[i - begin].question = questions[i];
  return EncodeItems(encoder, items);
}

}  // namespace

ReasonerAnswerer::ReasonerAnswerer(const Reasoner& reasoner, const Halting& halting, double flops_per_word)
    : reasoner_(reasoner),
      halting_(halting),
      flops_per_word_(flops_per_word),
      rows_(reasoner.encoder(), reasoner.reader()) {}

absl::Status ReasonerAnswerer::Mount(const std::vector<std::string>& facts) {
  mounted_.clear();
  for (const std::string& fact : facts) {
    mounted_.push_back(MakeFact(fact));
    mounted_.back().id = std::to_string(mounted_.size());
  }
  return Reset();
}

absl::Status ReasonerAnswerer::Reset() {
  RETURN_IF_ERROR(rows_.Update(mounted_).status());
  ids_of_text_.clear();
  for (const Fact& fact : mounted_) ids_of_text_.emplace(fact.text, fact.id);
  next_id_ = static_cast<int64_t>(mounted_.size()) + 1;
  return absl::OkStatus();
}

absl::Status ReasonerAnswerer::Change(const AuditChange& change) {
  const std::string& after = change.after;
  std::string id = std::to_string(next_id_);
  if (change.before.empty()) {
    ++next_id_;
  } else {
    const auto known = ids_of_text_.find(change.before);
    if (known == ids_of_text_.end()) return UsageError("there is no fact '" + change.before + "' to change");
    id = known->second;
    ids_of_text_.erase(known);
  }
  ++cost_.changes;
  if (after.empty()) {
    rows_.Remove(id);
    return absl::OkStatus();
  }
  Fact fact = MakeFact(after);
  fact.id = id;
  ids_of_text_.emplace(after, id);
  cost_.flops += static_cast<double>(SplitWords(after).size()) * flops_per_word_;
  return rows_.Put({fact});
}

absl::StatusOr<std::vector<std::string>> ReasonerAnswerer::Answer(const std::vector<std::string>& questions,
                                                                  const AnswerOptions& options) {
  RunOptions run;
  run.halting = halting_;
  run.mounted = options.memory_off ? nullptr : &rows_;
  run.choose_top_k = true;
  if (!options.choices.empty()) run.choices = {options.choices};
  std::vector<std::string> answers;
  for (size_t begin = 0; begin < questions.size(); begin += kBatchQuestions) {
    ASSIGN_OR_RETURN(const ReasonerBatch batch, EncodeAlone(reasoner_.encoder(), questions, begin,
                                                            std::min(questions.size(), begin + kBatchQuestions)));
    const ReasonerAnswers said = reasoner_.Run(batch, run);
    answers.insert(answers.end(), said.texts.begin(), said.texts.end());
  }
  return answers;
}

bool ReasonerAnswerer::CanSay(const std::string& answer) const {
  return std::ssize(SplitWords(answer)) <= reasoner_.config().answer_slots;
}

absl::StatusOr<std::vector<std::vector<float>>> ReasonerAnswerer::AnswerStates(
    const std::vector<std::string>& questions) {
  torch::NoGradGuard no_grad;
  std::vector<std::vector<float>> states;
  for (size_t begin = 0; begin < questions.size(); begin += kBatchQuestions) {
    ASSIGN_OR_RETURN(const ReasonerBatch batch, EncodeAlone(reasoner_.encoder(), questions, begin,
                                                            std::min(questions.size(), begin + kBatchQuestions)));
    const at::Tensor slot = reasoner_.Said(batch.questions, batch.rows, halting_.loops).select(1, 0).contiguous();
    for (int64_t i = 0; i < slot.size(0); ++i) {
      const float* values = slot[i].data_ptr<float>();
      states.emplace_back(values, values + slot.size(1));
    }
  }
  return states;
}

absl::StatusOr<std::string> ReasonerAnswerer::WeightsSha256() const {
  const TextEncoder& language = reasoner_.encoder().encoder();
  RETURN_IF_ERROR(language.CheckUnchanged());
  ASSIGN_OR_RETURN(const std::string algorithm, TensorsToBytes(reasoner_.Parameters()));
  return Sha256Hex(language.sha256() + Sha256Hex(algorithm));
}

}  // namespace trivium
