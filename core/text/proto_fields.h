// The fields of a protocol buffer message, one by one, without a generated schema: just as much of the wire format as
// SentencePiece models need. Reading treats the bytes as hostile.
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace trivium {

enum class ProtoWire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct ProtoField {
  uint64_t number = 0;
  ProtoWire wire = ProtoWire::kVarint;
  uint64_t varint = 0;     // the value, if wire is kVarint
  std::string_view bytes;  // the raw value otherwise
};

// Calls `visit` for each field of a message and stops at its first error. BadArtifact for bytes that are no message.
absl::Status WalkProto(std::string_view message, const std::function<absl::Status(const ProtoField&)>& visit);

// Appends one field to `message`.
void AppendProtoVarint(uint64_t number, uint64_t value, std::string& message);
void AppendProtoFloat(uint64_t number, float value, std::string& message);
void AppendProtoBytes(uint64_t number, std::string_view value, std::string& message);
// Appends a field as it was read.
void AppendProtoField(const ProtoField& field, std::string& message);

}  // namespace trivium
