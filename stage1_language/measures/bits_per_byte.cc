// See bits_per_byte.h.
#include "stage1_language/measures/bits_per_byte.h"

#include <cmath>
#include <numbers>

#include "core/metrics/bootstrap.h"
#include "core/text/sentences.h"
#include "stage1_language/measures/text_scores.h"

namespace trivium {
namespace {

constexpr uint64_t kIntervalSeed = 1;

// The sum of nats over the sum of units (bytes, tokens or words), with its interval.
struct NatsPerUnit {
  double value = 0;
  Interval interval;
};

NatsPerUnit Ratio(const std::vector<double>& nats, const std::vector<double>& units) {
  double above = 0, below = 0;
  for (const double value : nats) above += value;
  for (const double value : units) below += value;
  return {above / below, BootstrapRatio(nats, units, SeedTree(kIntervalSeed))};
}

Perplexity Exp(const NatsPerUnit& ratio) {
  return {std::exp(ratio.value), std::exp(ratio.interval.low), std::exp(ratio.interval.high)};
}

}  // namespace

nlohmann::json ToJson(const BitsPerByte& result) {
  return {{"bits_per_byte", result.value},
          {"low", result.low},
          {"high", result.high},
          {"perplexity", result.perplexity.value},
          {"perplexity_low", result.perplexity.low},
          {"perplexity_high", result.perplexity.high},
          {"word_perplexity", result.word_perplexity.value},
          {"word_perplexity_low", result.word_perplexity.low},
          {"word_perplexity_high", result.word_perplexity.high},
          {"documents", result.documents},
          {"tokens", result.tokens},
          {"words", result.words},
          {"bytes", result.bytes}};
}

absl::StatusOr<BitsPerByte> MeasureBitsPerByte(const LanguageModel& model, const Tokenizer& tokenizer,
                                               const std::vector<std::string>& documents) {
  const std::vector<TextScore> scores = ScoreTexts(model, tokenizer, documents);
  BitsPerByte result;
  std::vector<double> nats, bytes, tokens, words;
  for (size_t i = 0; i < documents.size(); ++i) {
    const auto word_count = static_cast<int64_t>(SplitWords(documents[i]).size());
    if (word_count == 0) continue;  // nothing was said
    nats.push_back(scores[i].nats);
    bytes.push_back(static_cast<double>(documents[i].size()));
    tokens.push_back(static_cast<double>(scores[i].tokens));
    words.push_back(static_cast<double>(word_count));
    result.documents += 1;
    result.bytes += static_cast<int64_t>(documents[i].size());
    result.tokens += scores[i].tokens;
    result.words += word_count;
  }
  if (result.words == 0) return UsageError("there is no text to measure");
  const NatsPerUnit per_byte = Ratio(nats, bytes);
  result.value = per_byte.value / std::numbers::ln2;
  result.low = per_byte.interval.low / std::numbers::ln2;
  result.high = per_byte.interval.high / std::numbers::ln2;
  result.perplexity = Exp(Ratio(nats, tokens));
  result.word_perplexity = Exp(Ratio(nats, words));
  return result;
}

}  // namespace trivium
