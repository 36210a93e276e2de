// Tags, varints and lengths. See proto_fields.h.
#include "core/text/proto_fields.h"

#include <bit>
#include <cstring>
#include <limits>

namespace trivium {
namespace {

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

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendTag(uint64_t number, ProtoWire wire, std::string& out) {
  AppendVarint(number << 3 | static_cast<uint64_t>(wire), out);
}

}  // namespace

absl::Status WalkProto(std::string_view message, const std::function<absl::Status(const ProtoField&)>& visit) {
  while (!message.empty()) {
    uint64_t tag = 0;
    // Protocol buffers read a tag as 32 bits: a larger one would be another field for the library than it is here.
    if (!ReadVarint(message, &tag) || tag >> 3 == 0 || tag > std::numeric_limits<uint32_t>::max()) {
      return BadArtifact("not a protocol buffer");
    }
    ProtoField field;
    field.number = tag >> 3;
    field.wire = static_cast<ProtoWire>(tag & 7);
    uint64_t length = 0;
    switch (field.wire) {
      case ProtoWire::kVarint:
        if (!ReadVarint(message, &field.varint)) return BadArtifact("truncated number");
        break;
      case ProtoWire::kFixed64:
        length = 8;
        break;
      case ProtoWire::kFixed32:
        length = 4;
        break;
      case ProtoWire::kBytes:
        if (!ReadVarint(message, &length)) return BadArtifact("truncated length");
        break;
      default:
        return BadArtifact("not a protocol buffer");
    }
    if (length > message.size()) return BadArtifact("truncated field");
    field.bytes = message.substr(0, length);
    message.remove_prefix(length);
    RETURN_IF_ERROR(visit(field));
  }
  return absl::OkStatus();
}

void AppendProtoVarint(uint64_t number, uint64_t value, std::string& message) {
  AppendTag(number, ProtoWire::kVarint, message);
  AppendVarint(value, message);
}

void AppendProtoFloat(uint64_t number, float value, std::string& message) {
  static_assert(std::endian::native == std::endian::little, "protocol buffers store floats little-endian");
  AppendTag(number, ProtoWire::kFixed32, message);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  message.append(bytes, sizeof bytes);
}

void AppendProtoBytes(uint64_t number, std::string_view value, std::string& message) {
  AppendTag(number, ProtoWire::kBytes, message);
  AppendVarint(value.size(), message);
  message += value;
}

void AppendProtoField(const ProtoField& field, std::string& message) {
  if (field.wire == ProtoWire::kVarint) return AppendProtoVarint(field.number, field.varint, message);
  if (field.wire == ProtoWire::kBytes) return AppendProtoBytes(field.number, field.bytes, message);
  AppendTag(field.number, field.wire, message);
  message += field.bytes;
}

}  // namespace trivium
