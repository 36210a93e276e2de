// See corpus.h: reads or generates documents, leaves out duplicates, and keeps some for evaluation.
#include "stage1_language/corpus/corpus.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/sha256.h"
#include "core/text/lexicon.h"
#include "core/text/spelling.h"
#include "core/text/wording.h"
#include "stage1_language/corpus/corpus_file.h"
#include "stage1_language/corpus/document_text.h"

namespace trivium {
namespace {

constexpr size_t kTokenizerDocuments = 4000;
constexpr int kLexiconWeight = 40;  // copies of each word: enough for BPE to merge it before rarer letter pairs

std::string GeneratedDocument(const CorpusConfig& config, const std::string& source, Rng& rng) {
  if (source == "reworded") return RewordedDocument(config.said_again, config.typical, rng);
  if (source == "wide") return WideDocument(config.said_again, config.typical, rng);
  return source == "constructed" ? ConstructedDocument(rng) : BuiltinDocument(rng);
}

// Takes the documents of one source after the other.
class Collector {
 public:
  // Generated documents are draws from a distribution; those of one generated source alone stay as they fell.
  explicit Collector(const CorpusConfig& config)
      : config_(config), deduplicates_(config.deduplicate && !(config.sources.empty() && IsGenerated(config.source))) {}

  absl::Status Read(const CorpusConfig::Source& source, const SeedTree& seeds) {
    documents_.clear();
    duplicates_ = 0;
    const auto enough = [&] { return source.cap > 0 && static_cast<int64_t>(documents_.size()) >= source.cap; };
    if (IsGenerated(source.name)) {
      const SeedTree branch = seeds.Child("corpus");
      for (int64_t i = 0; i < source.cap; ++i) {
        Rng rng = branch.Child(static_cast<uint64_t>(i)).MakeRng();
        Take(GeneratedDocument(config_, source.name, rng));
      }
    } else {
      RETURN_IF_ERROR(ReadDocuments({source.name, config_.field, config_.documents_by}, [&](std::string document) {
        if (config_.spelled) document = " " + SpellLines(document, {.lower_case = config_.lowercase});
        if (document != " ") Take(std::move(document));
        return !enough();
      }));
    }
    if (!documents_.empty()) return absl::OkStatus();
    if (duplicates_ == 0) return UsageError("the corpus " + source.name + " is empty: it holds no text");
    return UsageError("all documents of the corpus " + source.name + " stand in the sources before it, too; leave it" +
                      " away, or keep duplicates with corpus.deduplicate=false");
  }

  std::vector<std::string>& documents() { return documents_; }
  int64_t duplicates() const { return duplicates_; }

 private:
  void Take(std::string document) {
    if (config_.lowercase) LowerCase(&document);
    if (deduplicates_ && !met_.Insert(document)) {
      ++duplicates_;
    } else {
      documents_.push_back(std::move(document));
    }
  }

  const CorpusConfig& config_;
  const bool deduplicates_;
  DocumentSet met_;                     // in all sources
  std::vector<std::string> documents_;  // of the source that was read last
  int64_t duplicates_ = 0;
};

// A held-out document and where in its source it stood, 0 to 1.
using Placed = std::pair<double, std::string>;

}  // namespace

absl::StatusOr<Corpus> LoadCorpus(const CorpusConfig& config, SeedTree seeds) {
  RETURN_IF_ERROR(config.Validate());
  Corpus corpus;
  Collector collector(config);
  std::string digests;
  std::vector<Placed> held_out;
  for (const CorpusConfig::Source& source : config.Sources()) {
    RETURN_IF_ERROR(collector.Read(source, seeds));
    std::vector<std::string>& documents = collector.documents();
    CorpusSource counts{.name = source.name, .duplicates = collector.duplicates()};
    // Held out are documents spread evenly over the source, so that an ordered file is not split by topic, and at least
    // one where there are two.
    const auto count = static_cast<double>(documents.size());
    const double share = documents.size() < 2 ? 0 : std::max(config.held_out, config.held_out > 0 ? 1 / count : 0);
    for (size_t i = 0; i < documents.size(); ++i) {
      digests += Sha256Hex(documents[i]) + "\n";
      const auto before = static_cast<double>(i);
      if (std::floor((before + 1) * share + 1e-9) > std::floor(before * share + 1e-9)) {
        ++counts.held_out;
        held_out.emplace_back(before / count, std::move(documents[i]));
      } else {
        ++counts.training;
        corpus.training.push_back(std::move(documents[i]));
      }
    }
    corpus.sources.push_back(std::move(counts));
  }
  std::stable_sort(held_out.begin(), held_out.end(),
                   [](const Placed& a, const Placed& b) { return a.first < b.first; });
  for (Placed& placed : held_out) corpus.held_out.push_back(std::move(placed.second));
  corpus.sha256 = Sha256Hex(digests);
  return corpus;
}

std::string DescribeSources(const std::vector<CorpusSource>& sources) {
  std::string text;
  for (const CorpusSource& source : sources) {
    text +=
        (text.empty() ? "" : ", ") + std::to_string(source.training + source.held_out) + " documents of " + source.name;
    if (source.duplicates > 0) text += " (" + std::to_string(source.duplicates) + " duplicates left out)";
  }
  return text;
}

std::vector<std::string> TokenizerSentences(const CorpusConfig& config, const Corpus& corpus) {
  std::vector<std::string> sentences;
  const size_t stride = corpus.training.size() / kTokenizerDocuments + 1;
  for (size_t i = 0; i < corpus.training.size(); i += stride) sentences.push_back(corpus.training[i]);
  std::vector<std::string> words;
  const bool is_reworded = config.HasSource("reworded") || config.HasSource("wide");
  if (config.HasSource("builtin") || is_reworded) words = EnglishLexicon().AllWords();
  const auto add = [&words](const Wording& wording) {
    const std::vector<std::string> more = wording.AllWords();
    words.insert(words.end(), more.begin(), more.end());
  };
  if (is_reworded) add(EnglishWording());
  if (config.HasSource("constructed")) add(ConstructedWording());
  for (const std::string& word : words) {
    for (int i = 0; i < kLexiconWeight; ++i) sentences.push_back(" " + word);
  }
  return sentences;
}

}  // namespace trivium
