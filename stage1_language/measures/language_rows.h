// The measures of a language model as rows of one table: perplexities, cloze tests and minimal pairs, each with its
// 95 % interval. `trivium stage1 eval` prints them for a trained and for an untrained model. Torch-free header.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/text/tokenizer.h"
#include "stage1_language/measures/bits_per_byte.h"
#include "stage1_language/measures/language_probes.h"

namespace trivium {

class LanguageModel;

struct LanguageRow {
  std::string measure;  // "bits per byte", "perplexity per token", "cloze top-1", "pairs", ...
  std::string source;   // what it was measured on: a file, "held out", "builtin pairs"
  std::string part;     // "all", or the term (with uid rows: "term/uid") that the row is limited to
  std::string model;    // "trained", "untrained"
  int64_t n = 0;        // documents, prompts or pairs
  double value = 0, low = 0, high = 0;
  bool is_share = false;  // shares are printed in per cent
};

// "bits per byte", "perplexity per token", "perplexity per word"; n counts documents.
std::vector<LanguageRow> RowsOf(const BitsPerByte& result, const std::string& source, const std::string& model_name);

// Share of pairs of which the model gives the good sentence the higher log-probability, summed over all tokens of the
// sentence (BLiMP's standard; sentences begin after bos, their end is not predicted). Likelihoods within 1e-4 nats tie
// and count half. Wilson intervals. Rows: all pairs, each term in order of appearance, then each "term/uid".
std::vector<LanguageRow> MeasurePairs(const LanguageModel& model, const Tokenizer& tokenizer,
                                      const std::vector<MinimalPair>& pairs, const std::string& source,
                                      const std::string& model_name);

// "cloze top-1": the first word of the greedy continuation is the target. "cloze top-5": the target is among the five
// most probable words (next_word.h). Words are compared by FirstWord, letter for letter. Wilson intervals. UsageError
// naming the item for a prompt that cannot be read.
absl::StatusOr<std::vector<LanguageRow>> MeasureCloze(const LanguageModel& model, const Tokenizer& tokenizer,
                                                      const std::vector<ClozeItem>& items, const std::string& source,
                                                      const std::string& model_name);

// {"measure","source","part","model","n","value","low","high"}
nlohmann::json ToJson(const LanguageRow& row);

// A plain-text table, shares in per cent, without the "term/uid" rows: those are for --json.
std::string RenderLanguageTable(const std::vector<LanguageRow>& rows);

}  // namespace trivium
