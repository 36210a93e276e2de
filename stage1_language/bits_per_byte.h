// How well a language model predicts text, in bits per byte of UTF-8: comparable across tokenizers.
// Used while stage 1 trains and by `trivium stage1 eval`. Torch-free header.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/text/tokenizer.h"

namespace trivium {

class LanguageModel;

struct BitsPerByte {
  double value = 0;          // sum of -log2 p(token) / bytes
  double low = 0, high = 0;  // 95 % interval over documents (normal approximation of the ratio)
  double perplexity = 0;     // per token
  int64_t documents = 0;
  int64_t tokens = 0;
  int64_t bytes = 0;
};

// {"bits_per_byte","low","high","perplexity","documents","tokens","bytes"}
nlohmann::json ToJson(const BitsPerByte& result);

// Every document is read from bos on; each of its tokens is predicted once. A document longer than the model's context
// is cut into pieces that each begin after bos. UsageError if there is no text.
absl::StatusOr<BitsPerByte> MeasureBitsPerByte(const LanguageModel& model, const Tokenizer& tokenizer,
                                               const std::vector<std::string>& documents);

}  // namespace trivium
