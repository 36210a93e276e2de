// See layers.h. The element-wise layers have gradients of their own: the composed operations made autograd keep and
// pass over two to three times as much memory (measured on one core: norm 1.4 -> 0.8 ms, rotary 3.3 -> 1.3 ms). Norms,
// rotary, convolutions and SwiGLU of float32 on the CPU go by row_kernels.h and loop_kernels.h, which pass over it
// once.
#include "core/nn/layers.h"

#include <algorithm>
#include <cmath>

#include "core/nn/loop_kernels.h"
#include "core/nn/precision.h"
#include "core/nn/row_kernels.h"
#include "core/nn/row_tensors.h"
#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// With n = x r and r = 1 / sqrt(mean(x^2) + eps):
//   dx = r (g w - n mean(g w n)),  dw = sum of g n over rows.
class RmsNormFunction : public torch::autograd::Function<RmsNormFunction> {
 public:
  // given: [rows, width].
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& weight, double eps) {
    const at::Tensor x = given.contiguous();
    const int64_t rows = x.size(0), width = x.size(1);
    if (TakesRows(x)) {
      const at::Tensor y = at::empty_like(x), scale = at::empty({rows, 1}, x.options());
      RmsNormRows(Data(x), Data(weight), rows, width, static_cast<float>(eps), Data(y), Data(scale));
      context->save_for_backward({x, scale, weight});
      return y;
    }
    const at::Tensor scale = at::linalg_vector_norm(x, 2, {1}, /*keepdim=*/true)
                                 .square_()
                                 .mul_(1.0 / static_cast<double>(width))
                                 .add_(eps)
                                 .rsqrt_();  // [rows, 1]
    context->save_for_backward({x, scale, weight});
    return (x * scale).mul_(weight);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &scale = saved[1], &weight = saved[2];
    const at::Tensor gradient = gradients[0].contiguous();
    if (TakesRows(x)) {
      const at::Tensor x_gradient = at::empty_like(x);
      const at::Tensor weight_gradient = weight.requires_grad() ? at::zeros_like(weight) : at::Tensor();
      RmsNormRowsGradient(Data(gradient), Data(x), Data(weight), Data(scale), x.size(0), x.size(1), Data(x_gradient),
                          weight_gradient.defined() ? Data(weight_gradient) : nullptr);
      return {x_gradient, weight_gradient, at::Tensor()};
    }
    const at::Tensor normed = x * scale, product = gradient * normed;  // [rows, width]
    const at::Tensor mean = at::mv(product, weight).unsqueeze(1).mul_(-1.0 / static_cast<double>(weight.size(0)));
    const at::Tensor x_gradient = (gradient * weight).addcmul_(normed, mean).mul_(scale);
    return {x_gradient, weight.requires_grad() ? product.sum(0) : at::Tensor(), at::Tensor()};
  }
};

// y = x cos + swapped halves of x times sin, of the first `turned` heads. The inverse rotation is the transpose, hence
// the gradient: sign -1.
at::Tensor Rotate(const at::Tensor& given, const at::Tensor& cos, const at::Tensor& sin, double sign, int64_t turned) {
  if (TakesRows(given)) {
    const at::Tensor x = given.stride(3) == 1 ? given : given.contiguous();
    const at::Tensor y = at::empty(x.sizes(), x.options());
    RotateRows(Data(x), {x.size(0), x.size(1), x.size(2), x.size(3), x.stride(0), x.stride(1), x.stride(2)}, Data(cos),
               Data(sin), static_cast<float>(sign), turned, Data(y));
    return y;
  }
  const int64_t half = given.size(3) / 2;
  const at::Tensor x = given.narrow(2, 0, turned);
  at::Tensor y = x * cos;
  y.narrow(-1, 0, half).addcmul_(x.narrow(-1, half, half), sin.narrow(-1, 0, half), sign);
  y.narrow(-1, half, half).addcmul_(x.narrow(-1, 0, half), sin.narrow(-1, half, half), sign);
  return turned == given.size(2) ? y : at::cat({y, given.narrow(2, turned, given.size(2) - turned)}, 2);
}

