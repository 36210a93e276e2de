// The lines of a text file, plain or compressed (.gz, .xz, .zst, .bz2), read in blocks through libarchive.
// What a file is compressed with is seen from its content. Torch-free.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace trivium {

// What a file may unpack to. Text shrinks to a third or a tenth; a few kilobytes that become gigabytes are an attack.
struct TextLimits {
  uint64_t most_bytes = uint64_t{8} << 30;      // decompressed
  uint64_t trusted_bytes = uint64_t{64} << 20;  // up to here the ratio does not matter
  double most_ratio = 250;                      // decompressed / compressed
};

// Called with each line, without its end ("\n" or "\r\n") and without a byte order mark, and its number from 1. False
// stops the reading: what follows is not looked at.
using LineFunction = std::function<absl::StatusOr<bool>(std::string_view line, int64_t number)>;

// UsageError, naming the file and, where there is one, the line: a file that cannot be opened or is no regular file, is
// named like a compressed one and is none, is cut off or damaged, or unpacks to more than `limits`. xz, bzip2 and zstd
// notice every changed byte by their checksums; libarchive does not look at gzip's.
absl::Status ReadTextLines(const std::filesystem::path& path, const TextLimits& limits, const LineFunction& line);

// The name without the ending of a compressed file: "a.jsonl" for "a.jsonl.xz".
std::string WithoutCompression(const std::string& name);

}  // namespace trivium
