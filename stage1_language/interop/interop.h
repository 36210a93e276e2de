// Sealed language models to and from the forms that other programs read: a Hugging Face folder, a GGUF file.
// The weights are the same bit for bit both ways. Used by `trivium export` and `trivium import`. Torch-free interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

// Writes the sealed model at `sealed` as a folder for transformers: config.json, model.safetensors and tokenizer.model
// as they are sealed, tokenizer_config.json and generation_config.json. The folder appears whole or not at all;
// UsageError if something stands at `out`.
absl::Status ExportHuggingFace(const std::filesystem::path& sealed, const std::filesystem::path& out);

// Writes it as one GGUF file of float32 tensors for llama.cpp, whose query and key matrices have the channels of a head
// interleaved. Replaces a file at `out` in one step.
absl::Status ExportGguf(const std::filesystem::path& sealed, const std::filesystem::path& out);

struct ImportedModel {
  std::string format;  // "hf" or "gguf"
  int64_t weights = 0;
  std::string sha256;              // of the sealed model
  std::vector<std::string> notes;  // what is not as it was in the source
};

// Reads a Llama from elsewhere and seals it at `out`, with origin "imported" and the SHA-256 of the source's weights in
// its manifest. `source` is a folder with config.json, model.safetensors (or model.safetensors.index.json and the files
// it names) and tokenizer.model (SentencePiece BPE with byte fallback), or a GGUF file. Weights in float32, bfloat16 or
// float16 become float32. A tokenizer that puts a space in front of every text no longer does (Trivium writes that
// space itself); that is noted. BadArtifact naming file, key or tensor for whatever is missing, damaged or not
// supported; nothing is written then.
absl::StatusOr<ImportedModel> ImportModel(const std::filesystem::path& source, const std::filesystem::path& out);

}  // namespace trivium
