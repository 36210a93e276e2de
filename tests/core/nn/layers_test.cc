// Layers of core/nn: values against numpy, gradients against finite differences.
#include "tests/torch_test.h"

#include "core/nn/cross_entropy.h"
#include "core/nn/fused_layers.h"
#include "core/nn/layers.h"
#include "core/nn/shape.h"
#include "tests/harness/gradient_check.h"
#include "tests/harness/parity.h"
#include "tests/harness/same_in_float32.h"

namespace trivium {
namespace {

RmsNorm NormOf(const at::Tensor& weight) {
  RmsNorm norm(weight.size(0));
  norm.weight = weight;
  return norm;
}

SwiGlu SwiGluOf(const at::Tensor& gate_up, const at::Tensor& down) {
  SwiGlu layer;
  layer.gate_up = gate_up;
  layer.down = down;
  return layer;
}

Rotary DoubleRotary(int64_t head_width) {
  Rotary rotary(head_width, 16, 10000.0);
  rotary.To(at::kCPU, at::kDouble);
  return rotary;
}

TEST_CASE("RmsNorm equals the formula", "[core][nn]") {
  const Reference reference("rms_norm");
  REQUIRE(Same(NormOf(reference("weight"))(reference("x")), reference("y")));
}

TEST_CASE("RmsNorm has the right gradients", "[core][nn]") {
  const at::Tensor x = GradientInput({2, 3, 5}, 1), weight = GradientInput({5}, 2);
  REQUIRE(GradientError([&] { return NormOf(weight)(x); }, {x, weight}) < 1e-6);
}

TEST_CASE("Rotary turns pairs of channels by the position's angle", "[core][nn]") {
  const Reference reference("rotary");
  REQUIRE(Same(DoubleRotary(4)(reference("x")), reference("y")));
  REQUIRE(Same(DoubleRotary(4)(reference("x"), 5), reference("y_from_5")));
}

TEST_CASE("Rotary has the right gradients", "[core][nn]") {
  const at::Tensor x = GradientInput({1, 3, 2, 6}, 3);
  REQUIRE(GradientError([&] { return DoubleRotary(6)(x, 2); }, {x}) < 1e-6);
}

TEST_CASE("Rotary keeps inner products of equal distances", "[core][nn]") {
  const Rotary rotary = DoubleRotary(8);
  const at::Tensor query = GradientInput({1, 1, 1, 8}, 4).detach(), key = GradientInput({1, 1, 1, 8}, 5).detach();
  const at::Tensor near = (rotary(query, 3) * rotary(key, 1)).sum(), far = (rotary(query, 12) * rotary(key, 10)).sum();
  REQUIRE(Same(near, far));
}

TEST_CASE("Rotary refuses positions beyond its table", "[core][nn]") {
  REQUIRE_THROWS(DoubleRotary(4)(torch::zeros({1, 2, 1, 4}, torch::kDouble), 15));
}

TEST_CASE("SwiGLU equals the formula", "[core][nn]") {
  const Reference reference("swiglu");
  const at::Tensor gate_up = torch::cat({reference("gate"), reference("up")});
  REQUIRE(Same(SwiGluOf(gate_up, reference("down"))(reference("x")), reference("y")));
}

TEST_CASE("SwiGLU has the right gradients", "[core][nn]") {
  const at::Tensor x = GradientInput({2, 3}, 6), gate_up = GradientInput({8, 3}, 7), down = GradientInput({3, 4}, 8);
  REQUIRE(GradientError([&] { return SwiGluOf(gate_up, down)(x); }, {x, gate_up, down}) < 1e-6);
}

TEST_CASE("Convolved words have the right gradients and nothing comes from beyond the ends", "[core][nn]") {
  const at::Tensor x = GradientInput({2, 4, 3}, 8), kernel = GradientInput({3, 1, 3}, 9);
  REQUIRE(GradientError([&] { return ConvolveWords(x, kernel); }, {x, kernel}) < 1e-6);
  const at::Tensor y = ConvolveWords(x, kernel)[0], taps = kernel.squeeze(1).t();
  REQUIRE(Same(y[0], taps[1] * x[0][0] + taps[2] * x[0][1]));
  REQUIRE(Same(y[3], taps[0] * x[0][2] + taps[1] * x[0][3]));
}

TEST_CASE("The row kernels say what the composed operators say, at widths of every remainder", "[core][nn]") {
  for (int64_t width : {1, 7, 16, 19, 96}) {
    const at::Tensor x = GradientInput({2, 5, width}, 10), weight = GradientInput({width}, 11);
    RequireSameInFloat32([](const auto& in) { return NormOf(in[1])(in[0]); }, {x, weight});
    RequireSameInFloat32([](const auto& in) { return UnitLength(in[0]); }, {x});
    RequireSameInFloat32([](const auto& in) { return UnitLength(in[0].transpose(0, 1)); }, {x});
    Rotary rotary(2 * width, 8, 10000.0);
    const at::Tensor heads = GradientInput({2, 3, 4, 2 * width}, 13);
    for (int64_t turned : {-1, 0, 2}) {
      RequireSameInFloat32(
          [&](const auto& in) {
            rotary.To(at::kCPU, in[0].scalar_type());
            return rotary(in[0].transpose(1, 2), 2, turned < 0 ? turned : turned + 1);
          },
          {heads});
    }
    for (int64_t taps : {1, 3, 7}) {
      const at::Tensor kernel = GradientInput({width, 1, taps}, 12);
      RequireSameInFloat32([](const auto& in) { return ConvolveWords(in[0], in[1]); }, {x, kernel});
    }
  }
}

TEST_CASE("A gated step in one pass says what its parts say", "[core][nn]") {
  for (int64_t width : {3, 16, 19}) {
    const int64_t hidden = width + 2, parts = 2 * width, outputs = 2 * hidden + width;
    const std::vector<at::Tensor> inputs = {
        GradientInput({2, 5, outputs}, 20),   GradientInput({2, 5, 1}, 21).detach().square().requires_grad_(true),
        GradientInput({2, 5, parts}, 22),     GradientInput({outputs, parts}, 23),
        GradientInput({width, hidden}, 24),   GradientInput({width}, 25),
        GradientInput({2, 5, 2 * width}, 26), GradientInput({2, 5, width}, 27)};
    const auto step = [&](const std::vector<at::Tensor>& in) {
      return GatedStepOf({in[0], in[1], in[2], in[3], in[4], NormOf(in[5]), in[6].narrow(2, 1, width), in[7],
                          static_cast<double>(parts + 1), 1e-5});
    };
    REQUIRE(GradientError([&] { return step(inputs); }, inputs) < 1e-6);
    RequireSameInFloat32(step, inputs);
  }
}

TEST_CASE("What a loop carries over in one pass is what its parts say, facts or none, padding apart", "[core][nn]") {
  for (int64_t facts : {0, 3}) {
    for (int64_t width : {3, 16, 19}) {
      const std::vector<at::Tensor> inputs = {GradientInput({2, 2 + 4 + facts, width}, 40), GradientInput({width}, 41),
                                              GradientInput({width, 1, 3}, 42), GradientInput({width}, 43)};
      const at::Tensor present = torch::tensor({{1.0, 1.0, 1.0, 1.0}, {1.0, 1.0, 0.0, 0.0}}, at::kDouble);
      const auto carry = [&](const std::vector<at::Tensor>& in) {
        const at::Tensor carried = Carry(in[0], 2, in[1], in[2], in[3], present.to(in[0].scalar_type()));
        return facts > 0 ? carried : carried + 0 * in[3];
      };
      REQUIRE(GradientError([&] { return carry(inputs); }, inputs) < 1e-6);
      RequireSameInFloat32(carry, inputs);
    }
  }
}

TEST_CASE("A softmax and the log-sum-exp of all but the first place, in one pass", "[core][nn]") {
  const auto both = [](const auto& in) {
    const auto [weights, rest] = SoftmaxAndRest(in[0]);
    return at::cat({weights, rest}, -1);
  };
  for (int64_t width : {2, 3, 16, 50}) RequireSameInFloat32(both, {GradientInput({2, 5, width}, 30)});
  // Whatever leads, and however far; what is masked takes nothing.
  const at::Tensor x =
      torch::tensor({{0.0F, 200.0F, -1e9F, 199.0F}, {300.0F, 0.0F, -1e9F, 1.0F}, {0.0F, -1e9F, -1e9F, -1e9F}});
  const auto [weights, rest] = SoftmaxAndRest(x);
  REQUIRE(at::allclose(weights, x.softmax(-1), 1e-6, 1e-30));
  REQUIRE(at::allclose(rest, x.narrow(1, 1, 3).logsumexp({1}, true), 1e-6, 1e-6));
  REQUIRE(weights[0][2].item<float>() == 0);
  REQUIRE(weights[2][1].item<float>() == 0);
}

TEST_CASE("How much of a softmax falls to each bucket", "[core][nn]") {
  const at::Tensor bucket = torch::tensor({{0, 1, 2, 2}, {3, 0, 1, 2}, {3, 3, 3, 3}}, at::kLong);
  const at::Tensor x = GradientInput({2, 3, 5}, 50);
  const auto profile = [&](const auto& in) { return SoftmaxProfile(in[0], bucket, 5); };
  REQUIRE(GradientError([&] { return SoftmaxProfile(x, bucket, 5); }, {x}) < 1e-6);
  RequireSameInFloat32(profile, {x});
  const at::Tensor weights = x.softmax(-1), y = SoftmaxProfile(x, bucket, 5);
  REQUIRE(Same(y[1][0][2], weights[1][0][3] + weights[1][0][4]));
  REQUIRE(Same(y[1][2][3], 1 - weights[1][2][0]));
  REQUIRE(Same(y.select(2, 4), 1 - weights.select(2, 0)));
}

TEST_CASE("SwiGLU in one pass says what its parts say, wherever its input lies", "[core][nn]") {
  const at::Tensor x = GradientInput({2, 5, 7}, 31), gate_up = GradientInput({2 * 19, 7}, 32);
  const at::Tensor down = GradientInput({7, 19}, 33);
  RequireSameInFloat32([](const auto& in) { return SwiGluOf(in[1], in[2])(in[0].transpose(0, 1)); },
                       {x, gate_up, down});
  // Far from zero, where the exponential function is clamped.
  const at::Tensor far = torch::tensor({{-1000.0F, -90.0F, -20.0F, 0.0F, 20.0F, 90.0F, 1000.0F}});
  const at::Tensor both = at::cat({far, at::ones_like(far)}, 1);
  REQUIRE(at::allclose(SwiGluOf({}, at::eye(7)).Down(both), at::silu(far), 1e-6, 1e-30));
}

TEST_CASE("Linear cross-entropy equals the formula", "[core][nn]") {
  const Reference reference("cross_entropy");
  const at::Tensor targets = reference("targets").to(torch::kLong);
  REQUIRE(Same(LinearCrossEntropyRows(reference("x"), reference("weight"), targets), reference("y")));
  REQUIRE(Same(LinearCrossEntropy(reference("x"), reference("weight"), targets), reference("y").mean()));
}

TEST_CASE("Linear cross-entropy has the right gradients", "[core][nn]") {
  const at::Tensor x = GradientInput({5, 3}, 9), weight = GradientInput({4, 3}, 10);
  const at::Tensor targets = torch::tensor({3, 0, 1, 1, 2});
  REQUIRE(GradientError([&] { return LinearCrossEntropy(x, weight, targets); }, {x, weight}) < 1e-6);
}

TEST_CASE("Linear cross-entropy over several parts equals torch's", "[core][nn]") {
  const at::Tensor x = GradientInput({1100, 8}, 11), weight = GradientInput({20, 8}, 12);
  const at::Tensor targets = torch::arange(1100) % 20;
  LinearCrossEntropy(x, weight, targets).backward();
  const at::Tensor x_gradient = x.grad().clone(), weight_gradient = weight.grad().clone();
  x.mutable_grad().reset();
  weight.mutable_grad().reset();
  const at::Tensor expected = at::cross_entropy_loss(at::linear(x, weight), targets);
  expected.backward();
  REQUIRE(Same(LinearCrossEntropy(x, weight, targets).detach(), expected.detach()));
  REQUIRE(Same(x_gradient, x.grad()));
  REQUIRE(Same(weight_gradient, weight.grad()));
}

TEST_CASE("Linear cross-entropy leaves a fixed matrix without a gradient", "[core][nn]") {
  const at::Tensor x = GradientInput({5, 3}, 13), weight = GradientInput({4, 3}, 14).detach();
  LinearCrossEntropy(x, weight, torch::tensor({3, 0, 1, 1, 2})).backward();
  REQUIRE(x.grad().defined());
  REQUIRE_FALSE(weight.grad().defined());
}

TEST_CASE("Initial weights are the same in every run", "[core][nn]") {
  Rng rng(7), again(7);
  REQUIRE(torch::equal(NormalTensor({3, 4}, 0.5, rng), NormalTensor({3, 4}, 0.5, again)));
}

TEST_CASE("CheckShape names the tensor and both shapes", "[core][nn]") {
  const at::Tensor tensor = torch::zeros({2, 3});
  CheckShape(tensor, {2, kAnySize}, "keys");
  REQUIRE_THROWS_WITH(CheckShape(tensor, {2, 4}, "keys"),
                      Catch::Contains("keys") && Catch::Contains("[2, 3]") && Catch::Contains("[2, 4]"));
  REQUIRE_THROWS(CheckShape(tensor, {2}, "keys"));
  REQUIRE_THROWS(CheckShape(at::Tensor(), {2}, "keys"));
}

}  // namespace
}  // namespace trivium
