// The token ids of a list of documents: in memory, or in a file that is mapped into it and kept from run to run.
//   CACHE/tokens-HEX/ = tokens.bin, manifest.json   an artefact of kind "token_cache", see core/artifact
//   tokens.bin: magic, bytes per id (2 or 4), documents, tokens, bytes of text; documents + 1 offsets (all uint64,
//               little-endian); ids
// Each document is its ids behind a bos. Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/text/tokenizer.h"

namespace trivium {

// Immutable; copies share their ids.
class TokenStore {
 public:
  static TokenStore Encode(const std::vector<std::string>& documents, const Tokenizer& tokenizer);

  // From the cache, if it holds these documents in this tokenizer's ids; else encoded and put there. The key is the
  // SHA-256 of the documents, the tokenizer and the format; the file's own hash and every offset and id are checked
  // before it is used. What is damaged or foreign is made anew. Notes say what was done; a cache that cannot be written
  // costs a note, not the run.
  static TokenStore Cached(const std::filesystem::path& cache, const std::vector<std::string>& documents,
                           const Tokenizer& tokenizer, std::vector<std::string>* notes);

  int64_t documents() const { return documents_; }
  int64_t tokens() const { return tokens_; }  // with each document's bos
  // Where a document begins; of documents(): the end of the last. REQUIRES: 0 <= document <= documents().
  int64_t Begin(int64_t document) const { return static_cast<int64_t>(offsets_[document]); }
  // Adds `count` ids from `begin` on. REQUIRES: they exist.
  void Append(int64_t begin, int64_t count, std::vector<int64_t>* ids) const;
  // Bytes of text per token, bos not counted.
  double bytes_per_token() const { return bytes_per_token_; }
  bool is_mapped() const { return is_mapped_; }

 private:
  TokenStore() = default;
  // Reads the pointers out of `content` and checks everything. BadArtifact.
  static absl::StatusOr<TokenStore> Parse(std::shared_ptr<const void> owner, std::string_view content,
                                          const Tokenizer& tokenizer);
  static absl::StatusOr<TokenStore> Open(const std::filesystem::path& dir, const std::string& key,
                                         const Tokenizer& tokenizer);

  std::shared_ptr<const void> owner_;  // of the memory behind the pointers
  std::string_view content_;
  const uint64_t* offsets_ = nullptr;  // [documents + 1]
  const void* ids_ = nullptr;
  uint64_t id_bytes_ = 2;
  int64_t documents_ = 0, tokens_ = 0;
  double bytes_per_token_ = 1;
  bool is_mapped_ = false;
};

}  // namespace trivium
