// The GGUF format, version 3, over bytes: the one-file form in which llama.cpp reads models.
//   "GGUF", version, tensor count, key count; the keys with their typed values; name, shape, type and offset of each
//   tensor; padding; the tensors' data, each padded to `general.alignment` (32 unless said). Little-endian.
// Source: github.com/ggml-org/ggml, docs/gguf.md. Knows no torch and opens no file, so it can be fuzzed;
// stage1_language/interop/gguf_llama.h says what the keys of a Llama mean.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/artifact/safetensors.h"
#include "core/base/status.h"

namespace trivium {

// The numbers are the format's.
enum class GgufType : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kText, kArray, kU64, kI64, kF64 };

// A value as it stands in the file.
struct GgufValue {
  GgufType type = GgufType::kU32;  // of the value, or of an array's elements
  bool is_array = false;
  uint64_t count = 1;
  std::string bytes;  // without type and count
};

GgufValue GgufU32(uint32_t value);
GgufValue GgufF32(float value);
GgufValue GgufBool(bool value);
GgufValue GgufText(const std::string& text);
GgufValue GgufTexts(const std::vector<std::string>& texts);
GgufValue GgufF32s(const std::vector<float>& values);
GgufValue GgufI32s(const std::vector<int32_t>& values);
GgufValue GgufBytes(std::string_view bytes);

using GgufKeys = std::vector<std::pair<std::string, GgufValue>>;

// A whole file, in the order given. Tensors: float32, float16 or bfloat16, 1 to 4 dimensions, outermost first as
// everywhere here (the file has them innermost first). UsageError for anything that ParseGguf would refuse.
absl::StatusOr<std::string> WriteGguf(const GgufKeys& keys, std::span<const TensorSpec> tensors);

struct GgufView {
  std::map<std::string, GgufValue> keys;
  std::vector<TensorSpec> tensors;  // in the order of their data, which points into the parsed bytes
};

// REQUIRES: `bytes` stays alive and unchanged while the view is used. BadArtifact naming the key or tensor for any of:
// another version, a short file, counts that the file can't hold, repeated or odd names, arrays of arrays, texts that
// are not UTF-8, truth values other than 0 and 1, quantised tensors, shapes that overflow, holes, overlaps, wrong
// alignment, padding that is not zero, bytes after the last tensor.
absl::StatusOr<GgufView> ParseGguf(std::string_view bytes);

// Typed access; BadArtifact naming the key if it is missing, of another kind, or out of range. Integers may be stored
// in any width.
absl::StatusOr<int64_t> GgufInteger(const GgufView& view, const std::string& key, int64_t least, int64_t most);
absl::StatusOr<double> GgufReal(const GgufView& view, const std::string& key);  // the shortest decimal of a float32
absl::StatusOr<bool> GgufFlag(const GgufView& view, const std::string& key);
absl::StatusOr<std::string> GgufString(const GgufView& view, const std::string& key);
absl::StatusOr<std::vector<std::string>> GgufStrings(const GgufView& view, const std::string& key);
absl::StatusOr<std::vector<float>> GgufFloats(const GgufView& view, const std::string& key);
absl::StatusOr<std::vector<int32_t>> GgufInt32s(const GgufView& view, const std::string& key);
absl::StatusOr<std::string> GgufRawBytes(const GgufView& view, const std::string& key);

}  // namespace trivium
