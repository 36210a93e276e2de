// A fact is one sentence of knowledge: plain data, no weights, no gradient. The store interface is what the reader,
// `ask` and the editing commands see; ShardFile implements it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

struct Fact {
  std::string id;                         // first 16 hex digits of SHA-256(text) unless given
  std::string text;                       // one sentence, 1 byte to 64 kB of UTF-8 without control characters
  std::string subject, relation, object;  // optional triple
  double confidence = 1.0;                // a belief in (0, 1]; its logarithm is added to the attention score
  std::string shard;                      // name of the shard the fact lives in, "" for working memory
  std::string source;                     // where it came from: a file, a person, a URL
  std::string time;                       // ISO 8601 or empty; when it was written or became true

  bool operator==(const Fact&) const = default;
};

inline constexpr size_t kMaxFactBytes = 64 * 1024;

// The id a fact gets when none is given.
std::string FactId(const std::string& text);

// A fact from a bare sentence, with its id.
Fact MakeFact(const std::string& text);

// UsageError without a place ("the text is empty ..."); callers add file and line with Annotate.
absl::Status ValidateFact(const Fact& fact);

// Keeps facts in the order they were added. REQUIRES external synchronisation for writers.
class FactStore {
 public:
  virtual ~FactStore() = default;

  virtual std::vector<Fact> Facts() const = 0;
  virtual std::optional<Fact> Find(const std::string& id) const = 0;
  // Fills the id if empty. UsageError if the fact is invalid or the id is taken. Returns the id.
  virtual absl::StatusOr<std::string> Add(Fact fact) = 0;
  // New text under the same id; a triple, which describes the old text, is cleared. UsageError for an unknown id.
  virtual absl::Status Edit(const std::string& id, const std::string& text) = 0;
  virtual absl::Status Delete(const std::string& id) = 0;
  // Identity of the content; changes exactly when a fact, or the order of facts, does.
  virtual std::string Sha256() const = 0;
};

}  // namespace trivium
