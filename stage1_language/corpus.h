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
  std::string source = "builtin";  // "builtin", or a path: .jsonl = one JSON object a line, else one document a line
  std::string field = "text";      // the field of a JSON object that holds the document
  int64_t documents = 20000;       // documents to generate; for files: at most so many are read, 0 = all
  double held_out = 0.02;          // share of documents kept for evaluation
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

// Sentences for tokenizer training: the documents, and each lexicon word often enough to become a piece of its own.
std::vector<std::string> TokenizerSentences(const CorpusConfig& config, const Corpus& corpus);

}  // namespace trivium
