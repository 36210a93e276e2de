// Layers of core/nn: values against numpy, gradients against finite differences.
#include "tests/torch_test.h"

#include "core/nn/cross_entropy.h"
#include "core/nn/layers.h"
#include "core/nn/shape.h"
#include "tests/harness/gradient_check.h"
#include "tests/harness/parity.h"

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
