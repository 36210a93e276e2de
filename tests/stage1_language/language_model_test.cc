// The language model: initial weights, which are trained, losses, learning.
#include "core/train/optimizer.h"
#include "tests/torch_test.h"

#include <set>

#include "core/nn/flops.h"
#include "stage1_language/model/language_model.h"
#include "tests/harness/gradient_check.h"
#include "tests/stage1_language/tiny_language.h"

namespace trivium {
namespace {

LanguageModel TinyModel(const std::string& embeddings = "fixed", uint64_t seed = 3) {
  LanguageConfig config = TinyLanguageConfig();
  config.embeddings = embeddings;
  return LanguageModel(config, 20, SeedTree(seed));
}

at::Tensor TinyIds(int64_t items, int64_t tokens) {
  return (torch::arange(items * tokens).view({items, tokens}) * 7) % 20;
}

std::set<std::string> Names(const NamedTensors& list) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : list) names.insert(name);
  return names;
}

TEST_CASE("A fixed embedding is random with rows of mean square 1, and not trained", "[stage1_language]") {
  const LanguageModel model = TinyModel();
  REQUIRE(torch::allclose(model.embedding().square().mean(1), torch::ones({20})));
  REQUIRE_FALSE(model.embedding().requires_grad());
  const auto names = Names(model.Parameters());
  REQUIRE(names.count("model.embed_tokens.weight") == 0);
  REQUIRE(names.count("lm_head.weight") == 1);
}

TEST_CASE("Trained and tied embeddings are parameters; a tied model has no output matrix", "[stage1_language]") {
  REQUIRE(Names(TinyModel("trained").Parameters()).count("model.embed_tokens.weight") == 1);
  const LanguageModel tied = TinyModel("tied");
  REQUIRE(Names(tied.Parameters()).count("model.embed_tokens.weight") == 1);
  REQUIRE(Names(tied.LlamaTensors()).count("lm_head.weight") == 0);
}

TEST_CASE("Every parameter takes a gradient and all weights are counted", "[stage1_language]") {
  for (const char* embeddings : {"fixed", "trained", "tied"}) {
    const LanguageModel model = TinyModel(embeddings);
    model.Loss(TinyIds(2, 6)).backward();
    for (const auto& [name, tensor] : model.Parameters()) {
      INFO(embeddings << " " << name);
      REQUIRE(tensor.is_leaf());
      REQUIRE(tensor.grad().defined());
      REQUIRE(tensor.grad().abs().sum().item<double>() > 0.0);
    }
    int64_t weights = 0;
    for (const auto& [name, tensor] : model.LlamaTensors()) weights += tensor.numel();
    REQUIRE(weights == CountWeights(model.config()).total());
  }
}

TEST_CASE("The same seed gives the same weights, another seed others", "[stage1_language]") {
  const auto first = TinyModel().LlamaTensors(), again = TinyModel().LlamaTensors(),
             other = TinyModel("fixed", 4).LlamaTensors();
  for (size_t i = 0; i < first.size(); ++i) REQUIRE(torch::equal(first[i].second, again[i].second));
  REQUIRE_FALSE(torch::equal(first[0].second, other[0].second));
}

TEST_CASE("The loss is the cross-entropy of the logits, near uniform at first", "[stage1_language]") {
  const LanguageModel model = TinyModel();
  const at::Tensor ids = TinyIds(3, 9);
  const at::Tensor logits = model.Logits(ids.narrow(1, 0, 8));
  const at::Tensor expected =
      at::cross_entropy_loss(logits.view({-1, 20}), ids.narrow(1, 1, 8).reshape(-1), {}, at::Reduction::None);
  REQUIRE(torch::allclose(model.TokenLosses(ids), expected.view({3, 8}), 1e-5, 1e-6));
  REQUIRE(torch::allclose(model.Loss(ids), expected.mean(), 1e-5, 1e-6));
  REQUIRE(std::abs(model.Loss(ids).item<double>() - std::log(20.0)) < 0.7);
}

