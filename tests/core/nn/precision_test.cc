// Matrix products in bfloat16: near float32, only where asked for, and on the calling thread alone.
#include "core/nn/precision.h"

#include <thread>

#include "core/nn/cross_entropy.h"
#include "core/nn/layers.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

TEST_CASE("A scope changes the products of its thread and ends", "[nn]") {
  torch::manual_seed(1);
  const at::Tensor x = torch::randn({8, 16}), w = torch::randn({12, 16});
  const at::Tensor exact = Linear(x, w);
  {
    const PrecisionScope scope(Precision::kBFloat16);
    const at::Tensor rough = Linear(x, w);
    REQUIRE(rough.scalar_type() == at::kFloat);
    REQUIRE_FALSE(torch::equal(rough, exact));
    REQUIRE(torch::allclose(rough, exact, 3e-2, 1e-1));
    at::Tensor elsewhere;
    std::thread([&] { elsewhere = Linear(x, w); }).join();
    REQUIRE(torch::equal(elsewhere, exact));
  }
  REQUIRE(torch::equal(Linear(x, w), exact));
}

TEST_CASE("Loss and gradients in bfloat16 are near those in float32", "[nn]") {
  torch::manual_seed(2);
  const auto run = [](Precision precision) {
    torch::manual_seed(3);
    const PrecisionScope scope(precision);
    const at::Tensor x = torch::randn({40, 16}, at::requires_grad()), w = torch::randn({30, 16}, at::requires_grad());
    const at::Tensor loss = LinearCrossEntropy(Linear(x, torch::eye(16)), w, torch::arange(40).remainder(30));
    loss.backward();
    return std::vector<at::Tensor>{loss.detach(), x.grad(), w.grad()};
  };
  const auto exact = run(Precision::kFloat32), rough = run(Precision::kBFloat16);
  REQUIRE(rough[0].item<double>() == Approx(exact[0].item<double>()).epsilon(0.02));
  for (size_t i = 1; i < 3; ++i) {
    REQUIRE(rough[i].scalar_type() == at::kFloat);
    REQUIRE((rough[i] - exact[i]).norm().item<double>() < 0.05 * exact[i].norm().item<double>());
  }
}

TEST_CASE("auto follows what was measured, and a wish is taken at its word", "[nn]") {
  REQUIRE(ChoosePrecision("fp32", 64).value() == Precision::kFloat32);
  REQUIRE(ChoosePrecision("bf16", 64).value() == Precision::kBFloat16);
  REQUIRE(ChoosePrecision("auto", 64).ok());
  REQUIRE(ExitCode(ChoosePrecision("fp16", 64).status()) == 2);
  const PrecisionTimes times = TimePrecisions(256, 64);
  REQUIRE(times.fp32 > 0);
  REQUIRE(times.bf16 > 0);
}

}  // namespace
}  // namespace trivium
