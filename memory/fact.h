// A fact is one sentence of knowledge: plain data, no weights, no gradient. Facts are kept in shards (shard.h).
#pragma once

#include <cstddef>
#include <string>

#include "core/base/status.h"

namespace trivium {

struct Fact {
  std::string id;                         // first 16 hex digits of SHA-256(text) unless given
  std::string text;                       // one sentence, 1 byte to 64 kB of UTF-8 without control characters
  std::string subject, relation, object;  // optional triple
  double confidence = 1.0;                // a belief in (0, 1]; its logarithm is added to the attention score
  std::string shard;                      // name of the shard the fact lives in, "" for working memory
  std::string source;                     // where it came from: a file, a person, a URL
  std::string time;                       // ISO 8601 or empty; when it became true
  std::string created, updated;           // ISO 8601, UTC; set by the shard it was added to

  bool operator==(const Fact&) const = default;
};

inline constexpr size_t kMaxFactBytes = 64 * 1024;

// The id a fact gets when none is given.
std::string FactId(const std::string& text);

// A fact from a bare sentence, with its id.
Fact MakeFact(const std::string& text);

// UsageError without a place ("the text is empty ..."); callers add file and line with Annotate.
absl::Status ValidateFact(const Fact& fact);

}  // namespace trivium
