// SentencePiece models taken apart and put together, for formats that keep a vocabulary in another form (GGUF), and
// for models from elsewhere. What is made here still goes through Tokenizer::FromBytes, which checks all of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

class Tokenizer;

// The numbers are SentencePiece's own, and GGUF's.
enum class PieceKind { kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6 };

struct TokenizerPiece {
  std::string text;    // with U+2581 for a space
  float score = 0.0f;  // of two pieces that overlap the one with the higher score is merged first
  PieceKind kind = PieceKind::kNormal;
};

// Every piece, by id.
std::vector<TokenizerPiece> PiecesOf(const Tokenizer& tokenizer);

// Ids of the pieces with a meaning of their own; -1 for none.
struct SpecialPieces {
  int32_t unk = -1, bos = -1, eos = -1, pad = -1;
};

// The bytes of a model with these pieces: BPE with byte fallback, identity normalisation, no dummy prefix. Gives the
// same ids as the model that the pieces were taken from. BadArtifact for a special id that is no piece.
absl::StatusOr<std::string> BuildTokenizerModel(const std::vector<TokenizerPiece>& pieces,
                                                const SpecialPieces& special);

// The same model without SentencePiece's dummy prefix, if it has one (most models from elsewhere do: they put a space
// in front of every text, which Trivium writes itself): what it made of "text" it now makes of " text". The bytes
// themselves if there is nothing to change. BadArtifact for bytes that are no protocol buffer.
absl::StatusOr<std::string> WithoutDummyPrefix(const std::string& model);

}  // namespace trivium
