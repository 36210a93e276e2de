// All loops of a batch, for training; answers are in answering.cc.
#include "stage2_reasoning/reasoner/reasoner.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace trivium {
namespace {

constexpr double kFirstLogitScale = 8.0;
constexpr double kLeastRead = 1e-3;  // keeps the logarithm of an unread fact finite

ReasonerConfig WithWidth(ReasonerConfig config, const TextEncoder& encoder) {
  if (config.width == 0) config.width = encoder.width();
  return config;
}

}  // namespace

Reasoner::Reasoner(const ReasonerConfig& config, const TextEncoder& encoder, const SeedTree& seeds)
    : config_(WithWidth(config, encoder)),
      encoder_(encoder, {config.layer, config.content_keys, config.order_decay}),
      closed_class_(encoder_, config.closed_class) {
  Rng rng = seeds.Child("reasoner").MakeRng();
  controller_ = Controller(config_, encoder.width(), rng);
  out_norm_ = RmsNorm(config_.width);
  out_weight_ = IdentityWeight(encoder.width(), config_.width, rng);
  out_bias_ = at::zeros({config_.answer_slots, encoder.width()}, at::kFloat).requires_grad_(true);
  log_scale_ = at::full({}, std::log(kFirstLogitScale), at::kFloat).requires_grad_(true);
  controller_.To(encoder_.device());
  Move({out_norm_.weight, out_weight_, out_bias_, log_scale_}, encoder_.device());
}

NamedTensors Reasoner::Parameters() const {
  NamedTensors list;
  controller_.AddParameters("controller.", list);
  list.insert(list.end(), {{"out_norm.weight", out_norm_.weight},
                           {"out.weight", out_weight_},
                           {"out.bias", out_bias_},
                           {"log_scale", log_scale_}});
  return list;
}

at::Tensor Reasoner::Slots(const at::Tensor& state, const Segments& layout) const {
  return out_norm_(layout.answers.Of(state));
}

at::Tensor Reasoner::Say(const at::Tensor& slots, const at::Tensor& bias) const {
  return UnitLength(Linear(slots, out_weight_) + bias);
}

at::Tensor Reasoner::Compare(const at::Tensor& said, const Candidates& words) const {
  return (at::matmul(said, words.vectors.t()) * log_scale_.exp())
      .masked_fill(words.present.logical_not().unsqueeze(1), kNoLogit);
}

at::Tensor Reasoner::Said(const QuestionBatch& questions, const Rows& rows, int64_t loops) const {
  const Memory memory = controller_.reader().Prepare(rows);
  const LoopContext context = controller_.Begin(questions, rows, memory);
  at::Tensor state = controller_.FirstState(context);
  for (int64_t loop = 0; loop < loops; ++loop) state = controller_.Loop(context, memory, state, /*top_k=*/0, nullptr);
  return Say(Slots(state, context.layout));
}

at::Tensor Reasoner::ThoughtLoss(const at::Tensor& state, const LoopContext& context, const Candidates& words,
                                 const at::Tensor& conclusions) const {
  const at::Tensor thoughts = out_norm_(context.layout.facts.Of(state));
  const at::Tensor said = Say(thoughts, out_bias_.narrow(0, 0, 1));
  const at::Tensor targets = conclusions.narrow(1, 0, thoughts.size(1));
  const at::Tensor asked = targets != kNoTarget;
  const at::Tensor losses = -Compare(said, words).log_softmax(-1).gather(2, targets.clamp_min(0).unsqueeze(2));
  const at::Tensor of_items = (losses.squeeze(2) * asked).sum(1) / asked.sum(1).clamp_min(1);
  return of_items.mean();
}

std::vector<at::Tensor> Reasoner::Logits(const QuestionBatch& questions, const Rows& rows, const Candidates& words,
                                         const LogitsOptions& options, SideLosses* side) const {
  const std::vector<int64_t>& loops = options.loops;
  const at::Tensor& support = options.support;
  const Memory memory = controller_.reader().Prepare(rows);
  const LoopContext context = controller_.Begin(questions, rows, memory, options.least_match);
  at::Tensor state = controller_.FirstState(context);
  if (options.untracked > 0) {
    const at::NoGradGuard no_grad;
    for (int64_t loop = 0; loop < options.untracked; ++loop)
      state = controller_.Loop(context, memory, state, /*top_k=*/0, nullptr);
  }
  const bool watch = support.defined() && side != nullptr;
  at::Tensor
      column;  // [items, question positions, facts]: where each needed fact's row stands, the NULL row being first
  if (watch) {
    column =
        (support.clamp_min(0) + 1).unsqueeze(1).expand({support.size(0), context.present.size(1), support.size(1)});
  }
  std::vector<at::Tensor> logits, most_read;
  for (int64_t loop = 1; loop <= loops.back(); ++loop) {
    ReadResult result;
    const bool only_slots = loop == loops.back();
    if (only_slots && side != nullptr && options.conclusions.defined() && context.rows_of_fact.defined()) {
      side->thoughts = ThoughtLoss(state, context, words, options.conclusions);
    }
    state = controller_.Loop(context, memory, state, /*top_k=*/0, watch ? &result : nullptr, only_slots);
    if (watch) {
      // Facts that think may read what they like: the question is to read what it needs.
      const int64_t readers = std::min(state.size(1), context.present.size(1));
      most_read.push_back((result.weights.narrow(1, 0, readers).gather(2, column.narrow(1, 0, readers)) *
                           context.present.narrow(1, 0, readers))
                              .amax(1));
    }
    if (std::find(loops.begin(), loops.end(), loop) != loops.end()) {
      logits.push_back(Compare(Say(Slots(state, context.layout)), words));
    }
  }
  if (watch) {
    const at::Tensor needed = (support >= 0).to(at::kFloat);
    const at::Tensor most = at::stack(most_read).amax(0);  // [items, facts]
    // A sum over an item's facts, so that it does not matter which items share its batch.
    side->support = -((most + kLeastRead).log() * needed).sum() / static_cast<double>(needed.size(0));
  }
  return logits;
}

at::Tensor Reasoner::ItemLosses(const at::Tensor& logits, const at::Tensor& targets) const {
  const at::Tensor asked = targets != kNoTarget;
  const at::Tensor words = targets.clamp_min(0).transpose(1, 2);  // [items, answer_slots, answers]
  const at::Tensor of_slots = logits.log_softmax(-1).gather(2, words).transpose(1, 2).masked_fill(~asked, 0);
  const at::Tensor of_answers = of_slots.sum(2).masked_fill(~asked.any(2), -std::numeric_limits<double>::infinity());
  return -of_answers.logsumexp(1);
}

at::Tensor Reasoner::Loss(const at::Tensor& logits, const at::Tensor& targets) const {
  return ItemLosses(logits, targets).mean();
}

}  // namespace trivium
