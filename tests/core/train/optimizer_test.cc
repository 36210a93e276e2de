// AdamW against values computed apart (Python, float64), clipping, the moving average, and the flat buffers.
#include "core/train/optimizer.h"

#include "tests/torch_test.h"

using namespace trivium;

namespace {

TrainerConfig SmallConfig() {
  TrainerConfig config;
  config.steps = 6;
  config.learning_rate = 0.1;
  config.min_lr_ratio = 0.2;
  config.warmup_steps = 2;
  config.beta1 = 0.8;
  config.beta2 = 0.9;
  config.eps = 1e-3;
  config.weight_decay = 0.3;
  config.clip_norm = 0.0;
  return config;
}

at::Tensor Leaf(const std::vector<double>& values, std::vector<int64_t> shape) {
  return torch::tensor(values, torch::kDouble).view(shape).clone().requires_grad_();
}

bool Near(const at::Tensor& tensor, const std::vector<double>& expected) {
  return torch::allclose(tensor.detach().flatten(), torch::tensor(expected, torch::kDouble), 0.0, 1e-12);
}

}  // namespace

TEST_CASE("AdamW follows the formula in float64 and decays matrices only", "[core/train]") {
  const at::Tensor bias = Leaf({0.25, -0.75}, {2}), matrix = Leaf({1.0, -2.0, 0.5, 3.0}, {2, 2});
  absl::StatusOr<Optimizer> optimizer = Optimizer::Create({{"bias", bias}, {"matrix", matrix}}, SmallConfig());
  REQUIRE(optimizer.ok());
  for (int64_t step = 0; step < 4; ++step) {
    optimizer->ZeroGradients();
    const auto s = static_cast<double>(step);
    at::Tensor loss = torch::zeros({}, torch::kDouble);
    for (int64_t i = 0; i < 4; ++i) {
      const double gradient = 0.1 * static_cast<double>(i + 1) * ((i + step) % 2 == 0 ? 1 : -1) + 0.05 * s;
      loss = loss + gradient * matrix.flatten()[i];
    }
    for (int64_t i = 0; i < 2; ++i) loss = loss + (0.3 * static_cast<double>(i + 1) - 0.2 * s) * bias[i];
    loss.backward();
    REQUIRE(optimizer->Step(step).ok());
  }
  REQUIRE(Near(matrix, {0.7501350903434898, -1.8231390351346615, 0.35834879920424784, 2.7702197611969517}));
  REQUIRE(Near(bias, {0.09529996633641408, -1.0160280492336193}));
}

TEST_CASE("Float32 over many sizes agrees with a plain loop in float64", "[core/train]") {
  TrainerConfig config = SmallConfig();
  config.clip_norm = 0.5;
  std::vector<at::Tensor> fast, slow, m, v;
  NamedTensors parameters;
  torch::manual_seed(3);
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{7, 5}, {13}, {1, 1}, {}, {64, 33}}) {
    fast.push_back(torch::randn(shape).requires_grad_());
    slow.push_back(fast.back().detach().to(torch::kDouble));
    m.push_back(torch::zeros(shape, torch::kDouble));
    v.push_back(torch::zeros(shape, torch::kDouble));
    parameters.emplace_back(std::to_string(fast.size()), fast.back());
  }
  absl::StatusOr<Optimizer> optimizer = Optimizer::Create(parameters, config);
  REQUIRE(optimizer.ok());
  for (int64_t step = 0; step < 6; ++step) {
    optimizer->ZeroGradients();
    at::Tensor loss = torch::zeros({});
    for (const at::Tensor& parameter : fast) loss = loss + (parameter * (parameter.square() + 0.1)).sum();
    loss.backward();
    double squares = 0;
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& weight : slow) {
      gradients.push_back(3 * weight.square() + 0.1);
      squares += gradients.back().square().sum().item<double>();
    }
    const absl::StatusOr<double> norm = optimizer->Step(step);
    REQUIRE(norm.ok());
    REQUIRE(*norm == Approx(std::sqrt(squares)).epsilon(1e-5));
    const double clip = std::min(1.0, config.clip_norm / std::sqrt(squares)), rate = LearningRate(step, config);
    const double t = static_cast<double>(step + 1);
    for (size_t i = 0; i < slow.size(); ++i) {
      const at::Tensor g = gradients[i] * clip;
      m[i] = config.beta1 * m[i] + (1 - config.beta1) * g;
      v[i] = config.beta2 * v[i] + (1 - config.beta2) * g * g;
      const double decay = slow[i].dim() >= 2 ? config.weight_decay : 0.0;
      slow[i] = slow[i] * (1 - rate * decay) - rate * (m[i] / (1 - std::pow(config.beta1, t))) /
                                                   ((v[i] / (1 - std::pow(config.beta2, t))).sqrt() + config.eps);
      REQUIRE(torch::allclose(fast[i].detach().to(torch::kDouble), slow[i], 1e-4, 1e-5));
    }
  }
}

