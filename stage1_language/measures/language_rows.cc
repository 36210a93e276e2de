// See language_rows.h.
#include "stage1_language/measures/language_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/cli/console.h"
#include "core/metrics/result_row.h"
#include "stage1_language/measures/next_word.h"
#include "stage1_language/measures/text_scores.h"
#include "stage1_language/tokens/word_pieces.h"

namespace trivium {
namespace {

constexpr double kTieNats = 1e-4;  // what float32 leaves uncertain in a sentence

LanguageRow ShareRow(const std::string& measure, const std::string& part, double good, int64_t n) {
  const double share = n > 0 ? good / static_cast<double>(n) : 0.0;
  const Interval interval = WilsonOfShare(share, n);
  return {.measure = measure,
          .source = {},
          .part = part,
          .model = {},
          .n = n,
          .value = share,
          .low = interval.low,
          .high = interval.high,
          .is_share = true};
}

struct Count {
  std::string part;
  double good = 0;
  int64_t n = 0;
};

void Add(const std::string& part, double good, std::vector<Count>* counts) {
  auto at = std::find_if(counts->begin(), counts->end(), [&](const Count& count) { return count.part == part; });
  if (at == counts->end()) at = counts->insert(at, Count{.part = part});
  at->good += good;
  at->n += 1;
}

std::string Number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

// Bits per byte to four digits, perplexities and per cents to one or two.
std::string Shown(const LanguageRow& row, double value) {
  if (row.is_share) return Number(100 * value, 1) + " %";
  return Number(value, row.measure == "bits per byte" ? 4 : 2);
}

void Name(const std::string& source, const std::string& model_name, std::vector<LanguageRow>* rows) {
  for (LanguageRow& row : *rows) {
    row.source = source;
    row.model = model_name;
  }
}

// Sentences are read as documents are: each word with a space before it.
std::string AsDocument(const std::string& text) { return text.starts_with(' ') ? text : " " + text; }

}  // namespace

std::vector<LanguageRow> RowsOf(const BitsPerByte& result, const std::string& source, const std::string& model_name) {
  const auto row = [&](const std::string& measure, double value, double low, double high) {
    return LanguageRow{.measure = measure,
                       .source = source,
                       .part = "all",
                       .model = model_name,
                       .n = result.documents,
                       .value = value,
                       .low = low,
                       .high = high};
  };
  const auto perplexity = [&](const std::string& unit, const Perplexity& figures) {
    return row("perplexity per " + unit, figures.value, figures.low, figures.high);
  };
  return {row("bits per byte", result.value, result.low, result.high), perplexity("token", result.perplexity),
          perplexity("word", result.word_perplexity)};
}

std::vector<LanguageRow> MeasurePairs(const LanguageModel& model, const Tokenizer& tokenizer,
                                      const std::vector<MinimalPair>& pairs, const std::string& source,
                                      const std::string& model_name) {
  std::vector<std::string> texts;
  for (const MinimalPair& pair : pairs) {
    texts.push_back(AsDocument(pair.good));
    texts.push_back(AsDocument(pair.bad));
  }
  const std::vector<TextScore> scores = ScoreTexts(model, tokenizer, texts);
  Count all{.part = "all"};
  std::vector<Count> terms, paradigms;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const double gain = scores[2 * i + 1].nats - scores[2 * i].nats;
    const double good = std::abs(gain) <= kTieNats ? 0.5 : gain > 0 ? 1.0 : 0.0;
    all.good += good;
    all.n += 1;
    if (!pairs[i].term.empty()) Add(pairs[i].term, good, &terms);
    if (!pairs[i].uid.empty()) Add(pairs[i].term + "/" + pairs[i].uid, good, &paradigms);
  }
  std::vector<LanguageRow> rows = {ShareRow("pairs", all.part, all.good, all.n)};
  for (const Count& count : terms) rows.push_back(ShareRow("pairs", count.part, count.good, count.n));
  for (const Count& count : paradigms) rows.push_back(ShareRow("pairs", count.part, count.good, count.n));
  Name(source, model_name, &rows);
  return rows;
}

absl::StatusOr<std::vector<LanguageRow>> MeasureCloze(const LanguageModel& model, const Tokenizer& tokenizer,
                                                      const std::vector<ClozeItem>& items, const std::string& source,
                                                      const std::string& model_name) {
  const WordPieces pieces(tokenizer);
  int64_t first = 0, among = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const absl::StatusOr<NextWord> next = PredictNextWord(model, tokenizer, pieces, items[i].prompt);
    if (!next.ok()) return Annotate(next.status(), source + ", item " + std::to_string(i + 1) + ": ");
    const std::string target = FirstWord(items[i].target);
    first += next->greedy == target;
    among += std::any_of(next->likeliest.begin(), next->likeliest.end(),
                         [&](const WordChance& chance) { return chance.word == target; });
  }
  const auto n = static_cast<int64_t>(items.size());
  std::vector<LanguageRow> rows = {ShareRow("cloze top-1", "all", static_cast<double>(first), n),
                                   ShareRow("cloze top-5", "all", static_cast<double>(among), n)};
  Name(source, model_name, &rows);
  return rows;
}

nlohmann::json ToJson(const LanguageRow& row) {
  return {{"measure", row.measure}, {"source", row.source}, {"part", row.part}, {"model", row.model}, {"n", row.n},
          {"value", row.value},     {"low", row.low},       {"high", row.high}};
}

std::string RenderLanguageTable(const std::vector<LanguageRow>& rows) {
  std::vector<std::vector<std::string>> lines;
  for (const LanguageRow& row : rows) {
    if (row.part.find('/') != std::string::npos) continue;
    lines.push_back({row.measure, row.source, row.part, row.model, std::to_string(row.n), Shown(row, row.value),
                     Shown(row, row.low) + " - " + Shown(row, row.high)});
  }
  return FormatTable({"measure", "of", "part", "model", "n", "value", "95 % interval"}, lines);
}

}  // namespace trivium
