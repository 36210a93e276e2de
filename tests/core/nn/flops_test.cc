// Analytic counts against numbers done by hand and against the weights that the transformer really has.
#include "tests/torch_test.h"

#include "core/nn/flops.h"
#include "core/nn/transformer.h"

namespace trivium {
namespace {

LlamaConfig CountedConfig() {
  LlamaConfig config;
  config.vocab = 100;
  config.width = 8;
  config.layers = 3;
  config.heads = 4;
  config.kv_heads = 2;
  config.hidden = 20;
  return config;
}

TEST_CASE("The weight count is that of the transformer", "[core][nn]") {
  Rng rng(1);
  NamedTensors parameters;
  Transformer(CountedConfig(), 1.0, rng).AddParameters("", parameters);
  int64_t weights = 0;
  for (const auto& [name, tensor] : parameters) weights += tensor.numel();
  const WeightCount count = CountWeights(CountedConfig());
  REQUIRE(count.blocks == weights);
  REQUIRE(count.embedding == 800);
  REQUIRE(count.total() == weights + 1600);
}

TEST_CASE("Operations add up", "[core][nn]") {
  REQUIRE(LinearFlops(2, 3, 4) == 48);
  REQUIRE(AttentionFlops(5, 5, 8, false) == 800);
  REQUIRE(AttentionFlops(5, 5, 8, true) == 480);  // 15 of 25 pairs
  // One layer, 5 tokens: projections 2*5*8*(8+8+4+4) + attention 480 + feed-forward 2*5*8*60.
  REQUIRE(EncodeFlops(CountedConfig(), 5, 1) == 1920 + 480 + 4800);
  REQUIRE(ForwardFlops(CountedConfig(), 5) == 3 * 7200 + 8000);
  REQUIRE(TrainingFlops(CountedConfig(), 5) == 3 * ForwardFlops(CountedConfig(), 5));
}

}  // namespace
}  // namespace trivium
