// How well a language model predicts text: bits per byte of UTF-8 and perplexity per word, comparable across
// tokenizers, and perplexity per token. Used while stage 1 trains and by `trivium stage1 eval`. Torch-free header.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/text/tokenizer.h"

namespace trivium {

class LanguageModel;

// exp(nats / units); 95 % interval as in BitsPerByte.
struct Perplexity {
  double value = 0, low = 0, high = 0;
};

struct BitsPerByte {
  double value = 0;          // sum of -log2 p(token) / bytes
  double low = 0, high = 0;  // 95 % bootstrap interval over documents (core/metrics/bootstrap.h), always the same draw
  Perplexity perplexity;     // per token
  Perplexity word_perplexity;  // per word, words being what white space parts: the nats of all tokens over the words
  int64_t documents = 0;
  int64_t tokens = 0;
  int64_t words = 0;
  int64_t bytes = 0;
};

// {"bits_per_byte","low","high","perplexity","perplexity_low","perplexity_high","word_perplexity",
//  "word_perplexity_low","word_perplexity_high","documents","tokens","words","bytes"}
nlohmann::json ToJson(const BitsPerByte& result);

// Every document is read from bos on; each of its tokens is predicted once. A document longer than the model's context
// is cut into pieces that each begin after bos. UsageError if there is no text.
absl::StatusOr<BitsPerByte> MeasureBitsPerByte(const LanguageModel& model, const Tokenizer& tokenizer,
                                               const std::vector<std::string>& documents);

}  // namespace trivium
