// See language_config.h.
#include "stage1_language/model/language_config.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace trivium {
namespace {

// Bounds on what a config may ask for, checked before anything is allocated.
constexpr int64_t kMaxVocab = 1 << 20;
constexpr int64_t kMaxWidth = 1 << 15;
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxHidden = 1 << 17;
constexpr int64_t kMaxTokens = 1 << 20;
constexpr int64_t kMaxRotaryTable = 1 << 25;  // max_tokens * head width
constexpr int64_t kMaxWeights = int64_t{1} << 36;

absl::Status Rule(bool holds, const std::string& sentence) { return holds ? absl::OkStatus() : UsageError(sentence); }

std::string Number(int64_t value) { return std::to_string(value); }

// The rules that every Llama shape keeps, wherever it came from.
absl::Status CheckShapeRules(const LlamaConfig& config) {
  RETURN_IF_ERROR(Rule(config.width % config.heads == 0,
                       "width " + Number(config.width) + " is not a multiple of heads " + Number(config.heads)));
  RETURN_IF_ERROR(Rule(config.head_width() % 2 == 0,
                       "width / heads is " + Number(config.head_width()) + "; rotary positions need an even number"));
  RETURN_IF_ERROR(Rule(config.heads % config.kv_heads == 0,
                       "heads " + Number(config.heads) + " is not a multiple of kv_heads " + Number(config.kv_heads)));
  RETURN_IF_ERROR(Rule(
      config.max_tokens * config.head_width() <= kMaxRotaryTable,
      "max_tokens " + Number(config.max_tokens) + " is too many for heads of width " + Number(config.head_width())));
  const int64_t per_layer = config.width * (4 * config.width + 3 * config.hidden);
  return Rule(config.layers * per_layer + 2 * config.vocab * config.width <= kMaxWeights,
              "the model would have more than " + Number(kMaxWeights) + " weights");
}

// Reads keys of a config.json; the first error stays and later reads do nothing.
class Reader {
 public:
  // `where` stands in messages before the name of a key.
  explicit Reader(const nlohmann::json& json, const std::string& where = "config.json ") : json_(json), where_(where) {
    if (!json.is_object()) Refuse("is no JSON object");
  }

  int64_t Integer(const std::string& key, int64_t least, int64_t most, int64_t if_missing = -1) {
    const auto place = Find(key);
    if (place == nullptr) {
      if (if_missing < 0) Refuse("has no key " + key);
      return std::max(if_missing, least);
    }
    if (!place->is_number_integer()) return Refuse("key " + key + " is no integer"), least;
    // Unsigned values above the signed range would wrap.
    const bool huge = place->is_number_unsigned() &&
                      place->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    const int64_t value = huge ? std::numeric_limits<int64_t>::max() : place->get<int64_t>();
    if (value < least || value > most) {
      Refuse("key " + key + " is " + place->dump() + ", must be from " + Number(least) + " to " + Number(most));
      return least;
    }
    return value;
  }

  double Real(const std::string& key, double least, double most, double if_missing) {
    const auto place = Find(key);
    if (place == nullptr) return if_missing;
    if (!place->is_number()) return Refuse("key " + key + " is no number"), if_missing;
    const double value = place->get<double>();
    if (!(value >= least && value <= most)) return Refuse("key " + key + " is out of range"), if_missing;
    return value;
  }

  // Missing or null counts as `only`.
  void MustBe(const std::string& key, const nlohmann::json& only) {
    const auto place = Find(key);
    if (place != nullptr && *place != only) {
      Refuse("key " + key + " is " + place->dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
             "; this decoder has only " + only.dump());
    }
  }

  bool Flag(const std::string& key, bool if_missing) {
    const auto place = Find(key);
    if (place == nullptr) return if_missing;
    if (!place->is_boolean()) return Refuse("key " + key + " is neither true nor false"), if_missing;
    return place->get<bool>();
  }

  // nullptr if missing or null.
  const nlohmann::json* Find(const std::string& key) const {
    if (!status_.ok()) return nullptr;
    const auto place = json_.find(key);
    return place == json_.end() || place->is_null() ? nullptr : &*place;
  }

  void Refuse(const std::string& reason) {
    if (status_.ok()) status_ = BadArtifact(where_ + reason);
  }

  const absl::Status& status() const { return status_; }

