// Field numbers and values of sentencepiece_model.proto, as far as models are read and made here.
// Source: github.com/google/sentencepiece, src/sentencepiece_model.proto.
#pragma once

#include <cstdint>

namespace trivium::sentencepiece_fields {

enum ModelField { kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3, kDenormalizerSpec = 5 };
enum PieceField { kPieceText = 1, kPieceScore = 2, kPieceType = 3 };
enum PieceType { kNormal = 1, kUnknownPiece = 2, kControl = 3, kByte = 6 };
enum TrainerField { kModelType = 3, kVocabSize = 4, kWhitespaceAsSuffix = 24, kByteFallback = 35 };
enum NormalizerField {
  kName = 1,
  kPrecompiledCharsmap = 2,
  kAddDummyPrefix = 3,
  kRemoveExtraWhitespaces = 4,
  kEscapeWhitespaces = 5
};
inline constexpr uint64_t kBpe = 2;  // a model type

}  // namespace trivium::sentencepiece_fields
