// Writing and strict reading of a whole file. See gguf.h; single values are in gguf_values.cc.
#include "stage1_language/interop/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <set>

#include "core/base/utf8.h"
#include "stage1_language/interop/gguf_bytes.h"

namespace trivium {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF files are little-endian");

constexpr std::string_view kMagic = "GGUF";
constexpr uint32_t kVersion = 3;
constexpr uint32_t kDefaultAlignment = 32;
constexpr uint32_t kMaxAlignment = 1 << 16;
constexpr char kAlignmentKey[] = "general.alignment";
constexpr uint64_t kMaxKeys = 1 << 16;
constexpr uint64_t kMaxTensors = 1 << 16;
constexpr size_t kMaxKeyBytes = 256;
constexpr size_t kMaxNameBytes = 63;  // ggml keeps names in 64 bytes
constexpr uint32_t kMaxDimensions = 4;

struct TypeRow {
  DType dtype;
  uint32_t number;  // of ggml's element types
};
constexpr TypeRow kTypes[] = {{DType::kF32, 0}, {DType::kF16, 1}, {DType::kBF16, 30}};

// Bytes of a value of fixed size; 0 for text and arrays. By the format's numbers.
constexpr std::array<uint64_t, 13> kSizes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
uint64_t SizeOf(GgufType type) { return kSizes[static_cast<size_t>(type)]; }

absl::Status BadTensor(const std::string& name, const std::string& why) {
  return BadGguf("tensor \"" + name + "\" " + why);
}

// The next multiple of `alignment`. REQUIRES: value + alignment does not overflow.
uint64_t AlignUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

bool IsKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyBytes &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Reads from the front of the bytes, never beyond their end.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  bool Read(T* value) {
    std::string_view raw;
    if (!ReadRaw(sizeof(T), &raw)) return false;
    std::memcpy(value, raw.data(), sizeof(T));
    return true;
  }
  bool ReadRaw(uint64_t size, std::string_view* raw) {
    if (size > bytes_.size() - at_) return false;
    *raw = bytes_.substr(at_, size);
    at_ += size;
    return true;
  }
  bool ReadText(std::string_view* text) {
    uint64_t size = 0;
    return Read(&size) && ReadRaw(size, text);
  }

  size_t at() const { return at_; }
  std::string_view Since(size_t begin) const { return bytes_.substr(begin, at_ - begin); }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

absl::Status CheckTruth(std::string_view bytes, const std::string& key) {
  const bool is_truth = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0 || c == 1; });
  return is_truth ? absl::OkStatus() : BadGgufKey(key, "holds a truth value that is neither 0 nor 1");
}

absl::StatusOr<GgufValue> ReadValue(Cursor& cursor, const std::string& key) {
  GgufValue value;
  uint32_t type = 0;
  if (!cursor.Read(&type)) return BadGgufKey(key, "is cut off");
  if (type == static_cast<uint32_t>(GgufType::kArray)) {
    value.is_array = true;
    if (!cursor.Read(&type) || !cursor.Read(&value.count)) return BadGgufKey(key, "is cut off");
    if (type == static_cast<uint32_t>(GgufType::kArray)) return BadGgufKey(key, "is an array of arrays");
  }
  if (type >= kSizes.size()) return BadGgufKey(key, "has the unknown type " + std::to_string(type));
  value.type = static_cast<GgufType>(type);
  const size_t begin = cursor.at();
  if (value.type == GgufType::kText) {
    for (uint64_t i = 0; i < value.count; ++i) {
      std::string_view text;
      if (!cursor.ReadText(&text)) return BadGgufKey(key, "is longer than the file");
      if (!IsUtf8(text)) return BadGgufKey(key, "holds a text that is not UTF-8");
    }
  } else {
    uint64_t size = 0;
    std::string_view raw;
    if (__builtin_mul_overflow(value.count, SizeOf(value.type), &size) || !cursor.ReadRaw(size, &raw)) {
      return BadGgufKey(key, "is longer than the file");
    }
    if (value.type == GgufType::kBool) RETURN_IF_ERROR(CheckTruth(raw, key));
  }
  value.bytes = cursor.Since(begin);
  return value;
}

