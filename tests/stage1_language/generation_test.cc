// Generation: cached equals uncached, the ways to stop, sampling limits, streaming.
#include "core/base/utf8.h"
#include "tests/torch_test.h"

#include <map>

#include "stage1_language/model/generation.h"
#include "stage1_language/model/language_model.h"
#include "tests/harness/gradient_check.h"
#include "tests/stage1_language/tiny_language.h"

namespace trivium {
namespace {

LanguageModel Speaker(uint64_t seed = 2) {
  return LanguageModel(TinyLanguageConfig(), TinyTokenizer().vocab_size(), SeedTree(seed));
}

Generation Speak(const std::string& prompt, const GenerationConfig& config, uint64_t seed = 1,
                 const OnText& on_text = {}) {
  const auto result = Generate(Speaker(), TinyTokenizer(), prompt, config, SeedTree(seed), on_text);
  REQUIRE(result.ok());
  return *result;
}

TEST_CASE("Greedy generation with a cache equals reading everything anew at each step", "[stage1_language]") {
  const LanguageModel model = Speaker();
  torch::NoGradGuard no_gradients;
  std::vector<int64_t> ids = {TinyTokenizer().bos()};
  for (const int32_t id : TinyTokenizer().Encode(" the friend of anna")) ids.push_back(id);
  std::vector<int32_t> expected;
  while (expected.size() < 12) {
    const at::Tensor logits = model.Logits(torch::tensor(ids).unsqueeze(0))[0][-1];
    const auto next = static_cast<int32_t>(logits.argmax().item<int64_t>());
    if (next == TinyTokenizer().eos()) break;
    expected.push_back(next);
    ids.push_back(next);
  }
  const Generation result = Speak(" the friend of anna", {.max_new_tokens = 12, .temperature = 0.0});
  REQUIRE(result.ids == expected);
  REQUIRE(result.text == TinyTokenizer().Decode(expected));
}

TEST_CASE("The seed decides the sample", "[stage1_language]") {
  const GenerationConfig config{.max_new_tokens = 10, .temperature = 1.0};
  REQUIRE(Speak(" ben", config, 5).ids == Speak(" ben", config, 5).ids);
  REQUIRE(Speak(" ben", config, 5).ids != Speak(" ben", config, 6).ids);
}

TEST_CASE("Generation ends at the limit of new tokens, at the context's end, or when the caller says so",
          "[stage1_language]") {
  REQUIRE(Speak(" ben", {.max_new_tokens = 3, .temperature = 0.0}).ids.size() == 3);
  const Generation full = Speak(" ben", {.max_new_tokens = 1000, .temperature = 0.0});
  REQUIRE((full.stop == "context" || full.stop == "eos"));
  int pieces = 0;
  const Generation stopped =
      Speak(" ben", {.max_new_tokens = 30, .temperature = 0.0}, 1, [&](const std::string&) { return ++pieces < 2; });
  REQUIRE(stopped.stop == "caller");
  REQUIRE(pieces == 2);
}

TEST_CASE("Streamed pieces join to the text and are whole characters", "[stage1_language]") {
  const OneThread one_thread;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::string joined;
    bool whole = true;
    const Generation result =
        Speak(" ben", {.max_new_tokens = 25, .temperature = 3.0}, seed, [&](const std::string& piece) {
          whole = whole && IsUtf8(piece);
          joined += piece;
          return true;
        });
    REQUIRE(joined == result.text);
    REQUIRE(whole);
  }
}

TEST_CASE("A prompt reads the same with and without its leading space", "[stage1_language]") {
  const GenerationConfig config{.max_new_tokens = 5, .temperature = 0.0};
  REQUIRE(Speak("ben is", config).ids == Speak(" ben is", config).ids);
}

TEST_CASE("A prompt of unknown characters is read as bytes", "[stage1_language]") {
  REQUIRE(Speak("\xE6\xBC\xA2\xF0\x9F\x99\x82", {.max_new_tokens = 2, .temperature = 0.0}).ids.size() <= 2);
}

TEST_CASE("Prompts that can't be read are usage errors", "[stage1_language]") {
  const auto error = [](const std::string& prompt) {
    const auto result = Generate(Speaker(), TinyTokenizer(), prompt, {}, SeedTree(1));
    return result.ok() ? 0 : ExitCode(result.status());
  };
  REQUIRE(error("\xFF\xFE") == 2);
  REQUIRE(error(std::string(200, '~')) == 2);
  REQUIRE(error("") == 0);
}

TEST_CASE("Settings out of range are usage errors", "[stage1_language]") {
  REQUIRE(GenerationConfig().Validate().ok());
  REQUIRE_FALSE(GenerationConfig{.max_new_tokens = 0}.Validate().ok());
  REQUIRE_FALSE(GenerationConfig{.temperature = -1.0}.Validate().ok());
  REQUIRE_FALSE(GenerationConfig{.temperature = NAN}.Validate().ok());
  REQUIRE_FALSE(GenerationConfig{.top_k = -1}.Validate().ok());
  REQUIRE_FALSE(GenerationConfig{.top_p = 0.0}.Validate().ok());
}

TEST_CASE("Sampling follows the probabilities within top-k and top-p", "[stage1_language]") {
  const std::vector<float> logits = {std::log(0.1f), std::log(0.5f), std::log(0.1f), std::log(0.3f)};
  const auto draws = [&](const GenerationConfig& config) {
    Rng rng(3);
    std::map<int32_t, int> counts;
    for (int i = 0; i < 4000; ++i) ++counts[SampleToken(logits, config, rng)];
    return counts;
  };
  auto all = draws({.temperature = 1.0});
  REQUIRE(std::abs(all[1] - 2000) < 150);
  REQUIRE(std::abs(all[3] - 1200) < 150);
  REQUIRE(draws({.temperature = 0.0}).size() == 1);
  REQUIRE(draws({.temperature = 1.0, .top_k = 2}).size() == 2);
  REQUIRE(draws({.temperature = 1.0, .top_p = 0.7}).size() == 2);  // .5 is short of .7, .5 + .3 is not
  REQUIRE(draws({.temperature = 1.0, .top_p = 0.01}).size() == 1);
  REQUIRE(draws({.temperature = 0.01})[1] == 4000);
}

TEST_CASE("Sampling with and without a cache gives the same text", "[stage1_language]") {
  const OneThread one_thread;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    GenerationConfig config{.max_new_tokens = 20, .temperature = 1.0};
    const Generation cached = Speak(" the friend of", config, seed);
    config.cache = false;
    REQUIRE(Speak(" the friend of", config, seed).ids == cached.ids);
  }
}

TEST_CASE("A batch continues every prompt as it would be continued alone", "[stage1_language]") {
  const OneThread one_thread;
  const std::vector<std::string> prompts = {" ben", "anna", " the friend of anna", "", " dora", " who is the", " ben"};
  for (const double temperature : {0.0, 1.0}) {
    const GenerationConfig config{.max_new_tokens = 12, .temperature = temperature};
    const auto together = GenerateBatch(Speaker(), TinyTokenizer(), prompts, config, SeedTree(3));
    REQUIRE(together.ok());
    REQUIRE(together->size() == prompts.size());
    for (size_t i = 0; i < prompts.size(); ++i) {
      const Generation alone = Speak(prompts[i], config, 3);
      REQUIRE((*together)[i].ids == alone.ids);
      REQUIRE((*together)[i].stop == alone.stop);
    }
  }
  const auto bad = GenerateBatch(Speaker(), TinyTokenizer(), {" ben", "\xFF"}, {}, SeedTree(3));
  REQUIRE(ExitCode(bad.status()) == 2);
  REQUIRE(Message(bad.status()).find("prompt 2") != std::string::npos);
}

}  // namespace
}  // namespace trivium