class RotaryFunction : public torch::autograd::Function<RotaryFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin,
                            int64_t turned) {
    context->save_for_backward({cos, sin});
    context->saved_data["turned"] = turned;
    return Rotate(x, cos, sin, 1.0, turned);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const int64_t turned = context->saved_data["turned"].toInt();
    return {Rotate(gradients[0], saved[0], saved[1], -1.0, turned), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

// y = silu(a) b of x = [a, b].
class GatedSiluFunction : public torch::autograd::Function<GatedSiluFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given) {
    const at::Tensor x = given.contiguous();
    const int64_t hidden = x.size(-1) / 2;
    context->save_for_backward({x});
    if (TakesRows(x)) {
      std::vector<int64_t> shape = x.sizes().vec();
      shape.back() = hidden;
      const at::Tensor y = at::empty(shape, x.options());
      GatedSiluRows(Data(x), 2 * hidden, nullptr, y.numel() / hidden, hidden, Data(y));
      return y;
    }
    return at::silu(x.narrow(-1, 0, hidden)).mul_(x.narrow(-1, hidden, hidden));
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0];
    const int64_t hidden = x.size(-1) / 2;
    at::Tensor x_gradient = at::empty_like(x);
    if (TakesRows(x)) {
      const at::Tensor gradient = gradients[0].contiguous();
      GatedSiluRowsGradient(Data(gradient), Data(x), 2 * hidden, nullptr, gradient.numel() / hidden, hidden,
                            Data(x_gradient), nullptr);
      return {x_gradient};
    }
    const at::Tensor gate = x.narrow(-1, 0, hidden), up = x.narrow(-1, hidden, hidden);
    at::Tensor gate_gradient = x_gradient.narrow(-1, 0, hidden), up_gradient = x_gradient.narrow(-1, hidden, hidden);
    at::silu_backward_out(gate_gradient, gradients[0] * up, gate);
    at::silu_out(up_gradient, gate);
    up_gradient.mul_(gradients[0]);
    return {x_gradient};
  }
};

// y = x s with s = 1 / |x|:  dx = s (g - y (g . y)).
class UnitLengthFunction : public torch::autograd::Function<UnitLengthFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given) {
    const at::Tensor x = given.contiguous();
    at::Tensor y, scale;
    if (TakesRows(x)) {
      std::vector<int64_t> shape = x.sizes().vec();
      shape.back() = 1;
      y = at::empty_like(x);
      scale = at::empty(shape, x.options());
      UnitLengthRows(Data(x), scale.numel(), x.size(-1), Data(y), Data(scale));
    } else {
      scale = at::linalg_vector_norm(x, 2, {-1}, /*keepdim=*/true).clamp_min_(1e-6).reciprocal_();
      y = x * scale;
    }
    context->save_for_backward({y, scale});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &y = saved[0], &scale = saved[1];
    const at::Tensor gradient = gradients[0].contiguous();
    if (TakesRows(y)) {
      const at::Tensor x_gradient = at::empty_like(y);
      UnitLengthRowsGradient(Data(gradient), Data(y), Data(scale), scale.numel(), y.size(-1), Data(x_gradient));
      return {x_gradient};
    }
    const at::Tensor along = (gradient * y).sum(-1, /*keepdim=*/true);
    return {gradient.addcmul(y, along, -1.0).mul_(scale)};
  }
};

// Taps of each channel's own over words; see ConvolveWords.
class ConvolveFunction : public torch::autograd::Function<ConvolveFunction> {
 public:
  // given: [items, words, width]; kernel: [taps, width]; both float32 on the CPU.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& kernel) {
    const at::Tensor x = given.contiguous(), y = at::empty_like(x), taps = kernel.contiguous();
    ConvolveRows(Data(x), Data(taps), RowsOf(x, taps), Data(y));
    context->save_for_backward({x, taps});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &taps = saved[1];
    const at::Tensor gradient = gradients[0].contiguous();
    const auto wanted = [&](size_t input, const at::Tensor& like) {
      return context->needs_input_grad(input) ? at::zeros_like(like) : at::Tensor();
    };
    const at::Tensor x_gradient = wanted(0, x), kernel_gradient = wanted(1, taps);
    ConvolveRowsGradient(Data(gradient), Data(x), Data(taps), RowsOf(x, taps),
                         x_gradient.defined() ? Data(x_gradient) : nullptr,
                         kernel_gradient.defined() ? Data(kernel_gradient) : nullptr);
    return {x_gradient, kernel_gradient};
  }

 private:
  static WordRows RowsOf(const at::Tensor& x, const at::Tensor& taps) {
    return {x.size(0), x.size(1), x.size(2), taps.size(0), x.stride(0), nullptr};
  }
};

}  // namespace

std::vector<at::Tensor> Values(const NamedTensors& list) {
  std::vector<at::Tensor> values;
  for (const auto& [name, tensor] : list) values.push_back(tensor);
  return values;
}

void Move(const std::vector<at::Tensor>& tensors, at::Device device, at::ScalarType type) {
  for (const at::Tensor& tensor : tensors) {
    if (tensor.defined()) tensor.set_data(tensor.detach().to(device, type));
  }
}

at::Tensor UnitMeanSquare(const at::Tensor& x) { return x * at::rsqrt(x.pow(2).mean(-1, /*keepdim=*/true) + 1e-5); }