 private:
  const nlohmann::json& json_;
  std::string where_;
  absl::Status status_ = absl::OkStatus();
};

// The base of the rotary positions: "rope_theta", or in the object "rope_parameters", which may hold nothing else that
// changes them.
absl::StatusOr<double> ReadRopeTheta(Reader& reader) {
  constexpr double kUsual = 10000.0, kLeast = 1.0, kMost = 1e12;
  const nlohmann::json* parameters = reader.Find("rope_parameters");
  const double theta = reader.Real("rope_theta", kLeast, kMost, kUsual);
  RETURN_IF_ERROR(reader.status());
  if (parameters == nullptr) return theta;
  Reader inner(*parameters, "config.json rope_parameters ");
  inner.MustBe("rope_type", "default");
  inner.MustBe("type", "default");
  inner.MustBe("partial_rotary_factor", 1.0);
  RETURN_IF_ERROR(inner.status());
  for (const auto& [key, value] : parameters->items()) {
    const bool is_known =
        key == "rope_type" || key == "type" || key == "partial_rotary_factor" || key == "rope_theta" || value.is_null();
    if (!is_known) inner.Refuse("key " + key + " scales rotary positions; this decoder has them plain");
  }
  const double inner_theta = inner.Real("rope_theta", kLeast, kMost, theta);
  if (reader.Find("rope_theta") != nullptr && inner_theta != theta) inner.Refuse("rope_theta is not the outer one");
  RETURN_IF_ERROR(inner.status());
  return inner_theta;
}

}  // namespace

absl::Status CheckLlamaConfig(const LlamaConfig& config) {
  const struct {
    const char* name;
    int64_t value, most;
  } sizes[] = {{"vocabulary", config.vocab, kMaxVocab},      {"width", config.width, kMaxWidth},
               {"layers", config.layers, kMaxLayers},        {"heads", config.heads, kMaxWidth},
               {"kv_heads", config.kv_heads, kMaxWidth},     {"hidden", config.hidden, kMaxHidden},
               {"max_tokens", config.max_tokens, kMaxTokens}};
  for (const auto& size : sizes) {
    if (size.value >= 1 && size.value <= size.most) continue;
    return BadArtifact(std::string(size.name) + " is " + Number(size.value) + ", must be from 1 to " +
                       Number(size.most));
  }
  if (!(config.rope_theta >= 1.0 && config.rope_theta <= 1e12)) return BadArtifact("rope theta is out of range");
  if (!(config.norm_eps > 0.0 && config.norm_eps < 1.0)) return BadArtifact("norm epsilon is out of range");
  const absl::Status rules = CheckShapeRules(config);
  return rules.ok() ? rules : BadArtifact(Message(rules));
}

absl::Status LanguageConfig::Validate() const {
  if (width < 1 || layers < 1 || heads < 1 || kv_heads < 0 || hidden < 0 || max_tokens < 2) {
    return UsageError("model: width, layers and heads must be at least 1, max_tokens at least 2");
  }
  if (width > kMaxWidth || layers > kMaxLayers || heads > width || kv_heads > heads || hidden > kMaxHidden ||
      max_tokens > kMaxTokens) {
    return UsageError("model: width is at most " + Number(kMaxWidth) + ", layers " + Number(kMaxLayers) + ", hidden " +
                      Number(kMaxHidden) + ", max_tokens " + Number(kMaxTokens) +
                      ", heads at most width, kv_heads at most heads");
  }
  if (!(rope_theta > 1.0) || !std::isfinite(rope_theta)) return UsageError("model.rope_theta must be above 1");
  if (!(norm_eps > 0.0) || !(norm_eps < 1.0)) return UsageError("model.norm_eps must lie between 0 and 1");
  if (embeddings != "fixed" && embeddings != "trained" && embeddings != "tied") {
    return UsageError("model.embeddings is \"" + embeddings + "\"; choose fixed, trained or tied");
  }
  return Annotate(CheckShapeRules(Llama(1)), "model: ");
}

LlamaConfig LanguageConfig::Llama(int64_t vocab) const {
  LlamaConfig shape;
  shape.vocab = vocab;
  shape.width = width;
  shape.layers = layers;
  shape.heads = heads;
  shape.kv_heads = kv_heads > 0 ? kv_heads : heads;
  shape.hidden = hidden > 0 ? hidden : (8 * width / 3 + 15) / 16 * 16;
  shape.max_tokens = max_tokens;
  shape.rope_theta = rope_theta;
  shape.norm_eps = norm_eps;
  shape.tied_embeddings = embeddings == "tied";
  return shape;
}

