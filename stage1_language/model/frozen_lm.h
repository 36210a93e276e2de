// The sealed language model: an artefact on disk, a TextEncoder in memory. Stage 2 reads it and can't change it.
//   folder: config.json (Hugging Face Llama), model.safetensors, tokenizer.model, manifest.json (kind "frozen_lm")
// Loads in Python's transformers with equal logits. Written by `trivium stage1 freeze`.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/nn/text_encoder.h"
#include "core/text/tokenizer.h"
#include "stage1_language/model/language_model.h"

namespace trivium {

class FrozenLm : public TextEncoder {
 public:
  // Writes the artefact (replacing one that stands at `dir`). metadata (any JSON object: training data hash, config,
  // metrics) goes into the manifest, with "origin": "trained" unless it names another (kind() says it). UsageError if
  // the tokenizer has another vocabulary than the model; Failed for weights that are not finite.
  static absl::Status Seal(const LanguageModel& model, const Tokenizer& tokenizer, const std::filesystem::path& dir,
                           const nlohmann::json& metadata);

  // Verifies every hash first, then every size, name, shape and type. BadArtifact naming the file, key or tensor, or,
  // if there is nothing at `dir`, the line to type. The result is bit for bit what was sealed.
  static absl::StatusOr<std::shared_ptr<FrozenLm>> Load(const std::filesystem::path& dir);

  // The never-trained control: random weights, the same use. sha256() is what Seal would give it.
  static absl::StatusOr<std::shared_ptr<FrozenLm>> Random(const LanguageConfig& config, const Tokenizer& tokenizer,
                                                          const SeedTree& seed);

  // Writes this model as an artefact again (for Random's, and to copy one).
  absl::Status SealTo(const std::filesystem::path& dir) const;

  int64_t width() const override { return model_.config().width; }
  int64_t num_layers() const override { return model_.config().layers; }
  int64_t max_tokens() const override { return model_.config().max_tokens; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  // As the manifest says; where it says nothing, an imported model keeps capitals, and ours has none.
  Spelling spelling() const override { return spelling_; }
  // A text as the documents of the training are written: in words (SpellLines) unless it was trained on texts as they
  // are.
  std::string Typed(const std::string& text) const;
  bool reads_words() const { return reads_words_; }
  at::Tensor Embeddings() const override;
  at::Tensor HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const override;
  at::Tensor Surprisals(const at::Tensor& states, const at::Tensor& ids) const override;
  // The logits of the token after the last one: ids [items, tokens] int64 -> [items, vocab], without gradients.
  // Thread-safe: the same bits from any number of threads. REQUIRES: as HiddenStates, and no padding.
  at::Tensor NextLogits(const at::Tensor& ids) const;
  std::string sha256() const override { return sha256_; }
  const std::string& kind() const override { return kind_; }
  absl::Status CheckUnchanged() const override;
  absl::Status CheckNotAmong(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const override;

  // For generation and evaluation. Its weights take no gradients.
  const LanguageModel& model() const { return model_; }
  // The manifest's metadata.
  const nlohmann::json& metadata() const { return metadata_; }
  // Moves the weights; results then lie on that device. Not thread-safe.
  void MoveTo(at::Device device);

 private:
  // hashes: file name -> SHA-256
  FrozenLm(LanguageModel model, Tokenizer tokenizer, nlohmann::json metadata,
           std::map<std::string, std::string> hashes);

  LanguageModel model_;
  Tokenizer tokenizer_;
  nlohmann::json metadata_;
  std::string kind_;
  Spelling spelling_;
  bool reads_words_ = true;
  std::string sha256_;
  std::string weights_digest_;  // of the weights in memory when they were made
};

}  // namespace trivium
