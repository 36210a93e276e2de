// The config of the stage-1 model: keys of the section "model", their rules, and the config.json of a sealed model
// (Hugging Face Llama form). Torch-free.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/status.h"
#include "core/config/key_table.h"
#include "core/nn/llama_config.h"

namespace trivium {

struct LanguageConfig {
  int64_t width = 64;
  int64_t layers = 3;
  int64_t heads = 4;
  int64_t kv_heads = 0;  // 0: as many as heads
  int64_t hidden = 0;    // 0: 8/3 of the width, rounded up to a multiple of 16
  int64_t max_tokens = 256;
  double rope_theta = 10000.0;
  double norm_eps = 1e-5;
  std::string embeddings = "fixed";  // fixed: random, never trained; trained; tied: trained and also the output matrix

  bool fixed_embeddings() const { return embeddings == "fixed"; }
  // One sentence per broken rule, naming the key.
  absl::Status Validate() const;
  // The model's shape for a tokenizer of `vocab` tokens. REQUIRES: Validate() is ok.
  LlamaConfig Llama(int64_t vocab) const;
};

void AddKeys(KeyTable& table, const std::string& prefix, LanguageConfig& config);

// Ids of the tokens that config.json names; -1 for none.
struct SpecialTokens {
  int64_t bos = -1, eos = -1, pad = -1;
};

// Whether a shape from elsewhere can be built: sizes in range, heads that divide, finite constants. BadArtifact with
// one sentence.
absl::Status CheckLlamaConfig(const LlamaConfig& config);

// The config.json that transformers reads as LlamaForCausalLM, every value written out.
nlohmann::json ToHuggingFaceConfig(const LlamaConfig& config, const SpecialTokens& tokens);
// Reads one, from here or from elsewhere. BadArtifact naming the key for a missing or mistyped value, a size out of
// range (checked before anything is allocated) or a feature this decoder lacks (biases, scaled rotary positions, ...).
// Rotary positions may be described as "rope_theta" or as transformers 5 does, by "rope_parameters".
absl::StatusOr<LlamaConfig> FromHuggingFaceConfig(const nlohmann::json& json);

}  // namespace trivium
