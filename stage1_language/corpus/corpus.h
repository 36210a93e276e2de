// The documents that stage 1 learns from: generated ones in the built-in English subset, the user's text or JSONL, or a
// mixture of several such sources. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"

namespace trivium {

class KeyTable;

struct CorpusConfig {
  std::string source = "builtin";         // "builtin", "reworded", "wide", "constructed", or a path
  std::string field = "text";             // the field of a JSON object that holds the document
  std::string documents_by = "line";      // plain text: a document is a line, what blank_line parts, or the whole file
  int64_t documents = 20000;              // of `source`: to generate, or at most so many are read, 0 = all
  double held_out = 0.02;                 // share of each source's documents kept for evaluation
  std::vector<std::string> sources = {};  // a mixture, instead of `source`
  std::vector<double> weights = {};       // shares of what is trained on; empty: as long as the sources are
  std::vector<int64_t> caps = {};         // most documents of each, 0 or empty = all (generated: as `documents` says)
  bool deduplicate = true;                // leave out documents met before; one generated source alone is kept as it is
  bool lowercase = false;
  bool spelled = true;  // texts of files become words apart by spaces (core/text/spelling.h), as stage 2 reads them
  double said_again = 0.45;  // of "reworded" and "wide": share of documents that say facts again in other words
  double typical = 0.2;      // of the same: share of documents that say what goes with what
  std::string cache = {};    // folder for the token ids, "" = none; see token_store.h

  struct Source {
    std::string name;
    int64_t cap = 0;  // 0 = all
  };
  // One for `source`, or those of the mixture. REQUIRES: Validate() is ok.
  std::vector<Source> Sources() const;
  bool HasSource(const std::string& name) const;
  // Whether all documents are in small letters, and all in words apart by spaces. REQUIRES: Validate() is ok.
  bool HasNoCapitals() const;
  bool HasWordsOnly() const;
  // The sources' names, for messages.
  std::string Name() const;
  // UsageError naming the keys: source and sources both set, lists of different lengths, numbers out of range.
  absl::Status Validate() const;
};
void AddKeys(KeyTable& table, const std::string& prefix, CorpusConfig& config);

// builtin, reworded, wide and constructed: made by this program, not read from a file.
bool IsGenerated(const std::string& source);

// What a source gave.
struct CorpusSource {
  std::string name;
  int64_t training = 0, held_out = 0;  // documents
  int64_t duplicates = 0;              // documents left out
};

// Documents of all sources, each once: none in `held_out` is, up to case and white space, in `training` (unless
// config.deduplicate is off, or the corpus is one generated source alone).
struct Corpus {
  std::vector<std::string> training;  // source by source
  std::vector<std::string> held_out;  // the sources mixed evenly, so that any first part is a fair sample
  std::vector<CorpusSource> sources;
  std::string sha256;  // of all documents in order
};

// UsageError names file and line: unreadable, damaged or empty file, invalid UTF-8, bad JSON, missing field; or a
// source all of whose documents are duplicates.
absl::StatusOr<Corpus> LoadCorpus(const CorpusConfig& config, SeedTree seeds);

// "100 documents of a.txt (3 duplicates left out), ...".
std::string DescribeSources(const std::vector<CorpusSource>& sources);

// One document of the built-in English subset: 2-8 sentences, each word preceded by a space. Facts are random,
// questions are never followed by their answer. Names from the whole lexicon, held-out ones too: the language knows all
// its words.
std::string BuiltinDocument(Rng& rng);
// The same with synonyms, paraphrases and inflection (core/text/data/english.wording), held-out wording too.
// `said_again` is the share of documents that say a few facts two or three times in other words, `typical` that of
// documents in which words of one meaning keep the same company.
std::string RewordedDocument(double said_again, double typical, Rng& rng);
// Reworded documents, and as many stories in about 2,000 more words with their inflected forms (data/english.words).
std::string WideDocument(double said_again, double typical, Rng& rng);
// The same in the constructed language.
std::string ConstructedDocument(Rng& rng);

// Sentences for tokenizer training: the documents, and each lexicon word often enough to become a piece of its own.
std::vector<std::string> TokenizerSentences(const CorpusConfig& config, const Corpus& corpus);

}  // namespace trivium
