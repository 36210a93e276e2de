// The keys of the section "corpus" and their rules. See corpus.h.
#include <algorithm>

#include "core/config/key_table.h"
#include "stage1_language/corpus/corpus.h"

namespace trivium {
namespace {

constexpr int64_t kLeastGenerated = 100;

absl::Status CheckLength(const std::string& key, size_t length, size_t sources) {
  if (length == 0 || length == sources) return absl::OkStatus();
  return UsageError("corpus." + key + " has " + std::to_string(length) + " entries, corpus.sources " +
                    std::to_string(sources) + "; give one for each source, or none");
}

}  // namespace

std::vector<CorpusConfig::Source> CorpusConfig::Sources() const {
  if (sources.empty()) return {{source, documents}};
  std::vector<Source> list;
  for (size_t i = 0; i < sources.size(); ++i) {
    const int64_t cap = caps.empty() ? 0 : caps[i];
    list.push_back({sources[i], cap == 0 && IsGenerated(sources[i]) ? documents : cap});
  }
  return list;
}

bool IsGenerated(const std::string& source) {
  return source == "builtin" || source == "reworded" || source == "wide" || source == "constructed";
}

bool CorpusConfig::HasSource(const std::string& name) const {
  return sources.empty() ? source == name : std::count(sources.begin(), sources.end(), name) > 0;
}

bool CorpusConfig::HasNoCapitals() const {
  const std::vector<Source> all = Sources();
  return lowercase || std::all_of(all.begin(), all.end(), [](const Source& one) { return IsGenerated(one.name); });
}

bool CorpusConfig::HasWordsOnly() const {
  const std::vector<Source> all = Sources();
  return spelled || std::all_of(all.begin(), all.end(), [](const Source& one) { return IsGenerated(one.name); });
}

std::string CorpusConfig::Name() const {
  if (sources.empty()) return source;
  std::string names;
  for (const std::string& name : sources) names += (names.empty() ? "" : ", ") + name;
  return names;
}

absl::Status CorpusConfig::Validate() const {
  if (!sources.empty() && source != "builtin") {
    return UsageError("corpus.source and corpus.sources are both set; put " + source +
                      " into the list corpus.sources, or leave the list away");
  }
  if (sources.empty() && !(weights.empty() && caps.empty())) {
    return UsageError(
        "corpus.weights and corpus.caps belong to the list corpus.sources, which is empty; a single corpus.source is "
        "limited by corpus.documents");
  }
  RETURN_IF_ERROR(CheckLength("weights", weights.size(), sources.size()));
  RETURN_IF_ERROR(CheckLength("caps", caps.size(), sources.size()));
  if (std::any_of(weights.begin(), weights.end(), [](double weight) { return !(weight > 0) || weight > 1e9; })) {
    return UsageError("corpus.weights must be above 0; leave a source away that shall not be trained on");
  }
  if (std::any_of(caps.begin(), caps.end(), [](int64_t cap) { return cap < 0; })) {
    return UsageError("corpus.caps must be 0 (all documents) or more");
  }
  if (documents_by != "line" && documents_by != "blank_line" && documents_by != "file") {
    return UsageError("corpus.documents_by is \"" + documents_by + "\"; choose line, blank_line or file");
  }
  for (const Source& each : Sources()) {
    if (each.name.empty()) {
      return UsageError("corpus.source is empty; use builtin or the path of a text or JSONL file");
    }
    if (!IsGenerated(each.name)) continue;
    if (each.cap < kLeastGenerated) {
      return UsageError("corpus.documents must be at least 100 for the " + each.name + " corpus");
    }
    if (std::count(sources.begin(), sources.end(), each.name) > 1) {
      return UsageError("corpus.sources names " + each.name + " twice; name it once, with a larger cap");
    }
  }
  if (!(held_out >= 0 && held_out <= 0.5)) return UsageError("corpus.held_out must lie between 0 and 0.5");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, const std::string& prefix, CorpusConfig& config) {
  table.Add(
      prefix + "source", &config.source,
      {.help =
           "What to learn from: 'builtin' (generated English subset), 'reworded' (the same with synonyms and "
           "paraphrases), 'wide' (that in about 2,000 more words), 'constructed' (a made-up regular language), or a path: .jsonl holds one JSON object a "
           "line, any other file plain text; either may be compressed (.gz, .xz, .zst, .bz2)."});
  table.Add(prefix + "field", &config.field, {.help = "Field of a JSON object that holds the text."});
  table.Add(prefix + "documents_by", &config.documents_by,
            {.help = "Plain text: each line is a document, or what lies between blank lines, or the whole file.",
             .choices = {"line", "blank_line", "file"}});
  table.Add(prefix + "documents", &config.documents,
            {.help = "Documents to generate, or the most to read from a file; 0 reads all.", .min = 0});
  table.Add(
      prefix + "said_again", &config.said_again,
      {.help =
           "Of 'reworded' and 'wide': share of documents that say a few facts again in other words; 0 also leaves out "
           "definitions.",
       .min = 0,
       .max = 0.9});
  table.Add(prefix + "typical", &config.typical,
            {.help = "Of 'reworded' and 'wide': share of documents that say which words go together, so that synonyms "
                     "occur in the same contexts.",
             .min = 0,
             .max = 0.9});
  table.Add(prefix + "held_out", &config.held_out,
            {.help = "Share of each source's documents kept for evaluation.", .min = 0, .max = 0.5});
  table.Add(prefix + "sources", &config.sources,
            {.help = "A mixture instead of corpus.source: a list of paths, generated ones among them if you like."});
  table.Add(prefix + "weights", &config.weights,
            {.help = "Share of each of corpus.sources in what is trained on; empty: in proportion to their length.",
             .min = 0});
  table.Add(prefix + "caps", &config.caps,
            {.help = "Most documents of each of corpus.sources; 0 or empty: all.", .min = 0});
  table.Add(prefix + "deduplicate", &config.deduplicate,
            {.help = "Leave out documents that occurred before, ignoring case and white space."});
  table.Add(prefix + "lowercase", &config.lowercase, {.help = "Lower-case the text."});
  table.Add(prefix + "spelled", &config.spelled,
            {.help = "Separate words and punctuation of files by spaces, as stage 2 reads questions and facts; "
                     "false: leave the text as it is."});
  table.Add(prefix + "cache", &config.cache,
            {.help = "Folder that keeps the token ids from run to run, mapped into memory; empty: none."});
}

}  // namespace trivium
