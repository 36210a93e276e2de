// Values of a GGUF file: made, and taken apart. See gguf.h.
#include <charconv>
#include <cstring>
#include <limits>

#include "stage1_language/interop/gguf.h"
#include "stage1_language/interop/gguf_bytes.h"

namespace trivium {
namespace {

template <typename T>
GgufValue Scalar(GgufType type, T value) {
  GgufValue result{.type = type, .is_array = false, .count = 1, .bytes = {}};
  AppendBytes(value, result.bytes);
  return result;
}

template <typename T>
GgufValue Array(GgufType type, const std::vector<T>& values) {
  GgufValue result{.type = type, .is_array = true, .count = values.size(), .bytes = {}};
  for (const T& value : values) AppendBytes(value, result.bytes);
  return result;
}

absl::StatusOr<const GgufValue*> Find(const GgufView& view, const std::string& key, bool is_array) {
  const auto place = view.keys.find(key);
  if (place == view.keys.end()) return BadGguf("has no key \"" + key + "\"");
  if (place->second.is_array != is_array) return BadGgufKey(key, is_array ? "is no array" : "is an array");
  return &place->second;
}

template <typename T>
T FirstAs(const GgufValue& value) {
  T result;
  std::memcpy(&result, value.bytes.data(), sizeof(T));
  return result;
}

template <typename T>
absl::StatusOr<std::vector<T>> ArrayOf(const GgufView& view, const std::string& key, GgufType type,
                                       const std::string& what) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, true));
  if (value->type != type) return BadGgufKey(key, "does not hold " + what);
  std::vector<T> result(value->count);
  if (!result.empty()) std::memcpy(result.data(), value->bytes.data(), value->bytes.size());
  return result;
}

// A float32's shortest decimal form as a float64, so that 1e-5 stays 1e-5.
double ShortestDecimal(float value) {
  char text[64];
  const auto written = std::to_chars(text, text + sizeof(text), value);
  double result = value;
  std::from_chars(text, written.ptr, result);
  return result;
}

// The texts of a value, which ParseGguf has walked: every length fits.
std::vector<std::string> SplitTexts(const GgufValue& value) {
  std::vector<std::string> texts;
  size_t at = 0;
  for (uint64_t i = 0; i < value.count; ++i) {
    uint64_t size = 0;
    std::memcpy(&size, value.bytes.data() + at, sizeof(size));
    texts.push_back(value.bytes.substr(at + sizeof(size), size));
    at += sizeof(size) + size;
  }
  return texts;
}

// Unsigned values beyond the signed range count as its end.
int64_t Clamped(uint64_t value) {
  const auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return static_cast<int64_t>(value < most ? value : most);
}

}  // namespace

GgufValue GgufU32(uint32_t value) { return Scalar(GgufType::kU32, value); }
GgufValue GgufF32(float value) { return Scalar(GgufType::kF32, value); }
GgufValue GgufBool(bool value) { return Scalar(GgufType::kBool, static_cast<uint8_t>(value)); }
GgufValue GgufF32s(const std::vector<float>& values) { return Array(GgufType::kF32, values); }
GgufValue GgufI32s(const std::vector<int32_t>& values) { return Array(GgufType::kI32, values); }

GgufValue GgufText(const std::string& text) {
  GgufValue value{.type = GgufType::kText, .is_array = false, .count = 1, .bytes = {}};
  AppendText(text, value.bytes);
  return value;
}

GgufValue GgufTexts(const std::vector<std::string>& texts) {
  GgufValue value{.type = GgufType::kText, .is_array = true, .count = texts.size(), .bytes = {}};
  for (const std::string& text : texts) AppendText(text, value.bytes);
  return value;
}

GgufValue GgufBytes(std::string_view bytes) {
  return {.type = GgufType::kU8, .is_array = true, .count = bytes.size(), .bytes = std::string(bytes)};
}

absl::StatusOr<int64_t> GgufInteger(const GgufView& view, const std::string& key, int64_t least, int64_t most) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, false));
  int64_t number = 0;
  switch (value->type) {
    case GgufType::kU8:
      number = FirstAs<uint8_t>(*value);
      break;
    case GgufType::kI8:
      number = FirstAs<int8_t>(*value);  // NOLINT(bugprone-signed-char-misuse): a number, not a character
      break;
    case GgufType::kU16:
      number = FirstAs<uint16_t>(*value);
      break;
    case GgufType::kI16:
      number = FirstAs<int16_t>(*value);
      break;
    case GgufType::kU32:
      number = FirstAs<uint32_t>(*value);
      break;
    case GgufType::kI32:
      number = FirstAs<int32_t>(*value);
      break;
    case GgufType::kU64:
      number = Clamped(FirstAs<uint64_t>(*value));
      break;
    case GgufType::kI64:
      number = FirstAs<int64_t>(*value);
      break;
    default:
      return BadGgufKey(key, "is no integer");
  }
  if (number >= least && number <= most) return number;
  return BadGgufKey(
      key, "is " + std::to_string(number) + ", must be from " + std::to_string(least) + " to " + std::to_string(most));
}

absl::StatusOr<double> GgufReal(const GgufView& view, const std::string& key) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, false));
  if (value->type == GgufType::kF32) return ShortestDecimal(FirstAs<float>(*value));
  if (value->type == GgufType::kF64) return FirstAs<double>(*value);
  return BadGgufKey(key, "is no real number");
}

absl::StatusOr<bool> GgufFlag(const GgufView& view, const std::string& key) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, false));
  if (value->type != GgufType::kBool) return BadGgufKey(key, "is neither true nor false");
  return FirstAs<uint8_t>(*value) != 0;
}

absl::StatusOr<std::string> GgufString(const GgufView& view, const std::string& key) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, false));
  if (value->type != GgufType::kText) return BadGgufKey(key, "is no text");
  return SplitTexts(*value)[0];
}

absl::StatusOr<std::vector<std::string>> GgufStrings(const GgufView& view, const std::string& key) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, true));
  if (value->type != GgufType::kText) return BadGgufKey(key, "does not hold texts");
  return SplitTexts(*value);
}

absl::StatusOr<std::vector<float>> GgufFloats(const GgufView& view, const std::string& key) {
  return ArrayOf<float>(view, key, GgufType::kF32, "float32 numbers");
}

absl::StatusOr<std::vector<int32_t>> GgufInt32s(const GgufView& view, const std::string& key) {
  return ArrayOf<int32_t>(view, key, GgufType::kI32, "int32 numbers");
}

absl::StatusOr<std::string> GgufRawBytes(const GgufView& view, const std::string& key) {
  ASSIGN_OR_RETURN(const GgufValue* value, Find(view, key, true));
  if (value->type != GgufType::kU8) return BadGgufKey(key, "does not hold bytes");
  return value->bytes;
}

}  // namespace trivium
