// See corpus_report.h.
#include "stage1_language/corpus/corpus_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <unordered_set>

namespace trivium {
namespace {

constexpr size_t kZipfRanks = 1000;
constexpr size_t kTypesShown = 10;

std::vector<std::string> WhiteSpaceWords(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_space) word += c;
    if (is_space && !word.empty()) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

Lengths LengthsOf(std::vector<int64_t> counts) {
  if (counts.empty()) return {};
  std::sort(counts.begin(), counts.end());
  const auto at = [&](double share) {
    return counts[static_cast<size_t>(share * static_cast<double>(counts.size() - 1))];
  };
  double sum = 0;
  for (const int64_t count : counts) sum += static_cast<double>(count);
  return {.mean = sum / static_cast<double>(counts.size()),
          .min = counts.front(),
          .quarter = at(0.25),
          .median = at(0.5),
          .three_quarters = at(0.75),
          .p95 = at(0.95),
          .max = counts.back()};
}

double ZipfExponent(const std::vector<WordCount>& types) {
  const size_t n = std::min(types.size(), kZipfRanks);
  if (n < 2) return 0;
  double x = 0, y = 0, xx = 0, xy = 0;
  for (size_t i = 0; i < n; ++i) {
    const double rank = std::log(static_cast<double>(i + 1)), count = std::log(static_cast<double>(types[i].count));
    x += rank, y += count, xx += rank * rank, xy += rank * count;
  }
  const double items = static_cast<double>(n);
  return -(items * xy - x * y) / (items * xx - x * x);
}

nlohmann::json ToJson(const Lengths& lengths) {
  return {{"mean", lengths.mean},
          {"min", lengths.min},
          {"quarter", lengths.quarter},
          {"median", lengths.median},
          {"three_quarters", lengths.three_quarters},
          {"p95", lengths.p95},
          {"max", lengths.max}};
}

double Share(int64_t part, int64_t all) { return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0; }

std::string Number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}
std::string Percent(double share) { return Number(100 * share, 2) + " %"; }

std::string Render(const Lengths& lengths) {
  return "mean " + Number(lengths.mean, 1) + ", quartiles " + std::to_string(lengths.quarter) + " " +
         std::to_string(lengths.median) + " " + std::to_string(lengths.three_quarters) + ", 95 % up to " +
         std::to_string(lengths.p95) + ", longest " + std::to_string(lengths.max);
}

}  // namespace

CorpusReport DescribeCorpus(const Corpus& corpus, const Tokenizer& tokenizer) {
  CorpusReport report{.sources = corpus.sources, .sha256 = corpus.sha256};
  report.training = static_cast<int64_t>(corpus.training.size());
  report.held_out = static_cast<int64_t>(corpus.held_out.size());
  report.vocab = tokenizer.vocab_size();
  std::unordered_map<std::string, int64_t> counts;
  std::unordered_set<std::string> documents;
  std::vector<int64_t> words, tokens, uses(static_cast<size_t>(report.vocab));
  for (const std::string& document : corpus.training) {
    const std::vector<std::string> list = WhiteSpaceWords(document);
    const std::vector<int32_t> ids = tokenizer.Encode(document);
    for (const std::string& word : list) ++counts[word];
    for (const int32_t id : ids) ++uses[static_cast<size_t>(id)];
    words.push_back(static_cast<int64_t>(list.size()));
    tokens.push_back(static_cast<int64_t>(ids.size()));
    report.bytes += static_cast<int64_t>(document.size());
    report.words += words.back();
    report.tokens += tokens.back();
    documents.insert(document);
  }
  report.words_per_document = LengthsOf(std::move(words));
  report.tokens_per_document = LengthsOf(std::move(tokens));

  for (size_t id = 0; id < uses.size(); ++id) {
    if (uses[id] == 0) continue;
    ++report.pieces_used;
    const std::string piece = tokenizer.Piece(static_cast<int32_t>(id));
    if (piece.size() == 6 && piece.starts_with("<0x")) report.byte_pieces += uses[id];
  }
  for (const auto& [word, count] : counts) {
    report.types.push_back({word, count});
    if (tokenizer.Encode(" " + word).size() == 1) report.whole_words += count;
  }
  std::sort(report.types.begin(), report.types.end(), [](const WordCount& a, const WordCount& b) {
    return a.count != b.count ? a.count > b.count : a.word < b.word;
  });
  report.zipf_exponent = ZipfExponent(report.types);

  for (const std::string& document : corpus.held_out) {
    report.held_out_documents_known += documents.count(document) != 0;
    for (const std::string& word : WhiteSpaceWords(document)) {
      ++report.held_out_words;
      report.held_out_known += counts.count(word) != 0;
    }
  }
  return report;
}

