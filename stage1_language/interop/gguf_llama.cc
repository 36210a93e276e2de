// See gguf_llama.h.
#include "stage1_language/interop/gguf_llama.h"

#include <utility>
#include <vector>

#include "core/text/tokenizer_model.h"
#include "stage1_language/model/language_config.h"

namespace trivium {
namespace {

constexpr char kTokens[] = "tokenizer.ggml.tokens";
constexpr char kScores[] = "tokenizer.ggml.scores";
constexpr char kKinds[] = "tokenizer.ggml.token_type";
constexpr char kModelBytes[] = "trivium.tokenizer_model";
constexpr int64_t kMost = int64_t{1} << 31;

constexpr std::pair<const char*, const char*> kNames[] = {
    {"input_layernorm", "attn_norm"},     {"self_attn.q_proj", "attn_q"},      {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},       {"self_attn.o_proj", "attn_output"}, {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},        {"mlp.up_proj", "ffn_up"},           {"mlp.down_proj", "ffn_down"},
    {"model.embed_tokens", "token_embd"}, {"model.norm", "output_norm"},       {"lm_head", "output"}};

bool Has(const GgufView& view, const std::string& key) { return view.keys.count(key) > 0; }

absl::Status Refuse(const std::string& key, const std::string& why) {
  return BadArtifact("gguf: key \"" + key + "\" " + why);
}

absl::Status MustBe(const GgufView& view, const std::string& key, const std::string& only) {
  ASSIGN_OR_RETURN(const std::string text, GgufString(view, key));
  return text == only ? absl::OkStatus() : Refuse(key, "is \"" + text + "\"; only \"" + only + "\" is read");
}

// Features that change what the weights mean. A missing key means none of them.
absl::Status CheckFeatures(const GgufView& view) {
  if (Has(view, "llama.rope.scaling.type")) RETURN_IF_ERROR(MustBe(view, "llama.rope.scaling.type", "none"));
  for (const char* key : {"llama.rope.scaling.factor", "llama.rope.scale_linear"}) {
    if (!Has(view, key)) continue;
    ASSIGN_OR_RETURN(const double factor, GgufReal(view, key));
    if (factor != 1.0 && factor != 0.0) return Refuse(key, "scales rotary positions; this decoder has them plain");
  }
  for (const char* key : {"llama.expert_count", "llama.attention.sliding_window"}) {
    if (Has(view, key)) RETURN_IF_ERROR(GgufInteger(view, key, 0, 0).status());
  }
  return absl::OkStatus();
}

absl::Status CheckHeadWidth(const GgufView& view, const LlamaConfig& config) {
  for (const char* key : {"llama.rope.dimension_count", "llama.attention.key_length", "llama.attention.value_length"}) {
    if (!Has(view, key)) continue;
    RETURN_IF_ERROR(GgufInteger(view, key, config.head_width(), config.head_width()).status());
  }
  return absl::OkStatus();
}

struct Vocabulary {
  std::vector<TokenizerPiece> pieces;
  SpecialPieces special;
};

absl::StatusOr<int32_t> SpecialId(const GgufView& view, const std::string& key, int32_t if_missing, size_t pieces) {
  if (!Has(view, key)) return if_missing;
  ASSIGN_OR_RETURN(const int64_t id, GgufInteger(view, key, 0, static_cast<int64_t>(pieces) - 1));
  return static_cast<int32_t>(id);
}

absl::StatusOr<Vocabulary> ReadVocabulary(const GgufView& view) {
  RETURN_IF_ERROR(MustBe(view, "tokenizer.ggml.model", "llama"));
  ASSIGN_OR_RETURN(const std::vector<std::string> tokens, GgufStrings(view, kTokens));
  ASSIGN_OR_RETURN(const std::vector<float> scores, GgufFloats(view, kScores));
  ASSIGN_OR_RETURN(const std::vector<int32_t> kinds, GgufInt32s(view, kKinds));
  if (scores.size() != tokens.size() || kinds.size() != tokens.size()) {
    return Refuse(kTokens, "has another length than scores or token_type");
  }
  Vocabulary vocabulary;
  for (size_t id = 0; id < tokens.size(); ++id) {
    vocabulary.pieces.push_back({.text = tokens[id], .score = scores[id], .kind = static_cast<PieceKind>(kinds[id])});
  }
  // Without a key, llama.cpp takes the ids of the first Llama.
  const size_t count = tokens.size();
  SpecialPieces& special = vocabulary.special;
  ASSIGN_OR_RETURN(special.unk, SpecialId(view, "tokenizer.ggml.unknown_token_id", 0, count));
  ASSIGN_OR_RETURN(special.bos, SpecialId(view, "tokenizer.ggml.bos_token_id", 1, count));
  ASSIGN_OR_RETURN(special.eos, SpecialId(view, "tokenizer.ggml.eos_token_id", 2, count));
  ASSIGN_OR_RETURN(special.pad, SpecialId(view, "tokenizer.ggml.padding_token_id", -1, count));
  return vocabulary;
}

bool Agrees(const Tokenizer& tokenizer, const Vocabulary& vocabulary) {
  const std::vector<TokenizerPiece> own = PiecesOf(tokenizer);
  if (own.size() != vocabulary.pieces.size()) return false;
  for (size_t id = 0; id < own.size(); ++id) {
    const TokenizerPiece& there = vocabulary.pieces[id];
    if (own[id].text != there.text || own[id].score != there.score || own[id].kind != there.kind) return false;
  }
  return tokenizer.bos() == vocabulary.special.bos && tokenizer.eos() == vocabulary.special.eos;
}

}  // namespace

GgufKeys LlamaGgufKeys(const LlamaConfig& config, const Tokenizer& tokenizer, const std::string& name) {
  const auto number = [](int64_t value) { return GgufU32(static_cast<uint32_t>(value)); };
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> kinds;
  for (const TokenizerPiece& piece : PiecesOf(tokenizer)) {
    tokens.push_back(piece.text);
    scores.push_back(piece.score);
    kinds.push_back(static_cast<int32_t>(piece.kind));
  }
  return {{"general.architecture", GgufText("llama")},
          {"general.name", GgufText(name)},
          {"general.file_type", GgufU32(0)},  // all float32
          {"llama.vocab_size", number(config.vocab)},
          {"llama.context_length", number(config.max_tokens)},
          {"llama.embedding_length", number(config.width)},
          {"llama.block_count", number(config.layers)},
          {"llama.feed_forward_length", number(config.hidden)},
          {"llama.rope.dimension_count", number(config.head_width())},
          {"llama.rope.freq_base", GgufF32(static_cast<float>(config.rope_theta))},
          {"llama.attention.head_count", number(config.heads)},
          {"llama.attention.head_count_kv", number(config.kv_heads)},
          {"llama.attention.layer_norm_rms_epsilon", GgufF32(static_cast<float>(config.norm_eps))},
          {"tokenizer.ggml.model", GgufText("llama")},
          {"tokenizer.ggml.pre", GgufText("default")},
          {kTokens, GgufTexts(tokens)},
          {kScores, GgufF32s(scores)},
          {kKinds, GgufI32s(kinds)},
          {"tokenizer.ggml.bos_token_id", number(tokenizer.bos())},
          {"tokenizer.ggml.eos_token_id", number(tokenizer.eos())},
          {"tokenizer.ggml.unknown_token_id", number(tokenizer.unk())},
          {"tokenizer.ggml.padding_token_id", number(tokenizer.pad())},
          {"tokenizer.ggml.add_bos_token", GgufBool(true)},
          {"tokenizer.ggml.add_eos_token", GgufBool(false)},
          {"tokenizer.ggml.add_space_prefix", GgufBool(false)},
          {kModelBytes, GgufBytes(tokenizer.bytes())}};
}

absl::StatusOr<LlamaConfig> LlamaConfigFromGguf(const GgufView& view) {
  RETURN_IF_ERROR(MustBe(view, "general.architecture", "llama"));
  RETURN_IF_ERROR(CheckFeatures(view));
  LlamaConfig config;
  const auto tokens = view.keys.find(kTokens);
  config.vocab = tokens == view.keys.end() ? 0 : static_cast<int64_t>(tokens->second.count);
  if (Has(view, "llama.vocab_size")) {
    ASSIGN_OR_RETURN(config.vocab, GgufInteger(view, "llama.vocab_size", 1, kMost));
  }
  ASSIGN_OR_RETURN(config.max_tokens, GgufInteger(view, "llama.context_length", 1, kMost));
  ASSIGN_OR_RETURN(config.width, GgufInteger(view, "llama.embedding_length", 1, kMost));
  ASSIGN_OR_RETURN(config.layers, GgufInteger(view, "llama.block_count", 1, kMost));
  ASSIGN_OR_RETURN(config.hidden, GgufInteger(view, "llama.feed_forward_length", 1, kMost));
  ASSIGN_OR_RETURN(config.heads, GgufInteger(view, "llama.attention.head_count", 1, kMost));
  config.kv_heads = config.heads;
  if (Has(view, "llama.attention.head_count_kv")) {
    ASSIGN_OR_RETURN(config.kv_heads, GgufInteger(view, "llama.attention.head_count_kv", 1, kMost));
  }
  config.rope_theta = 10000.0;  // llama.cpp's own, where the key is missing
  if (Has(view, "llama.rope.freq_base")) {
    ASSIGN_OR_RETURN(config.rope_theta, GgufReal(view, "llama.rope.freq_base"));
  }
  ASSIGN_OR_RETURN(config.norm_eps, GgufReal(view, "llama.attention.layer_norm_rms_epsilon"));
  config.tied_embeddings = true;
  for (const TensorSpec& tensor : view.tensors) {
    if (tensor.name == "output.weight") config.tied_embeddings = false;
    if (tensor.name.rfind("rope_freqs", 0) == 0) {
      return BadArtifact("gguf: tensor \"" + tensor.name + "\" scales rotary positions; this decoder has them plain");
    }
  }
  RETURN_IF_ERROR(Annotate(CheckLlamaConfig(config), "gguf: "));
  RETURN_IF_ERROR(CheckHeadWidth(view, config));
  return config;
}

absl::StatusOr<Tokenizer> TokenizerFromGguf(const GgufView& view) {
  ASSIGN_OR_RETURN(const Vocabulary vocabulary, ReadVocabulary(view));
  std::string model;
  if (Has(view, kModelBytes)) {
    ASSIGN_OR_RETURN(model, GgufRawBytes(view, kModelBytes));
  } else {
    ASSIGN_OR_RETURN(model, BuildTokenizerModel(vocabulary.pieces, vocabulary.special));
  }
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::FromBytes(model);
  if (!tokenizer.ok()) return Annotate(tokenizer.status(), "gguf: ");
  if (!Agrees(*tokenizer, vocabulary)) {
    return Refuse(Has(view, kModelBytes) ? kModelBytes : kTokens, "gives another vocabulary than the file lists");
  }
  return tokenizer;
}

std::string GgufTensorName(const std::string& llama_name) {
  std::string name = llama_name;
  const std::string layers = "model.layers.";
  if (name.rfind(layers, 0) == 0) name.replace(0, layers.size(), "blk.");
  for (const auto& [theirs, gguf] : kNames) {
    const size_t at = name.find(theirs);
    if (at != std::string::npos) return name.replace(at, std::string(theirs).size(), gguf);
  }
  return name;
}

int64_t InterleavedHeads(const std::string& llama_name, const LlamaConfig& config) {
  if (llama_name.find("self_attn.q_proj") != std::string::npos) return config.heads;
  return llama_name.find("self_attn.k_proj") != std::string::npos ? config.kv_heads : 0;
}

}  // namespace trivium
