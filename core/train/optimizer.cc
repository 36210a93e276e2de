// See optimizer.h.
#include "core/train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

// Each parameter begins on a cache line of its own, as freshly allocated tensors do: matrix kernels are faster and
// their results do not depend on what lies before.
constexpr int64_t kAlignBytes = 64;

absl::Status CheckParameters(const NamedTensors& parameters) {
  if (parameters.empty()) return Failed("there is nothing to train: the model lists no parameters");
  const at::Tensor& first = parameters.front().second;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, tensor] = parameters[i];
    const auto refuse = [&name = name](const std::string& why) { return Failed("parameter " + name + " " + why); };
    if (!tensor.defined()) return refuse("is undefined");
    if (!tensor.is_leaf() || !tensor.requires_grad()) return refuse("is no leaf that requires a gradient");
    if (!tensor.is_floating_point() || tensor.scalar_type() != first.scalar_type()) {
      return refuse("has another type than " + parameters.front().first);
    }
    if (tensor.device() != first.device()) return refuse("lies on another device than " + parameters.front().first);
    for (size_t j = 0; j < i; ++j) {
      if (parameters[j].first == name) return refuse("is listed twice");
      if (tensor.numel() > 0 && tensor.is_alias_of(parameters[j].second)) {
        return refuse("shares memory with " + parameters[j].first);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Optimizer> Optimizer::Create(const NamedTensors& parameters, const TrainerConfig& config) {
  RETURN_IF_ERROR(config.Validate());
  RETURN_IF_ERROR(CheckParameters(parameters));
  torch::NoGradGuard no_gradients;
  Optimizer optimizer;
  optimizer.config_ = config;
  for (const auto& [name, tensor] : parameters) optimizer.parts_.push_back({name, tensor, 0});
  const auto decays = [](const Part& part) { return part.parameter.dim() >= 2; };
  const auto undecayed = std::stable_partition(optimizer.parts_.begin(), optimizer.parts_.end(), decays);

  const int64_t line = kAlignBytes / static_cast<int64_t>(parameters.front().second.element_size());
  int64_t elements = 0;
  for (auto part = optimizer.parts_.begin(); part != optimizer.parts_.end(); ++part) {
    if (part == undecayed) optimizer.decayed_ = elements;
    part->offset = elements;
    optimizer.num_weights_ += part->parameter.numel();
    elements += (part->parameter.numel() + line - 1) / line * line;
  }
  if (undecayed == optimizer.parts_.end()) optimizer.decayed_ = elements;

  const auto zeros = [&] { return at::zeros({elements}, parameters.front().second.options().requires_grad(false)); };
  optimizer.weights_ = zeros();
  optimizer.gradients_ = zeros();
  optimizer.first_moments_ = zeros();
  optimizer.second_moments_ = zeros();
  const NamedTensors weights = optimizer.Views(optimizer.weights_, "");
  const NamedTensors gradients = optimizer.Views(optimizer.gradients_, "");
  for (size_t i = 0; i < optimizer.parts_.size(); ++i) {
    at::Tensor parameter = optimizer.parts_[i].parameter;
    weights[i].second.copy_(parameter);
    parameter.set_data(weights[i].second);
    parameter.mutable_grad() = gradients[i].second;
  }
  if (config.ema_decay > 0) optimizer.ema_ = optimizer.weights_.clone();
  return optimizer;
}

void Optimizer::ZeroGradients() { gradients_.zero_(); }

absl::StatusOr<double> Optimizer::Step(int64_t step) {
  torch::NoGradGuard no_gradients;
  const double norm = gradients_.norm().item<double>();
  if (!std::isfinite(norm)) return Failed("the gradient is not finite");
  if (config_.clip_norm > 0 && norm > config_.clip_norm) gradients_.mul_(config_.clip_norm / norm);

  const double rate = LearningRate(step, config_);
  const at::Tensor count = at::full({}, static_cast<double>(step + 1), weights_.options().dtype(at::kFloat));
  const auto update = [&](int64_t begin, int64_t end, double decay) {
    if (begin == end) return;
    const auto part = [&](const at::Tensor& buffer) { return buffer.slice(0, begin, end); };
    at::_fused_adamw_({part(weights_)}, {part(gradients_)}, {part(first_moments_)}, {part(second_moments_)}, {},
                      {count}, rate, config_.beta1, config_.beta2, decay, config_.eps, /*amsgrad=*/false,
                      /*maximize=*/false);
  };
  update(0, decayed_, config_.weight_decay);
  update(decayed_, weights_.numel(), 0.0);

  if (has_ema()) {
    const auto t = static_cast<double>(step + 1);
    ema_.lerp_(weights_, 1.0 - std::min(config_.ema_decay, (1.0 + t) / (10.0 + t)));
  }
  return norm;
}

void Optimizer::SwapEma() {
  if (!has_ema()) return;
  torch::NoGradGuard no_gradients;
  const at::Tensor kept = weights_.clone();
  weights_.copy_(ema_);
  ema_.copy_(kept);
}

NamedTensors Optimizer::Views(const at::Tensor& buffer, const std::string& prefix) const {
  NamedTensors views;
  for (const Part& part : parts_) {
    views.emplace_back(prefix + part.name,
                       buffer.narrow(0, part.offset, part.parameter.numel()).view(part.parameter.sizes()));
  }
  return views;
}

NamedTensors Optimizer::Moments() const {
  NamedTensors views = Views(first_moments_, "m.");
  for (auto& view : Views(second_moments_, "v.")) views.push_back(view);
  return views;
}

NamedTensors Optimizer::Ema() const { return has_ema() ? Views(ema_, "") : NamedTensors(); }

int64_t Optimizer::StateBytes() const { return (has_ema() ? 5 : 4) * static_cast<int64_t>(weights_.nbytes()); }

}  // namespace trivium
