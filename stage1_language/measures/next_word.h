// The next word that a language model expects after a prompt, which may take several tokens: the greedy one and the
// likeliest few by a beam search. For cloze tests. Torch-free header.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/text/tokenizer.h"
#include "stage1_language/tokens/word_pieces.h"

namespace trivium {

class LanguageModel;

struct NextWordConfig {
  size_t words = 5;         // wanted
  int64_t beam = 16;        // open words followed at a time
  int64_t max_tokens = 12;  // longest word; what is longer is cut there
};

struct WordChance {
  std::string word;
  double log_probability = 0;
};

struct NextWord {
  std::string greedy;                 // the first word of the greedy continuation; "" if it has none
  std::vector<WordChance> likeliest;  // most probable first, all different
};

// P(word) = P(its tokens) * P(the token after them ends it), summed over the token sequences of one word that the beam
// met, so a lower bound. The prompt is read as a document: bos, then the text with one space in front; of a prompt that
// leaves no room in the model's context the beginning is dropped. UsageError if the prompt is not UTF-8.
absl::StatusOr<NextWord> PredictNextWord(const LanguageModel& model, const Tokenizer& tokenizer,
                                         const WordPieces& pieces, const std::string& prompt,
                                         const NextWordConfig& config = {});

}  // namespace trivium
