// See halt_head.h: features of one loop, logistic regression by Newton's method.
#include "stage2_reasoning/reasoner/halt_head.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>

namespace trivium {
namespace {

constexpr double kLeastProbability = 1e-9, kLeastTurn = 1e-6;  // keep logarithms finite
constexpr double kRidge = 1.0;
constexpr int kNewtonSteps = 30, kHalvings = 20;
constexpr double kStandsStill = 1e-6;  // of the penalised loss, relative

// 1 - cosine of unit vectors along the last dimension; 1 where there are none before.
at::Tensor Turn(const at::Tensor& before, const at::Tensor& now) {
  return before.defined() ? 1 - (now * before).sum(-1) : at::ones(now.sizes().slice(0, 2), now.options());
}

}  // namespace

at::Tensor HaltFeatures::After(const LoopOutcome& outcome) {
  const std::vector<std::string>& texts = outcome.texts;
  at::Tensor of_answer = at::zeros({outcome.said.size(0), 2}, at::kFloat);
  auto scalar = of_answer.accessor<float, 2>();
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto item = static_cast<int64_t>(i);
    scalar[item][0] = static_cast<float>(std::log(std::max(outcome.probabilities[i], kLeastProbability)));
    scalar[item][1] = !texts_.empty() && texts_[i] == texts[i] ? 1 : 0;
  }
  const auto column = [](const at::Tensor& turn) { return turn.clamp_min(kLeastTurn).log().unsqueeze(1); };
  const at::Tensor words = UnitLength(outcome.words), count = outcome.word_mask.sum(1);
  const at::Tensor of_words = Turn(words_, words) * outcome.word_mask;
  const at::Tensor scalars = at::cat({of_answer.to(outcome.said.device()), column(Turn(said_, outcome.said).amax(1)),
                                      column(of_words.amax(1)), column(of_words.sum(1) / count), count.unsqueeze(1)},
                                     1);
  const at::Tensor remembered = scalars.narrow(1, 0, kRemembered);
  if (before_.empty()) before_.assign(kLoopsBefore, remembered);
  std::vector<at::Tensor> parts = {scalars};
  parts.insert(parts.end(), before_.begin(), before_.end());
  const at::Tensor each = at::cat(parts, 1),
                   pairs = at::triu_indices(kEach, kEach, 0, scalars.options().dtype(at::kLong));
  const at::Tensor products = each.index_select(1, pairs[0]) * each.index_select(1, pairs[1]);
  std::rotate(before_.begin(), before_.end() - 1, before_.end());
  before_.front() = remembered;
  said_ = outcome.said;
  words_ = words;
  texts_ = texts;
  return at::cat({each, products, outcome.slots.select(1, 0)}, 1).cpu();
}

void HaltFeatures::Keep(const at::Tensor& items) {
  if (!said_.defined()) return;
  said_ = said_.index_select(0, items.to(said_.device()));
  words_ = words_.index_select(0, items.to(words_.device()));
  for (at::Tensor& of_loop : before_) of_loop = of_loop.index_select(0, items.to(of_loop.device()));
  std::vector<std::string> kept;
  for (int64_t i = 0; i < items.size(0); ++i) kept.push_back(texts_[static_cast<size_t>(items[i].item<int64_t>())]);
  texts_ = std::move(kept);
}

HaltHead::HaltHead(int64_t width, bool facts_think)
    : HaltHead(OfWeights(HaltFeatures::kSettling + width, ForSettled(facts_think))) {}

HaltHead HaltHead::OfOneLoop(int64_t width) {
  return OfWeights(HaltFeatures::kScalars + width, HaltFeatures::kScalars);
}

HaltHead HaltHead::OfWeights(int64_t right, int64_t settled) {
  HaltHead head;
  head.right = {at::zeros({right}, at::kFloat), at::zeros({1}, at::kFloat)};
  head.settled = {at::zeros({settled}, at::kFloat), at::zeros({1}, at::kFloat)};
  head.threshold = at::ones({1}, at::kFloat);
  return head;
}

HaltHead HaltHead::OfAllFeatures(bool facts_think) const {
  constexpr int64_t kScalars = HaltFeatures::kScalars;
  const int64_t width = right.weight.size(0) - kScalars;
  HaltHead head(width, facts_think);
  head.right.weight.narrow(0, 0, kScalars).copy_(right.weight.narrow(0, 0, kScalars));
  head.right.weight.narrow(0, HaltFeatures::kSettling, width).copy_(right.weight.narrow(0, kScalars, width));
  head.right.bias.copy_(right.bias);
  head.settled.weight.narrow(0, 0, kScalars).copy_(settled.weight);
  head.settled.bias.copy_(settled.bias);
  head.threshold.copy_(threshold);
  return head;
}

NamedTensors HaltHead::Parameters() const {
  return {{"right.weight", right.weight},
          {"right.bias", right.bias},
          {"settled.weight", settled.weight},
          {"settled.bias", settled.bias},
          {"settled.threshold", threshold}};
}

std::vector<double> LogisticRegression::operator()(const at::Tensor& features) const {
  const at::Tensor of_weights = features.narrow(1, 0, weight.size(0));
  const at::Tensor judged = at::sigmoid(at::mv(of_weights, weight) + bias).contiguous();
  const float* values = judged.data_ptr<float>();
  return {values, values + judged.size(0)};
}

LogisticRegression FitLogistic(const at::Tensor& x, const at::Tensor& y) {
  torch::NoGradGuard no_grad;
  const int64_t samples = x.size(0), n = x.size(1);
  const at::Tensor given = x.to(at::kDouble), labels = y.to(at::kDouble);
  const at::Tensor mean = given.mean(0), deviation = (given - mean).square().mean(0).sqrt().clamp_min(1e-6);
  const at::Tensor z = at::cat({(given - mean) / deviation, at::ones({samples, 1}, at::kDouble)}, 1);
  at::Tensor ridge = at::full({n + 1}, kRidge, at::kDouble);
  ridge[n] = 0;  // the bias is free
  const auto loss_at = [&](const at::Tensor& w) {
    const at::Tensor logits = at::mv(z, w);
    return (at::softplus(logits) - labels * logits).sum().item<double>() + 0.5 * (ridge * w * w).sum().item<double>();
  };
  at::Tensor w = at::zeros({n + 1}, at::kDouble);
  double loss = loss_at(w);
  for (int step = 0; step < kNewtonSteps; ++step) {
    const at::Tensor p = at::sigmoid(at::mv(z, w));
    const at::Tensor gradient = at::mv(z.t(), p - labels) + ridge * w;
    const at::Tensor curvature = at::mm(z.t(), z * (p * (1 - p)).unsqueeze(1)) + at::diag(ridge + 1e-6);
    const at::Tensor direction = at::linalg_solve(curvature, gradient);
    double share = 1, next = loss_at(w - direction);
    for (int i = 0; i < kHalvings && !(next <= loss); ++i) next = loss_at(w - (share /= 2) * direction);
    if (!(next <= loss)) break;
    w = w - share * direction;
    const bool stands_still = loss - next <= kStandsStill * loss;
    loss = next;
    if (stands_still) break;
  }
  const at::Tensor scaled = w.narrow(0, 0, n) / deviation;
  return {scaled.to(at::kFloat), (w.narrow(0, n, 1) - (scaled * mean).sum()).to(at::kFloat)};
}

}  // namespace trivium