TEST_CASE("The moving average forgets faster at the beginning", "[core/train]") {
  TrainerConfig config = SmallConfig();
  config.ema_decay = 0.5;
  const at::Tensor w = Leaf({1.0}, {1});
  absl::StatusOr<Optimizer> optimizer = Optimizer::Create({{"w", w}}, config);
  double average = 1.0;
  for (int64_t step = 0; step < 6; ++step) {
    optimizer->ZeroGradients();
    (w * 2.0).sum().backward();
    REQUIRE(optimizer->Step(step).ok());
    const double t = static_cast<double>(step + 1), keep = std::min(0.5, (1 + t) / (10 + t));
    average = keep * average + (1 - keep) * w.item<double>();
    REQUIRE(optimizer->Ema()[0].second.item<double>() == Approx(average).epsilon(1e-12));
  }
  const double raw = w.item<double>();
  optimizer->SwapEma();
  REQUIRE(w.item<double>() == Approx(average));
  optimizer->SwapEma();
  REQUIRE(w.item<double>() == raw);
}

TEST_CASE("Parameters keep their values and identity in the flat buffer", "[core/train]") {
  const at::Tensor a = torch::randn({3, 5}).requires_grad_(), b = torch::randn({7}).requires_grad_();
  const at::Tensor a_before = a.detach().clone(), handle = a;
  absl::StatusOr<Optimizer> optimizer = Optimizer::Create({{"a", a}, {"b", b}}, SmallConfig());
  REQUIRE(torch::equal(a, a_before));
  REQUIRE(reinterpret_cast<uintptr_t>(b.data_ptr()) % 64 == 0);
  REQUIRE(optimizer->num_weights() == 22);
  REQUIRE(a.is_leaf());
  optimizer->ZeroGradients();
  (a.sum() + b.sum()).backward();
  REQUIRE(optimizer->Step(0).ok());
  REQUIRE(torch::equal(handle, a));
  REQUIRE_FALSE(torch::equal(a, a_before));
}

TEST_CASE("A gradient that is not finite changes no weight", "[core/train]") {
  const at::Tensor w = torch::ones({4, 4}).requires_grad_();
  absl::StatusOr<Optimizer> optimizer = Optimizer::Create({{"w", w}}, SmallConfig());
  optimizer->ZeroGradients();
  (w * NAN).sum().backward();
  REQUIRE(ExitCode(optimizer->Step(0).status()) == 1);
  REQUIRE(torch::equal(w, torch::ones({4, 4})));
}

TEST_CASE("Parameters that cannot be trained together are refused by name", "[core/train]") {
  const auto refuses = [](const NamedTensors& parameters, const std::string& word) {
    const absl::Status status = Optimizer::Create(parameters, TrainerConfig()).status();
    REQUIRE(ExitCode(status) == 1);
    REQUIRE(Message(status).find(word) != std::string::npos);
  };
  const at::Tensor w = torch::ones({2}).requires_grad_();
  refuses({}, "nothing to train");
  refuses({{"frozen", torch::ones({2})}}, "frozen");
  refuses({{"w", w}, {"again", w}}, "again");
  refuses({{"w", w}, {"w", torch::ones({2}).requires_grad_()}}, "twice");
  refuses({{"w", w}, {"double", torch::ones({2}, torch::kDouble).requires_grad_()}}, "double");
  refuses({{"w", w * 2}}, "leaf");
}
