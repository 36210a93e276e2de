// Log-probabilities of whole texts, many at once: what bits per byte and minimal pairs are made of. Torch-free header.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace trivium {

class LanguageModel;

struct TextScore {
  double nats = 0;     // -log P(text | bos), the end not included: documents are packed without an end token
  int64_t tokens = 0;  // predicted, each once
};

// Every text is read from bos on. One longer than the model's context is cut into pieces that each begin after bos.
// Texts of like length are read side by side, whatever their order; the results keep the order given.
std::vector<TextScore> ScoreTexts(const LanguageModel& model, const Tokenizer& tokenizer,
                                  const std::vector<std::string>& texts);

}  // namespace trivium