TEST_CASE("The loss has the right gradients", "[stage1_language]") {
  LanguageModel model = TinyModel("tied");
  model.To(at::kCPU, at::kDouble);
  std::vector<at::Tensor> inputs;
  for (const auto& [name, tensor] : model.Parameters()) {
    if (tensor.dim() == 1 || name == "model.embed_tokens.weight") inputs.push_back(tensor);
  }
  REQUIRE(GradientError([&] { return model.Loss(TinyIds(1, 4)); }, inputs) < 1e-5);
}

TEST_CASE("Right padding changes nothing to its left", "[stage1_language]") {
  const LanguageModel model = TinyModel();
  torch::NoGradGuard no_gradients;
  const at::Tensor ids = TinyIds(2, 5), padded = torch::cat({ids, torch::full({2, 4}, 3)}, 1);
  REQUIRE(torch::allclose(model.Logits(padded).narrow(1, 0, 5), model.Logits(ids), 1e-5, 1e-6));
}

TEST_CASE("Padding targets are neither counted nor felt", "[stage1_language]") {
  const LanguageModel model = TinyModel();
  const at::Tensor ids = TinyIds(2, 9);
  const at::Tensor inputs = ids.narrow(1, 0, 8), targets = ids.narrow(1, 1, 8).clone();
  targets[1].narrow(0, 5, 3).fill_(-100);
  const at::Tensor losses = model.TokenLosses(ids);
  const double wanted = (losses[0].sum() + losses[1].narrow(0, 0, 5).sum()).item<double>() / 13;
  const at::Tensor loss = model.Loss(inputs, targets);
  REQUIRE(loss.item<double>() == Approx(wanted).epsilon(1e-5));
  const auto parameters = model.Parameters();
  loss.backward();
  std::vector<at::Tensor> gradients;
  for (const auto& [name, tensor] : parameters) gradients.push_back(tensor.grad().clone());
  // What stands behind the last target of a row is read by nothing that is counted.
  const at::Tensor other = inputs.clone();
  other[1].narrow(0, 5, 3).fill_(7);
  for (const auto& [name, tensor] : parameters) tensor.mutable_grad().reset();
  model.Loss(other, targets).backward();
  for (size_t i = 0; i < parameters.size(); ++i) {
    REQUIRE(torch::allclose(parameters[i].second.grad(), gradients[i], 1e-4, 1e-6));
  }
}

TEST_CASE("Some steps of gradient descent lower the loss and leave the fixed embedding alone", "[stage1_language]") {
  const OneThread one_thread;
  const LanguageModel model = TinyModel();
  const at::Tensor embedding = model.embedding().clone(), ids = TinyIds(2, 12);
  TrainerConfig config;
  config.learning_rate = 1e-2;
  config.warmup_steps = 0;
  config.weight_decay = 0;
  auto optimizer = Optimizer::Create(model.Parameters(), config);
  REQUIRE(optimizer.ok());
  const double before = model.Loss(ids).item<double>();
  for (int step = 0; step < 40; ++step) {
    optimizer->ZeroGradients();
    model.Loss(ids).backward();
    REQUIRE(optimizer->Step(step).ok());
  }
  REQUIRE(model.Loss(ids).item<double>() < 0.3 * before);
  REQUIRE(torch::equal(model.embedding(), embedding));
}

TEST_CASE("Ids outside the vocabulary throw instead of reading elsewhere", "[stage1_language]") {
  REQUIRE_THROWS(TinyModel().Logits(torch::full({1, 2}, 20)));
  REQUIRE_THROWS(TinyModel().Logits(torch::full({1, 2}, -1)));
  REQUIRE_THROWS(TinyModel().Logits(torch::zeros({1, 33}, torch::kLong)));
}

}  // namespace
}  // namespace trivium
