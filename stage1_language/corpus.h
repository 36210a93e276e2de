// The documents that stage 1 learns from: generated ones in the built-in English subset, or the user's text or JSONL.
// Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"

namespace trivium {

class KeyTable;

struct CorpusConfig {
  std::string source = "builtin";  // "builtin", "reworded", "constructed", or a path: .jsonl = one JSON object a line,
                                   // else one document a line
  std::string field = "text";      // the field of a JSON object that holds the document
  int64_t documents = 20000;       // documents to generate; for files: at most so many are read, 0 = all
  double held_out = 0.02;          // share of documents kept for evaluation
  double said_again = 0.45;        // of "reworded": share of documents that say facts again in other words
  absl::Status Validate() const;
};
void AddKeys(KeyTable& table, const std::string& prefix, CorpusConfig& config);

struct Corpus {
  std::vector<std::string> training, held_out;
  std::string sha256;  // of all documents in order
};

// UsageError names file and line: unreadable or empty file, invalid UTF-8, bad JSON, missing field.
absl::StatusOr<Corpus> LoadCorpus(const CorpusConfig& config, SeedTree seeds);

// One document of the built-in English subset: 2-8 sentences, each word preceded by a space. Facts are random,
// questions are never followed by their answer. Names from the whole lexicon, held-out ones too: the language knows all
// its words.
std::string BuiltinDocument(Rng& rng);
// The same with synonyms, paraphrases and inflection (core/text/data/english.wording), held-out wording too.
// `said_again` is the share of documents that say a few facts two or three times in other words.
std::string RewordedDocument(double said_again, Rng& rng);
// The same in the constructed language.
std::string ConstructedDocument(Rng& rng);

// Sentences for tokenizer training: the documents, and each lexicon word often enough to become a piece of its own.
std::vector<std::string> TokenizerSentences(const CorpusConfig& config, const Corpus& corpus);

}  // namespace trivium