nlohmann::json ToJson(const CorpusReport& report) {
  nlohmann::json sources = nlohmann::json::array();
  for (const CorpusSource& source : report.sources) {
    sources.push_back({{"name", source.name},
                       {"training", source.training},
                       {"held_out", source.held_out},
                       {"duplicates", source.duplicates}});
  }
  return {{"sha256", report.sha256},
          {"sources", sources},
          {"training_documents", report.training},
          {"held_out_documents", report.held_out},
          {"bytes", report.bytes},
          {"words", report.words},
          {"word_types", report.types.size()},
          {"tokens", report.tokens},
          {"words_per_document", ToJson(report.words_per_document)},
          {"tokens_per_document", ToJson(report.tokens_per_document)},
          {"zipf_exponent", report.zipf_exponent},
          {"vocab", report.vocab},
          {"pieces_used", report.pieces_used},
          {"bytes_per_token", Share(report.bytes, report.tokens)},
          {"tokens_per_word", Share(report.tokens, report.words)},
          {"byte_piece_share", Share(report.byte_pieces, report.tokens)},
          {"whole_word_share", Share(report.whole_words, report.words)},
          {"held_out_known_word_share", Share(report.held_out_known, report.held_out_words)},
          {"held_out_known_documents", report.held_out_documents_known}};
}

std::string Render(const CorpusReport& report) {
  std::string text = DescribeSources(report.sources) + "\n";
  const auto line = [&text](const std::string& name, const std::string& value) {
    text += name + std::string(name.size() < 22 ? 22 - name.size() : 1, ' ') + value + "\n";
  };
  line("documents", std::to_string(report.training) + " to train on, " + std::to_string(report.held_out) +
                        " held out (" + std::to_string(report.held_out_documents_known) +
                        " of these are training documents, too)");
  line("size", std::to_string(report.bytes) + " bytes, " + std::to_string(report.words) + " words, " +
                   std::to_string(report.tokens) + " tokens");
  line("words per document", Render(report.words_per_document));
  line("tokens per document", Render(report.tokens_per_document));
  line("word types", std::to_string(report.types.size()) + ", Zipf exponent " + Number(report.zipf_exponent, 2));
  std::string frequent;
  for (size_t i = 0; i < std::min(kTypesShown, report.types.size()); ++i) {
    frequent += (i == 0 ? "" : ", ") + report.types[i].word + " " + std::to_string(report.types[i].count);
  }
  line("most frequent", frequent);
  line("vocabulary", std::to_string(report.vocab) + " pieces, " + std::to_string(report.pieces_used) + " of them used");
  line("tokenizer", Number(Share(report.bytes, report.tokens), 3) + " bytes per token, " +
                        Number(Share(report.tokens, report.words), 3) + " tokens per word");
  line("coverage", Percent(Share(report.whole_words, report.words)) + " of running words are one piece, " +
                       Percent(Share(report.byte_pieces, report.tokens)) + " of tokens are single bytes");
  line("held-out words",
       Percent(Share(report.held_out_known, report.held_out_words)) + " of them stand in the training documents");
  line("sha256", report.sha256);
  return text;
}

std::string ZipfCsv(const CorpusReport& report) {
  std::string csv = "rank,count,word\n";
  for (size_t i = 0; i < report.types.size(); ++i) {
    std::string word = report.types[i].word;
    if (word.find_first_of(",\"") != std::string::npos) {
      for (size_t at = 0; (at = word.find('"', at)) != std::string::npos; at += 2) word.insert(at, 1, '"');
      word = "\"" + word + "\"";
    }
    csv += std::to_string(i + 1) + "," + std::to_string(report.types[i].count) + "," + word + "\n";
  }
  return csv;
}

}  // namespace trivium
