// The documents of one text or JSONL file. Used by corpus.cc. Torch-free.
#pragma once

#include <functional>
#include <string>

#include "core/base/status.h"

namespace trivium {

struct CorpusFile {
  std::string path;          // .jsonl, .ndjson or .json, also compressed: one JSON object a line; else plain text
  std::string field;         // of a JSON object, holds the document
  std::string documents_by;  // plain text: line, blank_line or file
};

// Called with each document: not blank, UTF-8, begun with a space so that its first word is a word like all others.
// False: enough.
using DocumentFunction = std::function<bool(std::string document)>;

// UsageError naming file and line: as ReadTextLines, and for invalid UTF-8, bad JSON, a missing field.
absl::Status ReadDocuments(const CorpusFile& file, const DocumentFunction& document);

}  // namespace trivium
