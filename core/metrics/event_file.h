// TensorBoard's event file: protobuf records in TFRecord frames, encoded by hand (four messages, no dependency).
//   frame:  uint64 length, uint32 masked crc32c(length), payload, uint32 masked crc32c(payload); little-endian
//   Event:  1 wall_time double, 2 step int64, 3 file_version string, 5 Summary, 7 SessionLog
//   Summary.Value: 1 tag string, 2 simple_value float;  SessionLog: 1 status (START = 1)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trivium {

// CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected), as in RFC 3720 appendix B.4.
uint32_t Crc32c(std::string_view bytes);
// TFRecord's mask: ((crc >> 15) | (crc << 17)) + 0xa282ead8.
uint32_t MaskedCrc32c(std::string_view bytes);

// `wall_seconds`: seconds since 1970. Each returns one whole frame.
std::string VersionEvent(double wall_seconds);
std::string SessionStartEvent(double wall_seconds, int64_t step);
std::string ScalarsEvent(double wall_seconds, int64_t step, const std::vector<std::pair<std::string, double>>& values);

}  // namespace trivium
