// The causal transformer: a whole Llama block against numpy, gradients, causality, cached keys and values.
#include "tests/torch_test.h"

#include "core/nn/transformer.h"
#include "tests/harness/gradient_check.h"
#include "tests/harness/parity.h"

namespace trivium {
namespace {

LlamaConfig TinyConfig(int64_t kv_heads) {
  LlamaConfig config;
  config.vocab = 11;
  config.width = 8;
  config.layers = 2;
  config.heads = 2;
  config.kv_heads = kv_heads;
  config.hidden = 12;
  config.max_tokens = 16;
  return config;
}

Transformer TinyTransformer(int64_t kv_heads) {
  Rng rng(5);
  Transformer transformer(TinyConfig(kv_heads), 1.0, rng);
  transformer.To(at::kCPU, at::kDouble);
  return transformer;
}

// The first block of a transformer, with the reference's weights.
Block ReferenceBlock(const Reference& reference, Transformer& transformer) {
  torch::NoGradGuard no_gradients;
  NamedTensors tensors;
  transformer.AddLlamaTensors("", tensors);
  for (auto& [name, tensor] : tensors) {
    if (!name.starts_with("layers.0.")) continue;
    const std::string key = name.substr(0, name.rfind('.'));  // without ".weight"
    tensor.copy_(reference(key.substr(key.rfind('.') + 1)));
  }
  return transformer.blocks[0];
}

TEST_CASE("A block equals the Llama formulas, also with grouped heads", "[core][nn]") {
  const int64_t kv_heads = GENERATE(2, 1);
  const Reference reference(kv_heads == 2 ? "block" : "block_grouped");
  Transformer transformer = TinyTransformer(kv_heads);
  const Block block = ReferenceBlock(reference, transformer);
  REQUIRE(Same(block.attention(reference("x"), transformer.rotary, nullptr, 0), reference("attention")));
  REQUIRE(Same(block(reference("x"), transformer.rotary, nullptr, 0), reference("y")));
}

TEST_CASE("A transformer of float32, whose short attention is one pass, is that of float64", "[core][nn]") {
  const int64_t kv_heads = GENERATE(2, 1);
  const Transformer transformer = TinyTransformer(kv_heads);
  Transformer single = TinyTransformer(kv_heads);
  single.To(at::kCPU, at::kFloat);
  const at::Tensor x = GradientInput({2, 9, 8}, 21).detach();
  const at::Tensor y = transformer.Forward(x), of_single = single.Forward(x.to(at::kFloat));
  REQUIRE(at::allclose(of_single.to(at::kDouble), y, 1e-4, 1e-5));
  NamedTensors weights, singles;
  transformer.AddParameters("", weights);
  single.AddParameters("", singles);
  const auto of = [](const at::Tensor& out, const NamedTensors& list) {
    return torch::autograd::grad({out.square().sum()}, Values(list), {}, false, false, /*allow_unused=*/true);
  };
  const auto gradients = of(y, weights), of_singles = of(of_single, singles);
  for (size_t i = 0; i < weights.size(); ++i) {
    REQUIRE(gradients[i].defined() == of_singles[i].defined());
    if (gradients[i].defined()) REQUIRE(at::allclose(of_singles[i].to(at::kDouble), gradients[i], 1e-3, 1e-3));
  }
}

TEST_CASE("A transformer has the right gradients in every weight", "[core][nn]") {
  const int64_t kv_heads = GENERATE(2, 1);
  const Transformer transformer = TinyTransformer(kv_heads);
  NamedTensors parameters;
  transformer.AddParameters("", parameters);
  const at::Tensor x = GradientInput({2, 3, 8}, 20);
  std::vector<at::Tensor> inputs = {x};
  for (const auto& [name, tensor] : parameters) inputs.push_back(tensor);
  REQUIRE(GradientError([&] { return transformer.norm(transformer.Forward(x)); }, inputs) < 1e-5);
}

TEST_CASE("A later token changes no earlier output", "[core][nn]") {
  const Transformer transformer = TinyTransformer(2);
  torch::NoGradGuard no_gradients;
  const at::Tensor x = GradientInput({2, 6, 8}, 21).detach();
  at::Tensor changed = x.clone();
  changed.narrow(1, 4, 2).add_(3.0);
  const at::Tensor before = transformer.Forward(x), after = transformer.Forward(changed);
  REQUIRE(torch::equal(before.narrow(1, 0, 4), after.narrow(1, 0, 4)));
  REQUIRE_FALSE(torch::allclose(before.narrow(1, 4, 2), after.narrow(1, 4, 2)));
}

TEST_CASE("Cached keys and values give the outputs of one pass, in parts of any size", "[core][nn]") {
  const int64_t kv_heads = GENERATE(2, 1);
  const Transformer transformer = TinyTransformer(kv_heads);
  torch::NoGradGuard no_gradients;
  const at::Tensor x = GradientInput({2, 9, 8}, 22).detach();
  KvCache cache;
  std::vector<at::Tensor> parts;
  int64_t first = 0;
  for (const int64_t tokens : {3, 1, 4, 1}) {
    parts.push_back(transformer.Forward(x.narrow(1, first, tokens), &cache));
    first += tokens;
  }
  REQUIRE(cache.tokens == 9);
  REQUIRE(Same(torch::cat(parts, 1), transformer.Forward(x)));
}

TEST_CASE("Hidden states are the residual stream, in the order asked for", "[core][nn]") {
  const Transformer transformer = TinyTransformer(2);
  torch::NoGradGuard no_gradients;
  const at::Tensor x = GradientInput({1, 4, 8}, 23).detach();
  const at::Tensor states = transformer.HiddenStates(x, {2, 0, 1});
  REQUIRE(states.sizes() == at::IntArrayRef({1, 4, 24}));
  REQUIRE(torch::equal(states.narrow(-1, 0, 8), transformer.Forward(x)));
  REQUIRE(torch::equal(states.narrow(-1, 8, 8), x));
  REQUIRE(torch::equal(states.narrow(-1, 16, 8), transformer.blocks[0](x, transformer.rotary, nullptr, 0)));
}

TEST_CASE("Hidden states refuse layers that do not exist", "[core][nn]") {
  const Transformer transformer = TinyTransformer(2);
  const at::Tensor x = torch::zeros({1, 4, 8}, torch::kDouble);
  REQUIRE_THROWS(transformer.HiddenStates(x, {3}));
  REQUIRE_THROWS(transformer.HiddenStates(x, {-1}));
  REQUIRE_THROWS(transformer.HiddenStates(x, {}));
}

}  // namespace
}  // namespace trivium