at::Tensor UnitLength(const at::Tensor& x) { return UnitLengthFunction::apply(x); }

at::Tensor ConvolveWords(const at::Tensor& x, const at::Tensor& kernel) {
  if (TakesRows(x)) return ConvolveFunction::apply(x, kernel.squeeze(1).t());
  return at::conv1d(x.transpose(1, 2), kernel, {}, 1, kernel.size(2) / 2, 1, x.size(2)).transpose(1, 2);
}

at::Tensor NormalTensor(const std::vector<int64_t>& shape, double deviation, Rng& rng) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(deviation * rng.Normal());
  return tensor;
}

at::Tensor LinearWeight(int64_t outputs, int64_t inputs, double gain, Rng& rng) {
  return NormalTensor({outputs, inputs}, gain / std::sqrt(static_cast<double>(inputs)), rng).requires_grad_();
}

void AddIdentity(at::Tensor& weight, int64_t row, int64_t column, int64_t size, double gain) {
  torch::NoGradGuard no_grad;
  const int64_t n = std::min({size, weight.size(0) - row, weight.size(1) - column});
  weight.narrow(0, row, n).narrow(1, column, n).diagonal().add_(gain);
}

at::Tensor IdentityWeight(int64_t outputs, int64_t inputs, Rng& rng, double gain) {
  constexpr double kNoise = 0.02;
  at::Tensor weight = LinearWeight(outputs, inputs, kNoise, rng);
  AddIdentity(weight, 0, 0, std::min(outputs, inputs), gain);
  return weight;
}

at::Tensor Linear(const at::Tensor& x, const at::Tensor& weight) {
  if (CurrentPrecision() == Precision::kFloat32) return at::linear(x, weight);
  return at::linear(x.to(at::kBFloat16), weight.to(at::kBFloat16)).to(at::kFloat);
}

at::Tensor AddLinear(const at::Tensor& base, const at::Tensor& x, const at::Tensor& weight) {
  return at::addmm(base.flatten(0, 1), x.flatten(0, 1), weight.t()).view({x.size(0), x.size(1), weight.size(0)});
}

RmsNorm::RmsNorm(int64_t width, double eps) : weight(at::ones({width}).requires_grad_()), eps(eps) {}

at::Tensor RmsNorm::operator()(const at::Tensor& x) const {
  return RmsNormFunction::apply(x.reshape({-1, weight.size(0)}), weight, eps).view(x.sizes());
}

Rotary::Rotary(int64_t head_width, int64_t max_tokens, double theta) : theta(theta) {
  cos = sin = at::empty({max_tokens, 1, head_width});
  To(at::kCPU, at::kFloat);
}

void Rotary::To(at::Device device, at::ScalarType type) {
  const int64_t max_tokens = cos.size(0), head_width = cos.size(2);
  const at::Tensor channels = at::arange(0, head_width, 2, at::kDouble) / static_cast<double>(head_width);
  const at::Tensor speeds = at::pow(theta, channels.neg());  // [head_width / 2] radians a token
  const at::Tensor angles = at::arange(max_tokens, at::kDouble).unsqueeze(1) * speeds;  // [max_tokens, head_width / 2]
  const at::Tensor sines = angles.sin(), cosines = angles.cos();
  const auto table = [&](const at::Tensor& low, const at::Tensor& high) {
    return at::cat({low, high}, 1).unsqueeze(1).to(device, type);  // [max_tokens, 1, head_width]
  };
  cos = table(cosines, cosines);
  sin = table(sines.neg(), sines);
}

at::Tensor Rotary::operator()(const at::Tensor& x, int64_t first, int64_t heads) const {
  CheckShape(x, {kAnySize, kAnySize, kAnySize, cos.size(2)}, "rotary input");
  const int64_t tokens = x.size(1), turned = heads < 0 ? x.size(2) : heads;
  TORCH_CHECK(first + tokens <= cos.size(0), "rotary positions: ", first + tokens, " tokens, at most ", cos.size(0));
  return RotaryFunction::apply(x, cos.narrow(0, first, tokens), sin.narrow(0, first, tokens), turned);
}

SwiGlu::SwiGlu(int64_t width, int64_t hidden, double gain, Rng& rng)
    : gate_up(LinearWeight(2 * hidden, width, gain, rng)), down(LinearWeight(width, hidden, gain, rng)) {}

at::Tensor SwiGlu::operator()(const at::Tensor& x) const { return Down(Linear(x, gate_up)); }

at::Tensor SwiGlu::Down(const at::Tensor& gate_and_up) const {
  return Linear(GatedSiluFunction::apply(gate_and_up), down);
}

}  // namespace trivium