// A tensor before its data is looked up.
struct Placed {
  TensorSpec spec;
  uint64_t offset = 0;
  uint64_t size = 0;
};

absl::StatusOr<Placed> ReadTensor(Cursor& cursor) {
  std::string_view raw_name;
  if (!cursor.ReadText(&raw_name)) return BadGguf("the list of tensors is cut off");
  if (!IsTensorName(raw_name) || raw_name.size() > kMaxNameBytes) return BadGguf("odd tensor name");
  Placed tensor;
  tensor.spec.name = raw_name;
  const std::string& name = tensor.spec.name;
  uint32_t dimensions = 0, type = 0;
  if (!cursor.Read(&dimensions)) return BadTensor(name, "is cut off");
  if (dimensions < 1 || dimensions > kMaxDimensions) return BadTensor(name, "has no shape of 1 to 4 dimensions");
  int64_t elements = 1;
  for (uint32_t i = 0; i < dimensions; ++i) {
    uint64_t size = 0;
    if (!cursor.Read(&size)) return BadTensor(name, "is cut off");
    if (size < 1 || size > static_cast<uint64_t>(INT64_MAX) ||
        __builtin_mul_overflow(elements, static_cast<int64_t>(size), &elements)) {
      return BadTensor(name, "has a size that is zero or overflows");
    }
    tensor.spec.shape.insert(tensor.spec.shape.begin(), static_cast<int64_t>(size));
  }
  if (!cursor.Read(&type) || !cursor.Read(&tensor.offset)) return BadTensor(name, "is cut off");
  const auto row =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& r) { return r.number == type; });
  if (row == std::end(kTypes)) {
    return BadTensor(name, "has ggml type " + std::to_string(type) +
                               "; only F32 (0), F16 (1) and BF16 (30) are read: convert it without quantisation");
  }
  tensor.spec.dtype = row->dtype;
  int64_t size = 0;
  if (__builtin_mul_overflow(elements, DTypeBytes(row->dtype), &size))
    return BadTensor(name, "has a size that overflows");
  tensor.size = static_cast<uint64_t>(size);
  return tensor;
}

bool AllZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// The tensors must follow one another from the beginning of the data, each padded with zeros.
absl::Status PlaceTensors(std::string_view data, uint64_t alignment, std::vector<Placed>& tensors) {
  uint64_t expected = 0;
  for (Placed& tensor : tensors) {
    const std::string& name = tensor.spec.name;
    if (tensor.offset != expected) {
      return BadTensor(name, tensor.offset % alignment != 0
                                 ? "is not aligned to " + std::to_string(alignment) + " bytes"
                             : tensor.offset < expected ? "overlaps another tensor"
                                                        : "leaves a hole before it");
    }
    if (expected > data.size() || tensor.size > data.size() - expected) return BadTensor(name, "is cut off");
    const std::string_view own = data.substr(expected, tensor.size);
    tensor.spec.data = std::as_bytes(std::span<const char>(own.data(), own.size()));
    const uint64_t end = expected + tensor.size;
    expected = AlignUp(end, alignment);
    const std::string_view padding = data.substr(end, std::min<uint64_t>(expected, data.size()) - end);
    if (!AllZero(padding)) return BadTensor(name, "is followed by bytes that are no padding");
  }
  return data.size() > expected ? BadGguf("bytes after the last tensor") : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> WriteGguf(const GgufKeys& keys, std::span<const TensorSpec> tensors) {
  std::string bytes(kMagic);
  AppendBytes<uint32_t>(kVersion, bytes);
  AppendBytes<uint64_t>(tensors.size(), bytes);
  AppendBytes<uint64_t>(keys.size(), bytes);
  for (const auto& [key, value] : keys) {
    AppendText(key, bytes);
    if (value.is_array) AppendBytes(static_cast<uint32_t>(GgufType::kArray), bytes);
    AppendBytes(static_cast<uint32_t>(value.type), bytes);
    if (value.is_array) AppendBytes<uint64_t>(value.count, bytes);
    bytes += value.bytes;
  }
  uint64_t offset = 0;
  for (const TensorSpec& tensor : tensors) {
    const auto row =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& r) { return r.dtype == tensor.dtype; });
    if (row == std::end(kTypes)) return UsageError("gguf: no type for tensor \"" + tensor.name + "\"");
    AppendText(tensor.name, bytes);
    AppendBytes(static_cast<uint32_t>(tensor.shape.size()), bytes);
    for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) {
      AppendBytes(static_cast<uint64_t>(*size), bytes);
    }
    AppendBytes(row->number, bytes);
    AppendBytes(offset, bytes);
    offset = AlignUp(offset + tensor.data.size(), kDefaultAlignment);
  }
  bytes.resize(AlignUp(bytes.size(), kDefaultAlignment));
  try {
    bytes.reserve(bytes.size() + offset);
    for (const TensorSpec& tensor : tensors) {
      bytes.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
      bytes.resize(AlignUp(bytes.size(), kDefaultAlignment));
    }
  } catch (const std::bad_alloc&) {
    return OutOfResource("no memory for " + std::to_string(offset) + " bytes of tensors");
  }
  // One set of rules: what the reader refuses is not written.
  const absl::StatusOr<GgufView> checked = ParseGguf(bytes);
  if (!checked.ok()) return UsageError(Message(checked.status()));
  return bytes;
}

