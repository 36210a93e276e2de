// Gradients of shards apart and together.
#include "core/train/data_parallel.h"

#include "tests/torch_test.h"

namespace trivium {
namespace {

// The loss of shard k is sum((k + 1) * w * x_k); the second parameter belongs to shard 1 alone.
struct Example {
  Example() : w(torch::ones({2}).requires_grad_(true)), v(torch::ones({1}).requires_grad_(true)) {}
  NamedTensors parameters() const { return {{"w", w}, {"v", v}}; }
  at::Tensor Loss(int64_t shard) const {
    const at::Tensor loss = (static_cast<double>(shard + 1) * w * torch::tensor({1.0F, -2.0F})).sum();
    return shard == 1 ? loss + 5 * v.sum() : loss;
  }
  at::Tensor w, v;
};

TEST_CASE("each shard's gradient comes back apart, undefined where its loss knows nothing of a weight", "[train]") {
  const Example example;
  for (int64_t threads : {1, 2}) {
    const std::vector<ShardGradient> results =
        ShardGradients(example.parameters(), 3, threads, [&](int64_t shard) { return example.Loss(shard); });
    REQUIRE(results.size() == 3);
    for (size_t k = 0; k < 3; ++k) {
      const float factor = static_cast<float>(k + 1);
      REQUIRE(results[k].gradients[0].equal(torch::tensor({factor, -2 * factor})));
      REQUIRE(results[k].gradients[1].defined() == (k == 1));
    }
    REQUIRE(results[1].loss == Approx(3));
    REQUIRE_FALSE(example.w.grad().defined());
  }
}

TEST_CASE("gradients of all shards add up in .grad(), a second call on top of the first", "[train]") {
  const Example example;
  for (int64_t call : {1, 2}) {
    const std::vector<double> losses =
        AccumulateGradients(example.parameters(), 3, 2, [&](int64_t shard) { return example.Loss(shard); });
    REQUIRE(losses.size() == 3);
    const float factor = static_cast<float>(6 * call);
    REQUIRE(example.w.grad().equal(torch::tensor({factor, -2 * factor})));
    REQUIRE(example.v.grad().equal(torch::tensor({static_cast<float>(5 * call)})));
  }
}

TEST_CASE("what one shard throws is thrown by the whole", "[train]") {
  const Example example;
  REQUIRE_THROWS_AS(AccumulateGradients(example.parameters(), 4, 2,
                                        [&](int64_t shard) -> at::Tensor {
                                          if (shard == 2) throw std::runtime_error("shard 2");
                                          return example.Loss(shard);
                                        }),
                    std::runtime_error);
}

}  // namespace
}  // namespace trivium
