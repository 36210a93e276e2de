// A reader of just as much of the protocol buffer format as the checks need.
#include "core/text/tokenizer_walker.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <string>

#include "core/artifact/json_scan.h"

namespace trivium {
namespace {

constexpr int64_t kMaxPieces = 200'000;
constexpr size_t kMaxPieceBytes = 512;

// Field numbers of sentencepiece_model.proto.
enum ModelField { kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3, kDenormalizerSpec = 5 };
enum PieceField { kPieceText = 1, kPieceScore = 2, kPieceType = 3 };
enum PieceType { kNormal = 1, kUnknownPiece = 2, kControl = 3, kByte = 6 };
enum TrainerField { kModelType = 3, kWhitespaceAsSuffix = 24, kByteFallback = 35 };
enum NormalizerField {
  kPrecompiledCharsmap = 2,
  kAddDummyPrefix = 3,
  kRemoveExtraWhitespaces = 4,
  kEscapeWhitespaces = 5
};
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
constexpr uint64_t kBpe = 2;

absl::Status Bad(const std::string& what) { return BadArtifact("tokenizer model refused: " + what); }

bool ReadVarint(std::string_view& bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return true;
  }
  return false;
}

struct Field {
  uint64_t number = 0;
  int wire_type = 0;
  uint64_t varint = 0;     // the value, if wire_type is kVarint
  std::string_view bytes;  // the raw value otherwise
};

// Calls `visit` for each field of a message.
absl::Status WalkMessage(std::string_view bytes, const std::function<absl::Status(const Field&)>& visit) {
  while (!bytes.empty()) {
    uint64_t tag = 0;
    // Protocol buffers read a tag as 32 bits: a larger one would be another field for the library than it is here.
    if (!ReadVarint(bytes, &tag) || tag >> 3 == 0 || tag > std::numeric_limits<uint32_t>::max()) {
      return Bad("not a protocol buffer");
    }
    Field field;
    field.number = tag >> 3;
    field.wire_type = static_cast<int>(tag & 7);
    uint64_t length = 0;
    switch (field.wire_type) {
      case kVarint:
        if (!ReadVarint(bytes, &field.varint)) return Bad("truncated number");
        break;
      case kFixed64:
        length = 8;
        break;
      case kFixed32:
        length = 4;
        break;
      case kBytes:
        if (!ReadVarint(bytes, &length)) return Bad("truncated length");
        break;
      default:
        return Bad("not a protocol buffer");
    }
    if (length > bytes.size()) return Bad("truncated field");
    field.bytes = bytes.substr(0, length);
    bytes.remove_prefix(length);
    RETURN_IF_ERROR(visit(field));
  }
  return absl::OkStatus();
}

absl::Status CheckPieceField(const Field& field, bool* has_text) {
  switch (field.number) {
    case kPieceText:
      if (field.wire_type != kBytes || field.bytes.empty()) return Bad("an empty piece");
      if (field.bytes.size() > kMaxPieceBytes) return Bad("a piece of more than 512 bytes");
      if (!IsUtf8(field.bytes) || field.bytes.find('\0') != std::string_view::npos) {
        return Bad("a piece that is not UTF-8 text");
      }
      *has_text = true;
      return absl::OkStatus();
    case kPieceScore: {
      if (field.wire_type != kFixed32) return Bad("a score that is not a float");
      static_assert(std::endian::native == std::endian::little, "protocol buffers store floats little-endian");
      float score = 0;
      std::memcpy(&score, field.bytes.data(), sizeof score);
      return std::isfinite(score) ? absl::OkStatus() : Bad("a score that is not finite");
    }
    case kPieceType:
      if (field.wire_type != kVarint || (field.varint != kNormal && field.varint != kUnknownPiece &&
                                         field.varint != kControl && field.varint != kByte)) {
        return Bad("a user-defined, unused or unknown type of piece");
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

absl::Status CheckPiece(std::string_view piece) {
  bool has_text = false;
  RETURN_IF_ERROR(WalkMessage(piece, [&](const Field& field) { return CheckPieceField(field, &has_text); }));
  return has_text ? absl::OkStatus() : Bad("a piece without text");
}

// The numeric fields of a message; of a repeated one the last counts, as for the library.
absl::Status ReadNumbers(std::string_view message, std::map<uint64_t, uint64_t>* numbers) {
  return WalkMessage(message, [&](const Field& field) -> absl::Status {
    if (field.wire_type == kVarint) (*numbers)[field.number] = field.varint;
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
  if (numbers[kModelType] != kBpe) return Bad("it is no BPE model");
  if (numbers[kByteFallback] == 0) return Bad("it has no byte fallback; retrain it with byte_fallback=true");
  if (!IsFalse(numbers, kWhitespaceAsSuffix, false))
    return Bad("its words end in a space instead of beginning with one");
  return absl::OkStatus();
}

absl::Status CheckCharsmap(std::string_view message) {
  return WalkMessage(message, [](const Field& field) -> absl::Status {
    if (field.number != kPrecompiledCharsmap || (field.wire_type == kBytes && field.bytes.empty())) {
      return absl::OkStatus();
    }
    return Bad("it has a precompiled character map; retrain it with normalization_rule_name=identity");
  });
}

absl::Status CheckNormalizer(std::string_view message) {
  RETURN_IF_ERROR(CheckCharsmap(message));
  std::map<uint64_t, uint64_t> numbers;
  RETURN_IF_ERROR(ReadNumbers(message, &numbers));
  if (!IsFalse(numbers, kAddDummyPrefix, true)) return Bad("it adds a space; retrain it with add_dummy_prefix=false");
  if (!IsFalse(numbers, kRemoveExtraWhitespaces, true)) {
    return Bad("it drops spaces; retrain it with remove_extra_whitespaces=false");
  }
  if (IsFalse(numbers, kEscapeWhitespaces, true)) return Bad("it does not escape spaces");
  return absl::OkStatus();
}

}  // namespace

absl::Status WalkTokenizerModel(std::string_view model) {
  int64_t pieces = 0, trainers = 0, normalizers = 0;
  RETURN_IF_ERROR(WalkMessage(model, [&](const Field& field) -> absl::Status {
    const bool is_known = field.number == kPieces || field.number == kTrainerSpec || field.number == kNormalizerSpec ||
                          field.number == kDenormalizerSpec;
    if (!is_known) return absl::OkStatus();
    if (field.wire_type != kBytes) return Bad("not a SentencePiece model");
    switch (field.number) {
      case kPieces:
        if (++pieces > kMaxPieces) return Bad("more than 200,000 pieces");
        return CheckPiece(field.bytes);
      // The library merges repeated messages; a single one is what these checks read.
      case kTrainerSpec:
        return ++trainers > 1 ? Bad("two trainer specs") : CheckTrainer(field.bytes);
      case kNormalizerSpec:
        return ++normalizers > 1 ? Bad("two normaliser specs") : CheckNormalizer(field.bytes);
      default:
        return CheckCharsmap(field.bytes);
    }
  }));
  if (pieces == 0) return Bad("it has no pieces");
  if (trainers == 0 || normalizers == 0) return Bad("it has no trainer or normaliser spec");
  return absl::OkStatus();
}

}  // namespace trivium
