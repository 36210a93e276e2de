// Bits per byte against what a model without knowledge must give.
#include "stage1_language/measures/bits_per_byte.h"

#include "stage1_language/model/language_model.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

Tokenizer SmallTokenizer() {
  TokenizerConfig config;
  config.vocab_size = 300;
  return *Tokenizer::Train({" ann is red .", " bob is kind .", " the friend of ann is bob ."}, config);
}

LanguageModel SmallModel(const Tokenizer& tokenizer, bool knows_nothing) {
  LanguageConfig config;
  config.width = 16;
  config.layers = 1;
  config.heads = 2;
  config.max_tokens = 8;
  LanguageModel model(config, tokenizer.vocab_size(), SeedTree(1));
  torch::NoGradGuard no_gradients;
  for (auto& [name, tensor] : model.Parameters()) {
    if (knows_nothing && name == "lm_head.weight") at::Tensor(tensor).zero_();
  }
  return model;
}

}  // namespace

TEST_CASE("A model that knows nothing needs log2 of the vocabulary for each token", "[stage1_language]") {
  const Tokenizer tokenizer = SmallTokenizer();
  const std::vector<std::string> documents = {" ann is bob .", " zażółć 😀",
                                              " red red red red red red red red red red red"};
  int64_t tokens = 0, bytes = 0;
  for (const std::string& document : documents) {
    tokens += static_cast<int64_t>(tokenizer.Encode(document).size());
    bytes += static_cast<int64_t>(document.size());
  }
  const auto result = MeasureBitsPerByte(SmallModel(tokenizer, true), tokenizer, documents);
  REQUIRE(result.ok());
  REQUIRE(result->tokens == tokens);
  REQUIRE(result->bytes == bytes);
  const double bits = std::log2(static_cast<double>(tokenizer.vocab_size()));
  REQUIRE(result->value == Approx(bits * static_cast<double>(tokens) / static_cast<double>(bytes)).epsilon(1e-5));
  REQUIRE(result->perplexity.value == Approx(static_cast<double>(tokenizer.vocab_size())).epsilon(1e-4));
  REQUIRE(result->low < result->value);
  REQUIRE(result->value < result->high);
}

TEST_CASE("Batching and padding do not change what a document costs", "[stage1_language]") {
  const Tokenizer tokenizer = SmallTokenizer();
  const LanguageModel model = SmallModel(tokenizer, false);
  const std::vector<std::string> documents = {" ann is red .", " bob", " the friend of ann is bob . ann is kind ."};
  double bits = 0, bytes = 0;
  for (const std::string& document : documents) {
    const auto alone = MeasureBitsPerByte(model, tokenizer, {document});
    bits += alone->value * static_cast<double>(document.size());
    bytes += static_cast<double>(document.size());
  }
  REQUIRE(MeasureBitsPerByte(model, tokenizer, documents)->value == Approx(bits / bytes).epsilon(1e-5));
}

TEST_CASE("No text is a usage error", "[stage1_language]") {
  const Tokenizer tokenizer = SmallTokenizer();
  REQUIRE(ExitCode(MeasureBitsPerByte(SmallModel(tokenizer, false), tokenizer, {}).status()) == 2);
}
