// Field by field, as sentencepiece_model.proto numbers them. See tokenizer_model.h.
#include "core/text/tokenizer_model.h"

#include "core/text/proto_fields.h"
#include "core/text/sentencepiece_fields.h"
#include "core/text/tokenizer.h"

namespace trivium {
namespace {

using namespace sentencepiece_fields;

// The trainer's fields for one special piece: its id and its text. A negative id is written as protocol buffers write
// an int32: ten bytes.
struct SpecialField {
  uint64_t id_field, text_field;
  int32_t id;
};

}  // namespace

std::vector<TokenizerPiece> PiecesOf(const Tokenizer& tokenizer) {
  std::vector<TokenizerPiece> pieces;
  for (int64_t id = 0; id < tokenizer.vocab_size(); ++id) pieces.push_back(tokenizer.PieceAt(static_cast<int32_t>(id)));
  return pieces;
}

absl::StatusOr<std::string> BuildTokenizerModel(const std::vector<TokenizerPiece>& pieces,
                                                const SpecialPieces& special) {
  std::string model;
  for (const TokenizerPiece& piece : pieces) {
    std::string message;
    AppendProtoBytes(kPieceText, piece.text, message);
    AppendProtoFloat(kPieceScore, piece.score, message);
    AppendProtoVarint(kPieceType, static_cast<uint64_t>(piece.kind), message);
    AppendProtoBytes(kPieces, message, model);
  }
  std::string trainer;
  AppendProtoVarint(kModelType, kBpe, trainer);
  AppendProtoVarint(kVocabSize, pieces.size(), trainer);
  AppendProtoVarint(kByteFallback, 1, trainer);
  for (const SpecialField& field : {SpecialField{40, 45, special.unk}, SpecialField{41, 46, special.bos},
                                    SpecialField{42, 47, special.eos}, SpecialField{43, 48, special.pad}}) {
    AppendProtoVarint(field.id_field, static_cast<uint64_t>(int64_t{field.id}), trainer);
    if (field.id < 0) continue;
    if (static_cast<size_t>(field.id) >= pieces.size()) {
      return BadArtifact("special piece " + std::to_string(field.id) + " of a vocabulary of " +
                         std::to_string(pieces.size()));
    }
    AppendProtoBytes(field.text_field, pieces[static_cast<size_t>(field.id)].text, trainer);
  }
  AppendProtoBytes(kTrainerSpec, trainer, model);
  std::string normalizer;
  AppendProtoBytes(kName, "identity", normalizer);
  AppendProtoVarint(kAddDummyPrefix, 0, normalizer);
  AppendProtoVarint(kRemoveExtraWhitespaces, 0, normalizer);
  AppendProtoVarint(kEscapeWhitespaces, 1, normalizer);
  AppendProtoBytes(kNormalizerSpec, normalizer, model);
  return model;
}

absl::StatusOr<std::string> WithoutDummyPrefix(const std::string& model) {
  std::string changed;
  bool adds_prefix = false;
  RETURN_IF_ERROR(WalkProto(model, [&](const ProtoField& field) -> absl::Status {
    if (field.number != kNormalizerSpec || field.wire != ProtoWire::kBytes) {
      AppendProtoField(field, changed);
      return absl::OkStatus();
    }
    std::string normalizer;
    adds_prefix = true;  // the default of a spec that does not say
    RETURN_IF_ERROR(WalkProto(field.bytes, [&](const ProtoField& inner) -> absl::Status {
      if (inner.number == kAddDummyPrefix) {
        adds_prefix = inner.varint != 0;
      } else {
        AppendProtoField(inner, normalizer);
      }
      return absl::OkStatus();
    }));
    AppendProtoVarint(kAddDummyPrefix, 0, normalizer);
    AppendProtoBytes(kNormalizerSpec, normalizer, changed);
    return absl::OkStatus();
  }));
  return adds_prefix ? changed : model;
}

}  // namespace trivium
