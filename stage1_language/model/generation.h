// Text from a language model, token by token: greedy or sampled, one prompt or many, with cached keys and values.
// Used by `trivium stage1 generate`. Torch-free interface.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/config/key_table.h"
#include "core/text/tokenizer.h"

namespace trivium {

class LanguageModel;

struct GenerationConfig {
  int64_t max_new_tokens = 64;
  double temperature = 0.8;  // 0: always the likeliest token
  int64_t top_k = 0;         // sample among the k likeliest; 0: no limit
  double top_p = 1.0;        // sample among the likeliest that together reach p; 1: no limit
  bool cache = true;         // keep keys and values; false reads everything anew for each token, for the same text

  absl::Status Validate() const;
};

void AddKeys(KeyTable& table, const std::string& prefix, GenerationConfig& config);

struct Generation {
  std::vector<int32_t> ids;  // new tokens only, the stopping token excluded
  std::string text;          // their text
  std::string stop;          // "eos", "length" (max_new_tokens), "context" (the model's max_tokens) or "caller"
};

// One piece of new text at a time, always whole UTF-8 characters; false stops.
using OnText = std::function<bool(const std::string& piece)>;

// Continues `prompt`, read as a document is in training: bos, then its tokens with one space in front (characters the
// tokenizer doesn't know become bytes). UsageError if the prompt is not UTF-8 or leaves no room in the model's context.
// The same seed gives the same text.
absl::StatusOr<Generation> Generate(const LanguageModel& model, const Tokenizer& tokenizer, const std::string& prompt,
                                    const GenerationConfig& config, const SeedTree& seed, const OnText& on_text = {});

// Continues every prompt as Generate would continue it alone with the same seed, in the order given. Prompts of equal
// length in tokens run as one batch: rows of a batch need no padding then, and no masks.
absl::StatusOr<std::vector<Generation>> GenerateBatch(const LanguageModel& model, const Tokenizer& tokenizer,
                                                      const std::vector<std::string>& prompts,
                                                      const GenerationConfig& config, const SeedTree& seed);

// The next token from its logits [vocab]: the likeliest if temperature is 0, else a draw after top-k and top-p.
int32_t SampleToken(const std::vector<float>& logits, const GenerationConfig& config, Rng& rng);

}  // namespace trivium
