// See corpus.h: reads or generates documents, checks them, and keeps some for evaluation.
#include "stage1_language/corpus.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/base/sha256.h"
#include "core/config/key_table.h"
#include "core/text/lexicon.h"
#include "core/text/wording.h"

namespace trivium {
namespace {

constexpr uint64_t kMaxCorpusBytes = uint64_t{8} << 30;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kTokenizerDocuments = 4000;
constexpr int kLexiconWeight = 40;  // copies of each word: enough for BPE to merge it before rarer letter pairs

bool IsGenerated(const std::string& source) {
  return source == "builtin" || source == "reworded" || source == "constructed";
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

// Offset of the first byte that is not part of well-formed UTF-8.
size_t FirstBadByte(std::string_view text) {
  size_t good = 0;
  while (good < text.size()) {
    size_t length = 1;
    while (length <= 4 && !IsUtf8(text.substr(good, length))) ++length;
    if (length > 4) break;
    good += length;
  }
  return good;
}

absl::StatusOr<std::string> TextOfJson(const std::string& line, const std::string& field, const std::string& where) {
  const absl::StatusOr<nlohmann::json> object = ParseStrictJson(line);
  if (!object.ok()) return UsageError(where + ": not a line of JSON: " + Message(object.status()));
  if (!object->is_object())
    return UsageError(where + ": a JSON object is needed, for example {\"" + field + "\": \"...\"}");
  const auto text = object->find(field);
  if (text == object->end()) {
    std::vector<std::string> fields;
    for (const auto& [name, value] : object->items()) fields.push_back(name);
    const std::string near = Nearest(field, fields);
    return UsageError(where + ": field \"" + field + "\" is missing" +
                      (near.empty() ? "" : "; did you mean corpus.field=" + near + "?") +
                      " (corpus.field names the field that holds the text)");
  }
  if (!text->is_string()) return UsageError(where + ": field \"" + field + "\" is not a string");
  return text->get<std::string>();
}

absl::StatusOr<std::vector<std::string>> ReadDocuments(const CorpusConfig& config) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(config.source, kMaxCorpusBytes));
  const bool is_json = config.source.ends_with(".jsonl") || config.source.ends_with(".json");
  std::vector<std::string> documents;
  size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  for (int64_t number = 1; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string document = text.substr(begin, end - begin);
    begin = end + 1;
    if (!document.empty() && document.back() == '\r') document.pop_back();
    const std::string where = config.source + ":" + std::to_string(number);
    if (!IsUtf8(document)) {
      return UsageError(where + ": byte " + std::to_string(FirstBadByte(document) + 1) +
                        " is not UTF-8; convert the file, for example: iconv -f LATIN1 -t UTF-8 FILE");
    }
    if (IsBlank(document)) continue;
    if (is_json) {
      ASSIGN_OR_RETURN(document, TextOfJson(document, config.field, where));
      if (IsBlank(document)) continue;
    }
    documents.push_back(document.front() == ' ' ? document : " " + document);
    if (config.documents > 0 && static_cast<int64_t>(documents.size()) >= config.documents) break;
  }
  if (documents.empty()) return UsageError("the corpus " + config.source + " is empty: it holds no text");
  return documents;
}

}  // namespace

absl::Status CorpusConfig::Validate() const {
  if (source.empty()) return UsageError("corpus.source is empty; use builtin or the path of a text or JSONL file");
  if (IsGenerated(source) && documents < 100)
    return UsageError("corpus.documents must be at least 100 for the " + source + " corpus");
  if (held_out < 0 || held_out > 0.5) return UsageError("corpus.held_out must lie between 0 and 0.5");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, const std::string& prefix, CorpusConfig& config) {
  table.Add(
      prefix + "source", &config.source,
      {.help = "What to learn from: 'builtin' (generated English subset), 'reworded' (the same with synonyms and "
               "paraphrases), 'constructed' (a made-up regular language), or a path: .jsonl holds one JSON object a "
               "line, any other file one document a line."});
  table.Add(prefix + "field", &config.field, {.help = "Field of a JSON object that holds the text."});
  table.Add(prefix + "documents", &config.documents,
            {.help = "Documents to generate (builtin), or the most to read from a file; 0 reads all.", .min = 0});
  table.Add(prefix + "said_again", &config.said_again,
            {.help = "Of 'reworded': share of documents that say a few facts again in other words; 0 also leaves out "
                     "definitions.",
             .min = 0,
             .max = 0.9});
  table.Add(prefix + "held_out", &config.held_out,
            {.help = "Share of the documents kept for evaluation.", .min = 0, .max = 0.5});
}

absl::StatusOr<Corpus> LoadCorpus(const CorpusConfig& config, SeedTree seeds) {
  RETURN_IF_ERROR(config.Validate());
  std::vector<std::string> documents;
  if (IsGenerated(config.source)) {
    const SeedTree branch = seeds.Child("corpus");
    for (int64_t i = 0; i < config.documents; ++i) {
      Rng rng = branch.Child(static_cast<uint64_t>(i)).MakeRng();
      documents.push_back(config.source == "builtin"    ? BuiltinDocument(rng)
                          : config.source == "reworded" ? RewordedDocument(config.said_again, rng)
                                                        : ConstructedDocument(rng));
    }
  } else {
    ASSIGN_OR_RETURN(documents, ReadDocuments(config));
  }
  Corpus corpus;
  std::string digests;
  // Held out are documents spread evenly over the corpus, so that an ordered file is not split by topic, and at least
  // one where there are two.
  const auto count = static_cast<double>(documents.size());
  const double share = documents.size() < 2 ? 0 : std::max(config.held_out, config.held_out > 0 ? 1 / count : 0);
  for (size_t i = 0; i < documents.size(); ++i) {
    digests += Sha256Hex(documents[i]) + "\n";
    const auto before = static_cast<double>(i);
    const bool is_held_out = std::floor((before + 1) * share + 1e-9) > std::floor(before * share + 1e-9);
    (is_held_out ? corpus.held_out : corpus.training).push_back(std::move(documents[i]));
  }
  corpus.sha256 = Sha256Hex(digests);
  return corpus;
}

std::vector<std::string> TokenizerSentences(const CorpusConfig& config, const Corpus& corpus) {
  std::vector<std::string> sentences;
  const size_t stride = corpus.training.size() / kTokenizerDocuments + 1;
  for (size_t i = 0; i < corpus.training.size(); i += stride) sentences.push_back(corpus.training[i]);
  if (IsGenerated(config.source)) {
    std::vector<std::string> words;
    if (config.source != "constructed") words = EnglishLexicon().AllWords();
    if (config.source != "builtin") {
      const Wording& wording = config.source == "reworded" ? EnglishWording() : ConstructedWording();
      for (const std::string& word : wording.AllWords()) words.push_back(word);
    }
    for (const std::string& word : words) {
      for (int i = 0; i < kLexiconWeight; ++i) sentences.push_back(" " + word);
    }
  }
  return sentences;
}

}  // namespace trivium
