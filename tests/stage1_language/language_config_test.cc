// Rules of the model's config, and config.json treated as hostile.
#include "tests/torch_test.h"

#include "core/config/key_table.h"
#include "stage1_language/model/language_config.h"

namespace trivium {
namespace {

nlohmann::json GoodJson() { return ToHuggingFaceConfig(LanguageConfig().Llama(500), {.bos = 1, .eos = 2, .pad = 3}); }

std::string ErrorAfter(const std::string& key, const nlohmann::json& value) {
  nlohmann::json json = GoodJson();
  json[key] = value;
  const auto config = FromHuggingFaceConfig(json);
  if (config.ok()) return "";
  return ExitCode(config.status()) == 3 ? Message(config.status()) : "another kind of error";
}

TEST_CASE("The default config is valid and its keys fit the table", "[stage1_language]") {
  LanguageConfig config;
  KeyTable table;
  AddKeys(table, "model.", config);
  REQUIRE(table.CheckTable().ok());
  REQUIRE(config.Validate().ok());
}

TEST_CASE("Broken rules are named", "[stage1_language]") {
  LanguageConfig config;
  config.heads = 5;
  REQUIRE(Message(config.Validate()) == "model: width 64 is not a multiple of heads 5");
  config.heads = 64;
  REQUIRE_THAT(Message(config.Validate()), Catch::Contains("even"));
  config.heads = 4;
  config.kv_heads = 3;
  REQUIRE_THAT(Message(config.Validate()), Catch::Contains("kv_heads 3"));
  config.kv_heads = 2;
  config.embeddings = "loose";
  REQUIRE_THAT(Message(config.Validate()), Catch::Contains("fixed, trained or tied"));
  config.embeddings = "tied";
  REQUIRE(config.Validate().ok());
  config.heads = 0;
  REQUIRE_FALSE(config.Validate().ok());
}

TEST_CASE("Derived sizes: hidden is 8/3 of the width in steps of 16, kv_heads follows heads", "[stage1_language]") {
  const LlamaConfig shape = LanguageConfig().Llama(500);
  REQUIRE(shape.hidden == 176);
  REQUIRE(shape.kv_heads == 4);
  REQUIRE(shape.vocab == 500);
}

TEST_CASE("config.json round trip", "[stage1_language]") {
  LanguageConfig config;
  config.kv_heads = 2;
  config.rope_theta = 5000.0;
  config.embeddings = "tied";
  const LlamaConfig shape = config.Llama(777);
  const auto read = FromHuggingFaceConfig(nlohmann::json::parse(ToHuggingFaceConfig(shape, {}).dump()));
  REQUIRE(read.ok());
  REQUIRE(read->vocab == 777);
  REQUIRE(read->width == shape.width);
  REQUIRE(read->layers == shape.layers);
  REQUIRE(read->heads == shape.heads);
  REQUIRE(read->kv_heads == 2);
  REQUIRE(read->hidden == shape.hidden);
  REQUIRE(read->max_tokens == shape.max_tokens);
  REQUIRE(read->rope_theta == 5000.0);
  REQUIRE(read->norm_eps == shape.norm_eps);
  REQUIRE(read->tied_embeddings);
}

TEST_CASE("config.json with wrong or hostile values is a bad artefact that names the key", "[stage1_language]") {
  for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                          "num_key_value_heads", "intermediate_size", "max_position_embeddings"}) {
    for (const nlohmann::json& value :
         {nlohmann::json(0), nlohmann::json(-1), nlohmann::json(int64_t{1} << 62), nlohmann::json(~uint64_t{0}),
          nlohmann::json(2.5), nlohmann::json("64"), nlohmann::json::array()}) {
      REQUIRE_THAT(ErrorAfter(key, value), Catch::Contains(key));
    }
  }
  REQUIRE_THAT(ErrorAfter("rope_theta", -1.0), Catch::Contains("rope_theta"));
  REQUIRE_THAT(ErrorAfter("rms_norm_eps", "small"), Catch::Contains("rms_norm_eps"));
  REQUIRE_THAT(ErrorAfter("tie_word_embeddings", 1), Catch::Contains("tie_word_embeddings"));
  REQUIRE_THAT(ErrorAfter("num_attention_heads", 5), Catch::Contains("heads 5"));
  REQUIRE_THAT(ErrorAfter("head_dim", 5), Catch::Contains("head_dim"));
  REQUIRE_THAT(ErrorAfter("vocab_size", nullptr), Catch::Contains("has no key vocab_size"));
}

TEST_CASE("config.json that asks for what this decoder lacks is refused", "[stage1_language]") {
  REQUIRE_THAT(ErrorAfter("rope_scaling", {{"rope_type", "yarn"}}), Catch::Contains("rope_scaling"));
  REQUIRE_THAT(ErrorAfter("attention_bias", true), Catch::Contains("attention_bias"));
  REQUIRE_THAT(ErrorAfter("hidden_act", "gelu"), Catch::Contains("hidden_act"));
  REQUIRE_THAT(ErrorAfter("model_type", "mistral"), Catch::Contains("model_type"));
  REQUIRE_FALSE(FromHuggingFaceConfig(nlohmann::json::array()).ok());
}

TEST_CASE("Sizes that are small one by one and huge together are refused", "[stage1_language]") {
  nlohmann::json json = GoodJson();
  json["hidden_size"] = 32768;
  json["num_hidden_layers"] = 1024;
  json["intermediate_size"] = 131072;
  json["head_dim"] = 8192;
  const auto config = FromHuggingFaceConfig(json);
  REQUIRE_FALSE(config.ok());
  REQUIRE_THAT(Message(config.status()), Catch::Contains("more than"));
}

}  // namespace
}  // namespace trivium
