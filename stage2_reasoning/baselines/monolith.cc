// See monolith.h.
#include "stage2_reasoning/baselines/monolith.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <map>

#include "core/base/sha256.h"
#include "core/nn/flops.h"
#include "core/text/sentences.h"
#include "core/train/optimizer.h"
#include "core/train/tensor_io.h"
#include "stage1_language/model/generation.h"

namespace trivium {
namespace {

constexpr int64_t kAnswerTokens = 4;
constexpr size_t kAskedTogether = 100;

// Questions of equal length in tokens, so that no padding stands between question and answer.
struct EqualLength {
  at::Tensor ids;                // [items, tokens]
  std::vector<size_t> position;  // of each item in the list of questions
};

std::vector<EqualLength> GroupByLength(const Tokenizer& tokenizer, const std::vector<std::string>& questions) {
  std::map<size_t, std::vector<std::pair<std::vector<int64_t>, size_t>>> groups;
  for (size_t i = 0; i < questions.size(); ++i) {
    std::vector<int64_t> ids = {tokenizer.bos()};
    for (int32_t id : tokenizer.Encode(" " + questions[i])) ids.push_back(id);
    groups[ids.size()].emplace_back(std::move(ids), i);
  }
  std::vector<EqualLength> parts;
  for (const auto& [tokens, rows] : groups) {
    for (size_t begin = 0; begin < rows.size(); begin += kAskedTogether) {
      const size_t end = std::min(rows.size(), begin + kAskedTogether);
      std::vector<int64_t> flat;
      EqualLength part;
      for (size_t i = begin; i < end; ++i) {
        flat.insert(flat.end(), rows[i].first.begin(), rows[i].first.end());
        part.position.push_back(rows[i].second);
      }
      part.ids = torch::tensor(flat).view({static_cast<int64_t>(end - begin), static_cast<int64_t>(tokens)});
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

}  // namespace

Monolith::Monolith(LanguageModel model, const Tokenizer& tokenizer, int64_t edit_steps)
    : model_(std::move(model)), tokenizer_(tokenizer), edit_steps_(edit_steps) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : model_.Parameters()) learned_.push_back(tensor.detach().clone());
}

absl::Status Monolith::Reset() {
  torch::NoGradGuard no_grad;
  const NamedTensors now = model_.Parameters();
  for (size_t i = 0; i < now.size(); ++i) now[i].second.copy_(learned_[i]);
  return absl::OkStatus();
}

absl::Status Monolith::Change(const AuditChange& change) {
  std::vector<Completion> lessons = {{change.question, change.answer}};
  if (!change.after.empty()) lessons.push_back({"", change.after});
  const CompletionBatch batch = EncodeCompletions(lessons, tokenizer_, model_.config());
  const CompletionBatch asked = EncodeCompletions({lessons[0]}, tokenizer_, model_.config());
  TrainerConfig config;
  config.steps = edit_steps_;
  config.learning_rate = edit_rate_;
  config.min_lr_ratio = 1;
  config.warmup_steps = 0;
  config.weight_decay = 0;
  // An earlier optimizer made the weights views of one buffer, which the next one would refuse.
  for (const auto& [name, tensor] : model_.Parameters()) at::Tensor(tensor).set_data(tensor.detach().clone());
  ASSIGN_OR_RETURN(Optimizer optimizer, Optimizer::Create(model_.Parameters(), config));
  ++cost_.changes;
  for (int64_t step = 0; step < edit_steps_; ++step) {
    ASSIGN_OR_RETURN(const auto answers, Answer({change.question}, {}));
    cost_.flops += ForwardFlops(model_.config(), asked.inputs.size(1));
    if (answers[0] == change.answer) break;
    optimizer.ZeroGradients();
    model_.Loss(batch.inputs, batch.targets).backward();
    RETURN_IF_ERROR(optimizer.Step(step).status());
    ++cost_.gradient_steps;
    cost_.flops += batch.flops;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Monolith::Answer(const std::vector<std::string>& questions,
                                                          const AnswerOptions& options) {
  std::vector<std::string> answers(questions.size());
  if (options.choices.empty()) {
    GenerationConfig config;
    config.max_new_tokens = kAnswerTokens;
    config.temperature = 0;
    ASSIGN_OR_RETURN(const std::vector<Generation> said,
                     GenerateBatch(model_, tokenizer_, questions, config, SeedTree(0)));
    for (size_t i = 0; i < said.size(); ++i) answers[i] = JoinWords(SplitWords(said[i].text));
    return answers;
  }
  torch::NoGradGuard no_grad;
  std::vector<int64_t> first_pieces;
  for (const std::string& choice : options.choices) first_pieces.push_back(tokenizer_.Encode(" " + choice).at(0));
  const at::Tensor columns = torch::tensor(first_pieces);
  for (const EqualLength& part : GroupByLength(tokenizer_, questions)) {
    const at::Tensor best = model_.NextLogits(part.ids).index_select(1, columns).argmax(1);
    for (size_t i = 0; i < part.position.size(); ++i) {
      answers[part.position[i]] = options.choices[static_cast<size_t>(best[static_cast<int64_t>(i)].item<int64_t>())];
    }
  }
  return answers;
}

bool Monolith::CanSay(const std::string& answer) const {
  return static_cast<int64_t>(tokenizer_.Encode(" " + answer).size()) <= kAnswerTokens;
}

absl::StatusOr<std::vector<std::vector<float>>> Monolith::AnswerStates(const std::vector<std::string>& questions) {
  torch::NoGradGuard no_grad;
  std::vector<std::vector<float>> states(questions.size());
  for (const EqualLength& part : GroupByLength(tokenizer_, questions)) {
    const at::Tensor all = model_.HiddenStates(part.ids, {model_.config().layers});
    const at::Tensor last = all.select(1, all.size(1) - 1).contiguous();
    for (size_t i = 0; i < part.position.size(); ++i) {
      const float* values = last[static_cast<int64_t>(i)].data_ptr<float>();
      states[part.position[i]].assign(values, values + last.size(1));
    }
  }
  return states;
}

absl::StatusOr<std::string> Monolith::WeightsSha256() const {
  ASSIGN_OR_RETURN(const std::string bytes, TensorsToBytes(model_.Parameters()));
  return Sha256Hex(bytes);
}

absl::StatusOr<std::vector<EditRateTrial>> ChooseEditRate(const std::vector<ChangeCase>& edits, Monolith& monolith) {
  std::vector<EditRateTrial> trials;
  for (double rate : kEditRates) {
    monolith.set_edit_rate(rate);
    EditRateTrial trial;
    trial.rate = rate;
    double chains = 0, others = 0;
    for (const ChangeCase& one : edits) {
      std::vector<std::string> texts;
      for (const AuditQuestion& question : one.questions) texts.push_back(question.text);
      RETURN_IF_ERROR(monolith.Reset());
      ASSIGN_OR_RETURN(const auto before, monolith.Answer(texts, {}));
      RETURN_IF_ERROR(monolith.Change(one.change));
      ASSIGN_OR_RETURN(const auto after, monolith.Answer(texts, {}));
      for (size_t q = 0; q < texts.size(); ++q) {
        const AuditQuestion& question = one.questions[q];
        const bool is_right = after[q] == question.after;
        if (question.kind == QuestionKind::kDirect) trial.efficacy += is_right;
        if (question.kind == QuestionKind::kChain) trial.propagation += is_right, ++chains;
        if (question.kind == QuestionKind::kOther) trial.locality += after[q] == before[q], ++others;
      }
    }
    trial.efficacy /= std::max<double>(1, static_cast<double>(edits.size()));
    trial.propagation /= std::max(1.0, chains);
    trial.locality /= std::max(1.0, others);
    trials.push_back(trial);
  }
  RETURN_IF_ERROR(monolith.Reset());
  monolith.set_edit_rate(std::max_element(trials.begin(), trials.end(), [](const auto& a, const auto& b) {
                           return a.mean() < b.mean();
                         })->rate);
  return trials;
}

}  // namespace trivium
