// Attention of short sequences in one pass, and factors that many products share.
#include "tests/torch_test.h"

#include "core/nn/shared_factor.h"
#include "core/nn/short_attention.h"
#include "core/nn/transformer.h"
#include "tests/harness/gradient_check.h"
#include "tests/harness/parity.h"
#include "tests/harness/same_in_float32.h"

namespace trivium {
namespace {

// -1e9 where a position is not seen: a window for the first half of the heads, the last position absent in item 0.
at::Tensor WindowedMask(int64_t items, int64_t heads, int64_t positions) {
  at::Tensor mask = at::zeros({items, heads, positions, positions}, at::kDouble);
  const at::Tensor index = at::arange(positions);
  const at::Tensor far = (index.unsqueeze(1) - index.unsqueeze(0)).abs() > 2;
  mask.narrow(1, 0, heads / 2).masked_fill_(far, -1e9);
  if (positions > 1) mask.select(0, 0).narrow(2, positions - 1, 1).fill_(-1e9);
  mask.diagonal(0, 2, 3).fill_(0);
  return mask;
}

at::Tensor AttendIn(const at::Tensor& qkv, int64_t heads, int64_t turned, int64_t queries, const at::Tensor& mask) {
  Rotary rotary(qkv.size(2) / (3 * heads), 80, 10000.0);
  rotary.To(at::kCPU, qkv.scalar_type());
  return Attend(qkv, rotary,
                {.heads = heads,
                 .turned = turned,
                 .queries = queries,
                 .mask = mask.defined() ? mask.to(qkv.scalar_type()) : mask});
}

TEST_CASE("Attention in one pass is the composed one's, at lengths and widths of every remainder", "[core][nn]") {
  for (int64_t positions : {1, 5, 16, 19, 33, 64, 70}) {
    for (int64_t head_width : {2, 6, 24, 64}) {
      const int64_t heads = 2;
      const at::Tensor qkv = GradientInput({2, positions, 3 * heads * head_width}, 1);
      const at::Tensor mask = WindowedMask(2, heads, positions);
      const std::vector<at::Tensor> inputs = {qkv};
      for (int64_t queries : {int64_t{0}, std::min<int64_t>(positions, 3)}) {
        for (int64_t turned : {0, 1, 2}) {
          RequireSameInFloat32([&](const auto& in) { return AttendIn(in[0], heads, turned, queries, mask); }, inputs);
        }
      }
      RequireSameInFloat32([&](const auto& in) { return AttendIn(in[0], heads, heads, 0, {}); }, inputs);
    }
  }
}

TEST_CASE("Composed attention has the right gradients, one mask for all or one each", "[core][nn]") {
  const at::Tensor qkv = GradientInput({2, 4, 3 * 8}, 2), mask = WindowedMask(2, 2, 4);
  REQUIRE(GradientError([&] { return AttendIn(qkv, 2, 1, 3, mask); }, {qkv}) < 1e-6);
  const at::Tensor of_items = mask.narrow(1, 0, 1), of_heads = mask.narrow(0, 1, 1);
  for (const at::Tensor& shared : {of_items, of_heads, of_heads.narrow(1, 0, 1)}) {
    RequireSameInFloat32([&](const auto& in) { return AttendIn(in[0], 2, 1, 0, shared); }, {qkv});
  }
}

TEST_CASE("Attention without gradients, and of several threads, is the same", "[core][nn]") {
  const at::Tensor qkv = GradientInput({40, 9, 3 * 12}, 3).detach().to(at::kFloat).requires_grad_(true);
  const at::Tensor mask = WindowedMask(40, 2, 9), with = AttendIn(qkv, 2, 1, 0, mask);
  const auto gradient = [&] { return torch::autograd::grad({AttendIn(qkv, 2, 1, 0, mask).square().sum()}, {qkv})[0]; };
  REQUIRE(at::equal(AttendIn(qkv.detach(), 2, 1, 0, mask), with));
  const OneThread until_the_end;
  at::set_num_threads(2);
  const at::Tensor of_two = gradient();
  REQUIRE(at::equal(AttendIn(qkv, 2, 1, 0, mask), with));
  at::set_num_threads(1);
  REQUIRE(at::equal(AttendIn(qkv, 2, 1, 0, mask), with));
  REQUIRE(at::equal(gradient(), of_two));
}

TEST_CASE("Attention refuses shapes that do not fit", "[core][nn]") {
  const at::Tensor qkv = at::zeros({2, 4, 24});
  REQUIRE_THROWS_AS(AttendIn(qkv, 5, 0, 0, {}), c10::Error);
  REQUIRE_THROWS_AS(AttendIn(qkv, 2, 3, 0, {}), c10::Error);
  REQUIRE_THROWS_AS(AttendIn(qkv, 2, 0, 2, {}), c10::Error);  // causal, and only some ask
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    REQUIRE_THROWS_AS(AttendIn(qkv.to(type), 2, 0, 0, at::zeros({2, 2, 4, 5}, at::kDouble)), c10::Error);
    REQUIRE_THROWS_AS(AttendIn(at::zeros({1, 81, 12}, type), 2, 0, 0, {}), c10::Error);  // beyond the rotary table
  }
}

// Three products with one factor, each fed by the one before, and what the factor is by itself.
at::Tensor Chain(const SharedFactor& factor, const at::Tensor& x, const at::Tensor& bias) {
  at::Tensor y = x;
  for (int i = 0; i < 3; ++i) y = factor.Times(factor.TimesTransposed(y, bias).softmax(-1));
  return y + factor.value().sum();
}

TEST_CASE("A shared factor's gradient is the sum over its products", "[core][nn]") {
  for (int64_t items : {1, 2}) {
    const at::Tensor value = GradientInput({items, 5, 3}, 4), x = GradientInput({2, 4, 3}, 5);
    const at::Tensor bias = GradientInput({items, 1, 5}, 6);
    REQUIRE(GradientError([&] { return Chain(SharedFactor(value), x, bias); }, {value, x, bias}) < 1e-6);
    const at::Tensor fixed = bias.detach();
    REQUIRE(GradientError([&] { return Chain(SharedFactor(value), x, fixed); }, {value, x}) < 1e-6);
    REQUIRE(GradientError([&] { return Chain(SharedFactor(value.detach()), x, fixed); }, {x}) < 1e-6);
    REQUIRE_THROWS(SharedFactor(value).TimesTransposed(x, bias[0]));
    const at::Tensor second = torch::tensor({1}, at::kLong), of_second = x.detach().narrow(0, 1, 1).clone();
    const auto of_some = [&] {
      const SharedFactor factor(value);
      return factor.Of(second).TimesTransposed(of_second, at::zeros({1, 1, 5}, at::kDouble)) +
             factor.TimesTransposed(x, fixed).sum();
    };
    REQUIRE(GradientError(of_some, {value, x}) < 1e-6);
  }
  const SharedFactor for_all(at::zeros({1, 5, 3}));
  REQUIRE_THROWS_AS(for_all.TimesTransposed(at::zeros({2, 4, 3}), at::zeros({2, 1, 5})), c10::Error);
}

TEST_CASE("A shared factor's products equal plain ones, and a graph walked twice adds nothing up", "[core][nn]") {
  const at::Tensor value = GradientInput({2, 5, 3}, 7), x = GradientInput({2, 4, 3}, 8);
  const at::Tensor bias = at::zeros({1, 1, 5}, at::kDouble);
  const SharedFactor factor(value);
  REQUIRE(Same(factor.TimesTransposed(x, bias), at::bmm(x, value.transpose(1, 2))));
  const at::Tensor y = Chain(factor, x, bias).sum();
  const auto first = torch::autograd::grad({y}, {value}, {}, /*retain_graph=*/true);
  torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true);  // a walk that does not ask for it leaves nothing behind
  REQUIRE(at::equal(torch::autograd::grad({y}, {value})[0], first[0]));
  const at::Tensor second = torch::tensor({1}, at::kLong);
  REQUIRE(Same(factor.Of(second).value(), value.narrow(0, 1, 1)));
  const torch::NoGradGuard no_grad;
  REQUIRE(Same(Chain(SharedFactor(value), x, bias).sum(), y));
}

}  // namespace
}  // namespace trivium
