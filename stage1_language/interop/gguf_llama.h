// What the keys and tensor names of a GGUF file mean for a Llama: config, tokenizer and names, both ways. Torch-free;
// interop_export and interop_import move the weights.
// Source: github.com/ggml-org/llama.cpp, conversion of LlamaForCausalLM and gguf-py's constants.
#pragma once

#include <string>

#include "core/base/status.h"
#include "core/nn/llama_config.h"
#include "core/text/tokenizer.h"
#include "stage1_language/interop/gguf.h"

namespace trivium {

// All keys of a float32 file: general.*, llama.*, tokenizer.ggml.* and, for a lossless way back, the bytes of
// tokenizer.model as trivium.tokenizer_model.
GgufKeys LlamaGgufKeys(const LlamaConfig& config, const Tokenizer& tokenizer, const std::string& name);

// BadArtifact naming the key for another architecture, a missing or odd value, or a feature this decoder lacks (scaled
// rotary positions, experts, heads of another width than embedding_length / head_count).
absl::StatusOr<LlamaConfig> LlamaConfigFromGguf(const GgufView& view);

// From trivium.tokenizer_model, which must agree with the vocabulary beside it, or else rebuilt from that vocabulary
// with the same ids. A file whose texts get a space in front (add_space_prefix, as most do) gives a tokenizer without:
// Trivium writes that space itself. BadArtifact for a tokenizer that is not SentencePiece BPE with byte fallback.
absl::StatusOr<Tokenizer> TokenizerFromGguf(const GgufView& view);

// The tensor's name in a GGUF file: "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight".
// REQUIRES: a name of LanguageModel::LlamaTensors.
std::string GgufTensorName(const std::string& llama_name);

// How often rows of a matrix come as heads whose channels GGUF keeps interleaved (channel i beside channel i + half)
// instead of in halves: `heads` for a query matrix, `kv_heads` for a key matrix, 0 for every other tensor.
int64_t InterleavedHeads(const std::string& llama_name, const LlamaConfig& config);

}  // namespace trivium