absl::StatusOr<GgufView> ParseGguf(std::string_view bytes) {
  Cursor cursor(bytes);
  std::string_view magic;
  uint32_t version = 0;
  uint64_t tensor_count = 0, key_count = 0;
  if (!cursor.ReadRaw(kMagic.size(), &magic) || magic != kMagic) return BadGguf("the file does not begin with GGUF");
  if (!cursor.Read(&version) || version != kVersion) {
    return BadGguf("version " + std::to_string(version) + "; only version 3, little-endian, is read");
  }
  if (!cursor.Read(&tensor_count) || !cursor.Read(&key_count)) return BadGguf("the header is cut off");
  if (tensor_count > kMaxTensors || key_count > kMaxKeys) return BadGguf("more than 65,536 tensors or keys");

  GgufView view;
  for (uint64_t i = 0; i < key_count; ++i) {
    std::string_view raw;
    if (!cursor.ReadText(&raw)) return BadGguf("the list of keys is cut off");
    if (!IsKey(raw)) return BadGguf("odd name of key " + std::to_string(i));
    const std::string key(raw);
    ASSIGN_OR_RETURN(GgufValue value, ReadValue(cursor, key));
    if (!view.keys.emplace(key, std::move(value)).second) return BadGgufKey(key, "is repeated");
  }
  std::vector<Placed> tensors;
  std::set<std::string> names;
  for (uint64_t i = 0; i < tensor_count; ++i) {
    ASSIGN_OR_RETURN(Placed tensor, ReadTensor(cursor));
    if (!names.insert(tensor.spec.name).second) return BadTensor(tensor.spec.name, "is repeated");
    tensors.push_back(std::move(tensor));
  }
  int64_t alignment = kDefaultAlignment;
  if (view.keys.count(kAlignmentKey) > 0) {
    ASSIGN_OR_RETURN(alignment, GgufInteger(view, kAlignmentKey, 8, kMaxAlignment));
    if (!std::has_single_bit(static_cast<uint64_t>(alignment))) return BadGgufKey(kAlignmentKey, "is no power of two");
  }
  const size_t data_begin = AlignUp(cursor.at(), static_cast<uint64_t>(alignment));
  if (!AllZero(bytes.substr(cursor.at(), std::min(data_begin, bytes.size()) - cursor.at()))) {
    return BadGguf("the header is followed by bytes that are no padding");
  }
  const std::string_view data = data_begin <= bytes.size() ? bytes.substr(data_begin) : std::string_view();
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const Placed& a, const Placed& b) { return a.offset < b.offset; });
  RETURN_IF_ERROR(PlaceTensors(data, static_cast<uint64_t>(alignment), tensors));
  for (Placed& tensor : tensors) view.tensors.push_back(std::move(tensor.spec));
  return view;
}

}  // namespace trivium
