// The checks, field by field. See tokenizer_walker.h.
#include "core/text/tokenizer_walker.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <string>

#include "core/base/utf8.h"
#include "core/text/proto_fields.h"
#include "core/text/sentencepiece_fields.h"

namespace trivium {
namespace {

constexpr int64_t kMaxPieces = 200'000;
constexpr size_t kMaxPieceBytes = 512;

using namespace sentencepiece_fields;

absl::Status CheckPieceField(const ProtoField& field, bool* has_text) {
  switch (field.number) {
    case kPieceText:
      if (field.wire != ProtoWire::kBytes || field.bytes.empty()) return BadArtifact("an empty piece");
      if (field.bytes.size() > kMaxPieceBytes) return BadArtifact("a piece of more than 512 bytes");
      if (!IsUtf8(field.bytes) || field.bytes.find('\0') != std::string_view::npos) {
        return BadArtifact("a piece that is not UTF-8 text");
      }
      *has_text = true;
      return absl::OkStatus();
    case kPieceScore: {
      if (field.wire != ProtoWire::kFixed32) return BadArtifact("a score that is not a float");
      static_assert(std::endian::native == std::endian::little, "protocol buffers store floats little-endian");
      float score = 0;
      std::memcpy(&score, field.bytes.data(), sizeof score);
      return std::isfinite(score) ? absl::OkStatus() : BadArtifact("a score that is not finite");
    }
    case kPieceType:
      if (field.wire != ProtoWire::kVarint || (field.varint != kNormal && field.varint != kUnknownPiece &&
                                               field.varint != kControl && field.varint != kByte)) {
        return BadArtifact("a user-defined, unused or unknown type of piece");
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckPiece(std::string_view piece) {
  bool has_text = false;
  RETURN_IF_ERROR(WalkProto(piece, [&](const ProtoField& field) { return CheckPieceField(field, &has_text); }));
  return has_text ? absl::OkStatus() : BadArtifact("a piece without text");
}

// The numeric fields of a message; of a repeated one the last counts, as for the library.
absl::Status ReadNumbers(std::string_view message, std::map<uint64_t, uint64_t>* numbers) {
  return WalkProto(message, [&](const ProtoField& field) -> absl::Status {
    if (field.wire == ProtoWire::kVarint) (*numbers)[field.number] = field.varint;
    return absl::OkStatus();
  });
}

bool IsFalse(const std::map<uint64_t, uint64_t>& numbers, uint64_t field, bool absent_means) {
  const auto it = numbers.find(field);
  return it == numbers.end() ? !absent_means : it->second == 0;
}

absl::Status CheckTrainer(std::string_view message) {
  std::map<uint64_t, uint64_t> numbers;
  RETURN_IF_ERROR(ReadNumbers(message, &numbers));
  if (numbers[kModelType] != kBpe) return BadArtifact("it is no BPE model");
  if (numbers[kByteFallback] == 0) return BadArtifact("it has no byte fallback; retrain it with byte_fallback=true");
  if (!IsFalse(numbers, kWhitespaceAsSuffix, false))
    return BadArtifact("its words end in a space instead of beginning with one");
  return absl::OkStatus();
}

absl::Status CheckCharsmap(std::string_view message) {
  return WalkProto(message, [](const ProtoField& field) -> absl::Status {
    if (field.number != kPrecompiledCharsmap || (field.wire == ProtoWire::kBytes && field.bytes.empty())) {
      return absl::OkStatus();
    }
    return BadArtifact("it has a precompiled character map; retrain it with normalization_rule_name=identity");
  });
}

absl::Status CheckNormalizer(std::string_view message) {
  RETURN_IF_ERROR(CheckCharsmap(message));
  std::map<uint64_t, uint64_t> numbers;
  RETURN_IF_ERROR(ReadNumbers(message, &numbers));
  if (!IsFalse(numbers, kAddDummyPrefix, true))
    return BadArtifact("it adds a space; retrain it with add_dummy_prefix=false");
  if (!IsFalse(numbers, kRemoveExtraWhitespaces, true)) {
    return BadArtifact("it drops spaces; retrain it with remove_extra_whitespaces=false");
  }
  if (IsFalse(numbers, kEscapeWhitespaces, true)) return BadArtifact("it does not escape spaces");
  return absl::OkStatus();
}

absl::Status Walk(std::string_view model) {
  int64_t pieces = 0, trainers = 0, normalizers = 0;
  RETURN_IF_ERROR(WalkProto(model, [&](const ProtoField& field) -> absl::Status {
    const bool is_known = field.number == kPieces || field.number == kTrainerSpec || field.number == kNormalizerSpec ||
                          field.number == kDenormalizerSpec;
    if (!is_known) return absl::OkStatus();
    if (field.wire != ProtoWire::kBytes) return BadArtifact("not a SentencePiece model");
    switch (field.number) {
      case kPieces:
        if (++pieces > kMaxPieces) return BadArtifact("more than 200,000 pieces");
        return CheckPiece(field.bytes);
      // The library merges repeated messages; a single one is what these checks read.
      case kTrainerSpec:
        return ++trainers > 1 ? BadArtifact("two trainer specs") : CheckTrainer(field.bytes);
      case kNormalizerSpec:
        return ++normalizers > 1 ? BadArtifact("two normaliser specs") : CheckNormalizer(field.bytes);
      default:
        return CheckCharsmap(field.bytes);
    }
  }));
  if (pieces == 0) return BadArtifact("it has no pieces");
  if (trainers == 0 || normalizers == 0) return BadArtifact("it has no trainer or normaliser spec");
  return absl::OkStatus();
}

}  // namespace

absl::Status WalkTokenizerModel(std::string_view model) { return Annotate(Walk(model), "tokenizer model refused: "); }

}  // namespace trivium
