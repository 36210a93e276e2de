// See linear_probe.h: closed-form ridge regression in float64.
#include "stage2_reasoning/grading/linear_probe.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/seed_tree.h"

namespace trivium {
namespace {

constexpr int64_t kFolds = 5, kShuffles = 5;
constexpr double kPenalties[] = {1e-3, 1e-1, 10.0};  // a fact

at::Tensor StateMatrix(const std::vector<std::vector<float>>& states) {
  const auto facts = static_cast<int64_t>(states.size()), width = static_cast<int64_t>(states[0].size());
  at::Tensor x = at::empty({facts, width + 1}, at::kDouble);
  for (int64_t i = 0; i < facts; ++i) {
    x[i].narrow(0, 0, width).copy_(torch::tensor(states[static_cast<size_t>(i)]));
  }
  at::Tensor features = x.narrow(1, 0, width);
  features.sub_(features.mean(0, /*keepdim=*/true)).div_(features.std(0, /*unbiased=*/false, true).clamp_min(1e-8));
  x.select(1, width).fill_(1.0);
  return x;
}

// Right predictions of the facts whose fold it is, summed over folds.
int64_t RightByPenalty(const at::Tensor& x, const at::Tensor& labels, int64_t classes, const at::Tensor& fold,
                       double penalty) {
  const at::Tensor y = at::one_hot(labels, classes).to(at::kDouble);
  int64_t right = 0;
  for (int64_t f = 0; f < kFolds; ++f) {
    const at::Tensor held = fold.eq(f).nonzero().squeeze(1), fitted = fold.ne(f).nonzero().squeeze(1);
    const at::Tensor a = x.index_select(0, fitted), b = y.index_select(0, fitted);
    const at::Tensor gram =
        at::matmul(a.t(), a) + at::eye(x.size(1), at::kDouble) * (penalty * static_cast<double>(fitted.size(0)));
    const at::Tensor weight = at::linalg_solve(gram, at::matmul(a.t(), b));
    const at::Tensor named = at::matmul(x.index_select(0, held), weight).argmax(-1);
    right += named.eq(labels.index_select(0, held)).sum().item<int64_t>();
  }
  return right;
}

int64_t Right(const at::Tensor& x, const std::vector<std::string>& objects, Rng& rng) {
  std::map<std::string, int64_t> classes;
  std::vector<int64_t> labels, folds;
  for (const std::string& object : objects) {
    labels.push_back(classes.try_emplace(object, static_cast<int64_t>(classes.size())).first->second);
    folds.push_back(static_cast<int64_t>(folds.size()) % kFolds);
  }
  rng.Shuffle(folds);
  int64_t best = 0;
  for (double penalty : kPenalties) {
    best = std::max(best, RightByPenalty(x, torch::tensor(labels), static_cast<int64_t>(classes.size()),
                                         torch::tensor(folds), penalty));
  }
  return best;
}

}  // namespace

absl::StatusOr<ResultRow> ProbeFacts(const std::vector<AuditQuestion>& direct_questions, const std::string& loops,
                                     uint64_t seed, Answerer& answerer) {
  torch::NoGradGuard no_grad;
  std::vector<std::string> texts, objects;
  for (const AuditQuestion& question : direct_questions) {
    texts.push_back(question.text);
    objects.push_back(question.after);
  }
  if (static_cast<int64_t>(texts.size()) < kFolds) return UsageError("a probe needs at least 5 facts");
  ASSIGN_OR_RETURN(const std::vector<std::vector<float>> states, answerer.AnswerStates(texts));
  const at::Tensor x = StateMatrix(states);
  const SeedTree seeds = SeedTree(seed).Child("linear_probe");
  Rng rng = seeds.MakeRng();
  const auto facts = static_cast<int64_t>(objects.size());
  const int64_t right = Right(x, objects, rng);
  double floor = 0;
  for (uint64_t s = 0; s < kShuffles; ++s) {
    Rng shuffle = seeds.Child(s).MakeRng();
    std::vector<std::string> dealt = objects;
    shuffle.Shuffle(dealt);
    floor += static_cast<double>(Right(x, dealt, shuffle)) / static_cast<double>(facts * kShuffles);
  }
  return MakeRow("probe", 1, "linear", loops, right, facts, floor);
}

}  // namespace trivium
