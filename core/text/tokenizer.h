// Text <-> token ids: SentencePiece BPE with byte fallback, identity normalisation and no dummy prefix, so that
// decoding is exact and `transformers` gives the same ids. Also the unit of a memory row: a word and its pieces.
// Thread-safe; copies share one model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

class KeyTable;
struct TokenizerPiece;

// More than the largest known tokenizer.model holds; a larger file is not read.
inline constexpr uint64_t kMaxTokenizerBytes = 256 << 20;

struct TokenizerConfig {
  int64_t vocab_size = 1600;  // upper bound; from 1,550 on every word of the built-in lexicon is one piece
  absl::Status Validate() const;
};
void AddKeys(KeyTable& table, const std::string& prefix, TokenizerConfig& config);

// One word of a sentence with its pieces; the pieces are those of " word", wherever the word stands.
struct Word {
  std::string text;
  std::vector<int32_t> pieces;
};

class Tokenizer {
 public:
  // Trains on sentences (each fed as given: begin it with a space if its first word should be a word like all others).
  // Numbers are kept apart digit by digit. The same sentences and config give the same bytes. UsageError if there is
  // nothing to train on.
  static absl::StatusOr<Tokenizer> Train(const std::vector<std::string>& sentences, const TokenizerConfig& config);
  // From the bytes of tokenizer.model, treated as hostile: BadArtifact.
  static absl::StatusOr<Tokenizer> FromBytes(const std::string& model);

  const std::string& bytes() const;  // what tokenizer.model holds
  int64_t vocab_size() const;
  int32_t unk() const;
  int32_t bos() const;
  int32_t eos() const;
  int32_t pad() const;  // eos if the model has no padding piece

  // Any bytes can be encoded: what no piece covers falls back to byte pieces, and invalid UTF-8 becomes U+FFFD.
  std::vector<int32_t> Encode(const std::string& text) const;
  // Exact inverse for valid UTF-8, but for U+2581, SentencePiece's own sign for a space. Ids outside the vocabulary are
  // skipped.
  std::string Decode(const std::vector<int32_t>& ids) const;
  // The text of a piece, with U+2581 for a space; "" for an unknown id.
  std::string Piece(int32_t id) const;
  // The piece with its score and kind (core/text/tokenizer_model.h). REQUIRES: an id of the vocabulary.
  TokenizerPiece PieceAt(int32_t id) const;
  // The whitespace-separated words of a sentence, each encoded as " " + word; of a joined name (kNameJoin) as the words
  // of it.
  std::vector<Word> EncodeWords(const std::string& sentence) const;
  // The inverse for one word: its pieces without the leading space.
  std::string DecodeWord(const std::vector<int32_t>& pieces) const;

 private:
  struct Shared;
  explicit Tokenizer(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace trivium
