// Hand-written protobuf encoding of TensorBoard events. See event_file.h.
#include "core/metrics/event_file.h"

#include <array>
#include <cmath>
#include <cstring>

namespace trivium {
namespace {

// Field numbers and wire types of tensorboard/compat/proto/{event,summary}.proto.
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    table[i] = crc;
  }
  return table;
}

void AppendFixed(std::string* out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) *out += static_cast<char>((value >> (8 * i)) & 0xff);
}

void AppendVarint(std::string* out, uint64_t value) {
  while (value >= 0x80) {
    *out += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  *out += static_cast<char>(value);
}

void AppendTag(std::string* out, int field, WireType type) {
  AppendVarint(out, static_cast<uint64_t>(field << 3 | type));
}

void AppendBytes(std::string* out, int field, std::string_view bytes) {
  AppendTag(out, field, kBytes);
  AppendVarint(out, bytes.size());
  *out += bytes;
}

std::string EventHead(double wall_seconds, int64_t step) {
  std::string event;
  uint64_t bits = 0;
  std::memcpy(&bits, &wall_seconds, sizeof(bits));
  AppendTag(&event, 1, kFixed64);
  AppendFixed(&event, bits, 8);
  AppendTag(&event, 2, kVarint);
  AppendVarint(&event, static_cast<uint64_t>(step));
  return event;
}

std::string Frame(const std::string& payload) {
  std::string length;
  AppendFixed(&length, payload.size(), 8);
  std::string frame = length;
  AppendFixed(&frame, MaskedCrc32c(length), 4);
  frame += payload;
  AppendFixed(&frame, MaskedCrc32c(payload), 4);
  return frame;
}

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

uint32_t MaskedCrc32c(std::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

std::string VersionEvent(double wall_seconds) {
  std::string event = EventHead(wall_seconds, 0);
  AppendBytes(&event, 3, "brain.Event:2");
  return Frame(event);
}

std::string SessionStartEvent(double wall_seconds, int64_t step) {
  std::string log;
  AppendTag(&log, 1, kVarint);
  AppendVarint(&log, 1);
  std::string event = EventHead(wall_seconds, step);
  AppendBytes(&event, 7, log);
  return Frame(event);
}

std::string ScalarsEvent(double wall_seconds, int64_t step, const std::vector<std::pair<std::string, double>>& values) {
  std::string summary;
  for (const auto& [tag, number] : values) {
    if (!std::isfinite(number)) continue;
    std::string value;
    AppendBytes(&value, 1, tag);
    const float narrow = static_cast<float>(number);
    uint32_t bits = 0;
    std::memcpy(&bits, &narrow, sizeof(bits));
    AppendTag(&value, 2, kFixed32);
    AppendFixed(&value, bits, 4);
    AppendBytes(&summary, 1, value);
  }
  std::string event = EventHead(wall_seconds, step);
  AppendBytes(&event, 5, summary);
  return Frame(event);
}

}  // namespace trivium
