// See language_model.h.
#include "stage1_language/model/language_model.h"

#include <cmath>

#include "core/nn/cross_entropy.h"
#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

// Deviation of the weights times sqrt(inputs), as in torch's own linear layer. Larger than in large language models:
// at widths below 128 their 0.02 would make a fresh block add next to nothing, and the never-trained control blind.
constexpr double kGain = 0.5773502691896258;  // 1 / sqrt(3)

// Random directions of mean square 1, or normal rows of length about 1 where they also serve as output matrix.
at::Tensor RandomEmbedding(const LanguageConfig& config, int64_t vocab, Rng& rng) {
  at::Tensor rows = NormalTensor({vocab, config.width}, 1.0, rng);
  if (config.embeddings == "tied") return rows.mul_(1.0 / std::sqrt(static_cast<double>(config.width)));
  return rows.mul_(rows.square().mean(1, /*keepdim=*/true).rsqrt_());
}

Rng Generator(const SeedTree& seeds, const std::string& part) {
  return seeds.Child("language_model").Child(part).MakeRng();
}

}  // namespace

LanguageModel::LanguageModel(const LanguageConfig& config, int64_t vocab, const SeedTree& seeds)
    : config_(config.Llama(vocab)) {
  Rng embedding_rng = Generator(seeds, "embedding"), blocks_rng = Generator(seeds, "blocks"),
      head_rng = Generator(seeds, "head");
  embedding_ = RandomEmbedding(config, vocab, embedding_rng).set_requires_grad(!config.fixed_embeddings());
  transformer_ = Transformer(config_, kGain, blocks_rng);
  if (!config_.tied_embeddings) head_ = LinearWeight(vocab, config_.width, kGain, head_rng);
}

LanguageModel::LanguageModel(const LlamaConfig& config) : config_(config) {
  embedding_ = at::empty({config.vocab, config.width});
  if (!config.tied_embeddings) head_ = at::empty({config.vocab, config.width});
  transformer_ = Transformer(config);
  Freeze();
}

at::Tensor LanguageModel::Embed(const at::Tensor& ids) const {
  CheckShape(ids, {kAnySize, kAnySize}, "token ids");
  return at::embedding(embedding_, ids);  // [items, tokens, width]
}

at::Tensor LanguageModel::Logits(const at::Tensor& ids, KvCache* cache) const {
  return Linear(transformer_.norm(transformer_.Forward(Embed(ids), cache)), head());
}

at::Tensor LanguageModel::NextLogits(const at::Tensor& ids, KvCache* cache) const {
  const at::Tensor states = transformer_.Forward(Embed(ids), cache);  // [items, tokens, width]
  return Linear(transformer_.norm(states.select(1, states.size(1) - 1)), head());
}

at::Tensor LanguageModel::Loss(const at::Tensor& inputs, const at::Tensor& targets) const {
  at::Tensor states = transformer_.Forward(Embed(inputs)).view({-1, config_.width});
  at::Tensor wanted = targets.reshape(-1);
  const at::Tensor counted = wanted.ge(0).nonzero().squeeze(1);
  if (counted.size(0) < wanted.size(0)) {
    states = states.index_select(0, counted);
    wanted = wanted.index_select(0, counted);
  }
  return LinearCrossEntropy(transformer_.norm(states), head(), wanted);
}

at::Tensor LanguageModel::Loss(const at::Tensor& ids) const {
  const int64_t tokens = ids.size(1) - 1;
  return Loss(ids.narrow(1, 0, tokens), ids.narrow(1, 1, tokens));
}

at::Tensor LanguageModel::TokenLosses(const at::Tensor& ids) const {
  at::NoGradGuard no_gradients;
  const int64_t items = ids.size(0), tokens = ids.size(1) - 1;
  const at::Tensor states = transformer_.norm(transformer_.Forward(Embed(ids.narrow(1, 0, tokens))));
  return LinearCrossEntropyRows(states.view({-1, config_.width}), head(), ids.narrow(1, 1, tokens).reshape(-1))
      .view({items, tokens});
}

at::Tensor LanguageModel::Surprisals(const at::Tensor& states, const at::Tensor& ids) const {
  at::NoGradGuard no_gradients;
  return LinearCrossEntropyRows(transformer_.norm(states), head(), ids);
}

at::Tensor LanguageModel::HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const {
  return transformer_.HiddenStates(Embed(ids), layers);
}

NamedTensors LanguageModel::Parameters() const {
  NamedTensors list;
  if (embedding_.requires_grad()) list.emplace_back("model.embed_tokens.weight", embedding_);
  transformer_.AddParameters("model.", list);
  if (head_.defined()) list.emplace_back("lm_head.weight", head_);
  return list;
}

NamedTensors LanguageModel::LlamaTensors() const {
  NamedTensors list;
  list.emplace_back("model.embed_tokens.weight", embedding_.detach());
  transformer_.AddLlamaTensors("model.", list);
  if (head_.defined()) list.emplace_back("lm_head.weight", head_.detach());
  return list;
}

void LanguageModel::To(at::Device device, at::ScalarType type) {
  Move({embedding_, head_}, device, type);
  transformer_.To(device, type);
}

void LanguageModel::Freeze() {
  NamedTensors list = Parameters();
  for (auto& [name, tensor] : list) tensor.set_requires_grad(false);
}

}  // namespace trivium
