// The safetensors format over bytes: 8-byte little-endian header length, JSON header, then the tensors' data.
// Stricter than the reference reader (see core/artifact/README.md): a file that parses here parses there, not always
// the other way round. Knows no torch and opens no file, so it can be fuzzed; core/train/tensor_io makes the tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace trivium {

// Element types, by the format's names F32 F64 I64 I32 U8 BOOL BF16 F16.
enum class DType { kF32, kF64, kI64, kI32, kU8, kBool, kBF16, kF16 };

// Bytes an element takes.
int64_t DTypeBytes(DType dtype);
// "F32" and so on; the name in the file.
std::string DTypeName(DType dtype);
// nothing if the name is none of the eight.
std::optional<DType> DTypeFromName(const std::string& name);

struct TensorSpec {
  std::string name;  // 1 to 256 bytes, see IsTensorName
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;       // [] is a scalar; at most 8 dimensions, each >= 0
  std::span<const std::byte> data;  // row-major, little-endian; borrowed
};

struct SafetensorsView {
  std::map<std::string, std::string> metadata;
  std::vector<TensorSpec> tensors;  // in the order of their data; data points into the parsed bytes
};

// False for a name that is empty, longer than 256 bytes, starts with '/', contains "..", a backslash or a control
// character, is no valid UTF-8, or is "__metadata__".
bool IsTensorName(std::string_view name);

// The file's bytes: larger element types first, then by name, so that every tensor is aligned to its element size and
// equal tensors give equal bytes. UsageError for an odd or repeated name or data whose size does not fit the shape.
absl::StatusOr<std::string> WriteSafetensors(std::span<const TensorSpec> tensors,
                                             const std::map<std::string, std::string>& metadata);

// REQUIRES: `bytes` stays alive and unchanged while the view is used. BadArtifact naming the tensor for any of: short
// file, header over 16 MB or not a multiple of 8 bytes, a header that is no JSON object (only trailing spaces allowed),
// repeated keys, odd names, unknown types, negative or fractional numbers, sizes that overflow, holes, overlaps,
// trailing bytes, data not aligned to its type, metadata that is not all strings.
absl::StatusOr<SafetensorsView> ParseSafetensors(std::string_view bytes);

}  // namespace trivium