void AddKeys(KeyTable& table, const std::string& prefix, LanguageConfig& config) {
  const auto limit = [](int64_t value) { return static_cast<double>(value); };
  table.Add(prefix + "width", &config.width,
            {.help = "width of the residual stream, a multiple of heads", .min = 1, .max = limit(kMaxWidth)});
  table.Add(prefix + "layers", &config.layers, {.help = "blocks", .min = 1, .max = limit(kMaxLayers)});
  table.Add(prefix + "heads", &config.heads, {.help = "attention heads; width / heads must be even", .min = 1});
  table.Add(prefix + "kv_heads", &config.kv_heads,
            {.help = "heads of keys and values, a divisor of heads; 0: as many as heads", .min = 0});
  table.Add(prefix + "hidden", &config.hidden,
            {.help = "width inside the feed-forward part; 0: 8/3 of width, rounded up to a multiple of 16",
             .min = 0,
             .max = limit(kMaxHidden)});
  table.Add(prefix + "max_tokens", &config.max_tokens,
            {.help = "longest sequence", .unit = "tokens", .min = 2, .max = limit(kMaxTokens)});
  table.Add(prefix + "rope_theta", &config.rope_theta, {.help = "base of the rotary positions", .min = 1});
  table.Add(prefix + "norm_eps", &config.norm_eps, {.help = "added to the mean square in norms", .min = 0, .max = 1});
  table.Add(
      prefix + "embeddings", &config.embeddings,
      {.help = "token embeddings: fixed (random, never trained), trained, or tied (trained, also the output matrix)",
       .choices = {"fixed", "trained", "tied"}});
}

nlohmann::json ToHuggingFaceConfig(const LlamaConfig& config, const SpecialTokens& tokens) {
  const auto token = [](int64_t id) { return id < 0 ? nlohmann::json() : nlohmann::json(id); };
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"vocab_size", config.vocab},
          {"hidden_size", config.width},
          {"num_hidden_layers", config.layers},
          {"num_attention_heads", config.heads},
          {"num_key_value_heads", config.kv_heads},
          {"head_dim", config.head_width()},
          {"intermediate_size", config.hidden},
          {"max_position_embeddings", config.max_tokens},
          {"rope_theta", config.rope_theta},
          {"rope_scaling", nullptr},
          {"rms_norm_eps", config.norm_eps},
          {"hidden_act", "silu"},
          {"attention_bias", false},
          {"attention_dropout", 0.0},
          {"mlp_bias", false},
          {"tie_word_embeddings", config.tied_embeddings},
          {"bos_token_id", token(tokens.bos)},
          {"eos_token_id", token(tokens.eos)},
          {"pad_token_id", token(tokens.pad)},
          {"torch_dtype", "float32"},
          {"use_cache", true}};
}

absl::StatusOr<LlamaConfig> FromHuggingFaceConfig(const nlohmann::json& json) {
  Reader reader(json);
  reader.MustBe("model_type", "llama");
  reader.MustBe("hidden_act", "silu");
  reader.MustBe("attention_bias", false);
  reader.MustBe("mlp_bias", false);
  // "default" scales nothing.
  const nlohmann::json* scaling = reader.Find("rope_scaling");
  const bool is_plain = scaling != nullptr && (*scaling == nlohmann::json{{"rope_type", "default"}} ||
                                               *scaling == nlohmann::json{{"type", "default"}});
  if (!is_plain) reader.MustBe("rope_scaling", nullptr);
  reader.MustBe("quantization_config", nullptr);
  reader.MustBe("architectures", nlohmann::json::array({"LlamaForCausalLM"}));
  LlamaConfig config;
  config.vocab = reader.Integer("vocab_size", 1, kMaxVocab);
  config.width = reader.Integer("hidden_size", 1, kMaxWidth);
  config.layers = reader.Integer("num_hidden_layers", 1, kMaxLayers);
  config.heads = reader.Integer("num_attention_heads", 1, kMaxWidth);
  config.kv_heads = reader.Integer("num_key_value_heads", 1, kMaxWidth, config.heads);
  config.hidden = reader.Integer("intermediate_size", 1, kMaxHidden);
  config.max_tokens = reader.Integer("max_position_embeddings", 1, kMaxTokens);
  ASSIGN_OR_RETURN(config.rope_theta, ReadRopeTheta(reader));
  config.norm_eps = reader.Real("rms_norm_eps", 1e-20, 1.0, 1e-6);
  config.tied_embeddings = reader.Flag("tie_word_embeddings", false);
  RETURN_IF_ERROR(reader.status());
  const absl::Status rules = CheckShapeRules(config);
  if (!rules.ok()) return BadArtifact("config.json: " + Message(rules));
  reader.MustBe("head_dim", config.head_width());
  RETURN_IF_ERROR(reader.status());
  return config;
}

}  // namespace trivium
