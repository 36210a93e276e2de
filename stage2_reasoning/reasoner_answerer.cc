// See reasoner_answerer.h: a change encodes the fact that it is about, questions run in batches.
#include "stage2_reasoning/reasoner_answerer.h"

#include "core/nn/torch_pch.h"

#include <algorithm>

#include "core/base/sha256.h"
#include "core/text/sentences.h"
#include "core/text/tokenizer.h"
#include "core/train/tensor_io.h"
#include "stage2_reasoning/ask.h"
#include "stage2_reasoning/evaluation.h"

namespace trivium {
namespace {

constexpr size_t kBatchQuestions = 50;

std::vector<Item> ItemsOf(const std::vector<std::string>& questions, size_t begin, size_t end) {
  std::vector<Item> items(end - begin);
  for (size_t i = begin; i < end; ++i) items[i - begin].question = SpaceOut(questions[i]);
  return items;
}

// No rows of an item's own.
struct NoRows {
  Rows rows;
  std::vector<std::vector<int64_t>> fact_of_row = std::vector<std::vector<int64_t>>(1);
};

absl::StatusOr<NoRows> EncodeNothing(const RowEncoder& encoder) {
  NoRows none;
  ASSIGN_OR_RETURN(none.rows, EncodeFacts(encoder, {}, none.fact_of_row.data()));
  return none;
}

// A forced choice forces the first piece of an answer alone: what follows a choice in the other slots is left out.
std::string Chosen(const std::string& answer, const std::vector<std::string>& choices) {
  std::string longest;
  for (const std::string& choice : choices) {
    if (choice.size() > longest.size() && answer.compare(0, choice.size(), choice) == 0) longest = choice;
  }
  return longest.empty() ? answer : longest;
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
    mounted_.push_back(MakeFact(SpaceOut(fact)));
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
  const std::string after = SpaceOut(change.after);
  std::string id = std::to_string(next_id_);
  if (change.before.empty()) {
    ++next_id_;
  } else {
    const auto known = ids_of_text_.find(SpaceOut(change.before));
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
  return rows_.Put(fact);
}

absl::StatusOr<std::vector<std::string>> ReasonerAnswerer::Answer(const std::vector<std::string>& questions,
                                                                  const AnswerOptions& options) {
  ASSIGN_OR_RETURN(const NoRows none, EncodeNothing(reasoner_.encoder()));
  RunOptions run;
  run.halting = halting_;
  run.mounted = options.memory_off ? nullptr : &rows_;
  run.choose_top_k = true;
  run.allowed = options.choices;
  std::vector<std::string> answers;
  for (size_t begin = 0; begin < questions.size(); begin += kBatchQuestions) {
    const std::vector<Item> items = ItemsOf(questions, begin, std::min(questions.size(), begin + kBatchQuestions));
    ASSIGN_OR_RETURN(const ReasonerBatch batch, EncodeQuestions(reasoner_.encoder(), items, /*answer_slots=*/0));
    const ReasonerAnswers said = reasoner_.Run(batch.questions, none.rows, none.fact_of_row, run);
    for (const std::string& text : said.texts) answers.push_back(Chosen(text, options.choices));
  }
  return answers;
}

bool ReasonerAnswerer::CanSay(const std::string& answer) const {
  const std::vector<Word> words = reasoner_.encoder().encoder().tokenizer().EncodeWords(SpaceOut(answer));
  if (words.size() == 1) return true;  // however long: as a word of the facts
  size_t pieces = 0;
  for (const Word& word : words) pieces += word.pieces.size();
  return static_cast<int64_t>(pieces) < reasoner_.config().answer_slots;
}

absl::StatusOr<std::vector<std::vector<float>>> ReasonerAnswerer::AnswerStates(
    const std::vector<std::string>& questions) {
  torch::NoGradGuard no_grad;
  ASSIGN_OR_RETURN(const NoRows none, EncodeNothing(reasoner_.encoder()));
  // The slot's logits are scale * directions x state, and there are more pieces than widths: they give the state back.
  const at::Tensor directions = UnitLength(reasoner_.encoder().piece_vectors());
  const at::Tensor inverse = at::linalg_pinv(directions);  // [width, vocab]
  std::vector<std::vector<float>> states;
  for (size_t begin = 0; begin < questions.size(); begin += kBatchQuestions) {
    const std::vector<Item> items = ItemsOf(questions, begin, std::min(questions.size(), begin + kBatchQuestions));
    ASSIGN_OR_RETURN(const ReasonerBatch batch, EncodeQuestions(reasoner_.encoder(), items, /*answer_slots=*/0));
    const at::Tensor logits = reasoner_.Logits(batch.questions, none.rows, {halting_.loops}).back();
    const at::Tensor slot = UnitLength(at::matmul(logits.select(1, 0), inverse.t())).contiguous();
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
