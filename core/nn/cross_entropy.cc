// See cross_entropy.h.
#include "core/nn/cross_entropy.h"

#include <algorithm>

#include "core/nn/precision.h"
#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

constexpr int64_t kRowsAtOnce = 512;

void CheckInputs(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& targets) {
  CheckShape(x, {kAnySize, weight.size(1)}, "cross-entropy input");
  CheckShape(targets, {x.size(0)}, "cross-entropy targets");
}

class LinearCrossEntropyFunction : public torch::autograd::Function<LinearCrossEntropyFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& targets) {
    const int64_t rows = x.size(0);
    const double share = 1.0 / static_cast<double>(rows);
    at::Tensor loss = at::zeros({}, x.options());
    at::Tensor x_gradient = at::empty_like(x);
    at::Tensor weight_gradient = weight.requires_grad() ? at::zeros_like(weight) : at::Tensor();
    for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
      const int64_t count = std::min(kRowsAtOnce, rows - first);
      const at::Tensor part = x.narrow(0, first, count);
      const at::Tensor part_targets = targets.narrow(0, first, count).unsqueeze(1);  // [count, 1]
      const at::Tensor logits = Multiply(part, weight.t());                          // [count, vocab]
      const at::Tensor log_sum = logits.logsumexp(1, /*keepdim=*/true);              // [count, 1]
      loss.add_((log_sum - logits.gather(1, part_targets)).sum(), share);
      // d loss / d logits = (softmax(logits) - one-hot(target)) / rows
      at::Tensor gradient = at::softmax(logits, 1);
      gradient.scatter_add_(1, part_targets, at::full_like(log_sum, -1.0));
      at::Tensor x_part = x_gradient.narrow(0, first, count);
      if (CurrentPrecision() == Precision::kFloat32) {
        at::mm_out(x_part, gradient, weight);
        if (weight_gradient.defined()) weight_gradient.addmm_(gradient.t(), part, 1, share);
      } else {
        x_part.copy_(Multiply(gradient, weight));
        if (weight_gradient.defined()) weight_gradient.add_(Multiply(gradient.t(), part), share);
      }
    }
    context->save_for_backward({x_gradient.mul_(share), weight_gradient});
    return loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& scale = gradients[0];
    return {saved[0] * scale, saved[1].defined() ? saved[1] * scale : at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor LinearCrossEntropy(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& targets) {
  CheckInputs(x, weight, targets);
  return LinearCrossEntropyFunction::apply(x.contiguous(), weight, targets.contiguous());
}

at::Tensor LinearCrossEntropyRows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& targets) {
  CheckInputs(x, weight, targets);
  at::NoGradGuard no_gradients;
  at::Tensor losses = at::empty({x.size(0)}, x.options());
  for (int64_t first = 0; first < x.size(0); first += kRowsAtOnce) {
    const int64_t count = std::min(kRowsAtOnce, x.size(0) - first);
    const at::Tensor logits = at::mm(x.narrow(0, first, count), weight.t());  // [count, vocab]
    const at::Tensor chosen = logits.gather(1, targets.narrow(0, first, count).unsqueeze(1)).squeeze(1);
    losses.narrow(0, first, count).copy_(logits.logsumexp(1) - chosen);
  }
  return losses;
}

}  // namespace trivium
