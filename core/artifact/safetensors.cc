// Strict reading and canonical writing of safetensors. See safetensors.h.
#include "core/artifact/safetensors.h"

#include <algorithm>
#include <array>
#include <new>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "core/artifact/json_scan.h"
#include "core/base/utf8.h"

namespace trivium {
namespace {

constexpr uint64_t kMaxHeaderBytes = 16ull << 20;
constexpr size_t kLengthBytes = 8;
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kMaxDimensions = 8;
constexpr char kMetadataKey[] = "__metadata__";

struct DTypeRow {
  DType dtype;
  int64_t bytes;
  const char* name;
};

// The names are part of the format on disk.
constexpr std::array<DTypeRow, 8> kDTypes = {{{DType::kF32, 4, "F32"},
                                              {DType::kF64, 8, "F64"},
                                              {DType::kI64, 8, "I64"},
                                              {DType::kI32, 4, "I32"},
                                              {DType::kU8, 1, "U8"},
                                              {DType::kBool, 1, "BOOL"},
                                              {DType::kBF16, 2, "BF16"},
                                              {DType::kF16, 2, "F16"}}};

const DTypeRow& Row(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }

// Bytes of a tensor; nothing if a dimension is negative or the product leaves int64. Zero dimensions are taken last, so
// that [0, 2^62, 2^62] does not slip through into code that multiplies strides.
std::optional<uint64_t> TensorBytes(DType dtype, const std::vector<int64_t>& shape) {
  int64_t bytes = DTypeBytes(dtype);
  bool empty = false;
  for (const int64_t dimension : shape) {
    if (dimension < 0) return std::nullopt;
    if (dimension == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, dimension, &bytes)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : static_cast<uint64_t>(bytes);
}

absl::Status BadTensor(const std::string& name, const std::string& why) {
  return BadArtifact("safetensors: tensor \"" + name + "\": " + why);
}

// For messages: in quotes, with everything that could disturb a terminal escaped.
std::string Quoted(const nlohmann::json& value) { return value.dump(-1, ' ', true); }

struct Placed {
  uint64_t begin = 0;
  uint64_t end = 0;
  TensorSpec spec;
};

absl::StatusOr<Placed> ParseEntry(const std::string& name, const nlohmann::json& entry, std::string_view data) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    return BadTensor(name, "needs exactly dtype, shape and data_offsets");
  }
  Placed placed;
  placed.spec.name = name;
  const nlohmann::json& dtype = entry["dtype"];
  const auto known = dtype.is_string() ? DTypeFromName(dtype.get_ref<const std::string&>()) : std::nullopt;
  if (!known) return BadTensor(name, "unknown dtype " + Quoted(dtype));
  placed.spec.dtype = *known;

  const nlohmann::json& shape = entry["shape"];
  if (!shape.is_array() || shape.size() > kMaxDimensions) return BadTensor(name, "shape must list at most 8 numbers");
  for (const nlohmann::json& dimension : shape) {
    if (!dimension.is_number_unsigned() || dimension.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
      return BadTensor(name, "shape holds " + Quoted(dimension) + ", no whole number in range");
    }
    placed.spec.shape.push_back(dimension.get<int64_t>());
  }
  const nlohmann::json& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    return BadTensor(name, "data_offsets must be two whole numbers");
  }
  placed.begin = offsets[0].get<uint64_t>();
  placed.end = offsets[1].get<uint64_t>();
  const auto bytes = TensorBytes(placed.spec.dtype, placed.spec.shape);
  if (!bytes) return BadTensor(name, "shape overflows");
  if (placed.begin > placed.end || placed.end > data.size()) return BadTensor(name, "data_offsets leave the file");
  if (placed.end - placed.begin != *bytes) return BadTensor(name, "data_offsets do not fit dtype and shape");
  if (placed.begin % static_cast<uint64_t>(DTypeBytes(placed.spec.dtype)) != 0) {
    return BadTensor(name, "data is not aligned to its element size");
  }
  const std::string_view own = data.substr(placed.begin, *bytes);
  placed.spec.data = std::as_bytes(std::span<const char>(own.data(), own.size()));
  return placed;
}

// The tensors must tile the data from its first to its last byte.
absl::Status CheckTiling(const std::vector<Placed>& tensors, uint64_t data_bytes) {
  uint64_t expected = 0;
  for (const Placed& tensor : tensors) {
    if (tensor.begin != expected) {
      return BadTensor(tensor.spec.name,
                       tensor.begin < expected ? "overlaps another tensor" : "leaves a hole before it");
    }
    expected = tensor.end;
  }
  if (expected != data_bytes) return BadArtifact("safetensors: bytes after the last tensor");
  return absl::OkStatus();
}

}  // namespace

int64_t DTypeBytes(DType dtype) { return Row(dtype).bytes; }
std::string DTypeName(DType dtype) { return Row(dtype).name; }

std::optional<DType> DTypeFromName(const std::string& name) {
  for (const DTypeRow& row : kDTypes) {
    if (name == row.name) return row.dtype;
  }
  return std::nullopt;
}

bool IsTensorName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.front() == '/' || name == kMetadataKey) return false;
  if (name.find("..") != std::string_view::npos || name.find('\\') != std::string_view::npos) return false;
  const bool has_control =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return !has_control && IsUtf8(name);
}

absl::StatusOr<std::string> WriteSafetensors(std::span<const TensorSpec> tensors,
                                             const std::map<std::string, std::string>& metadata) {
  std::vector<const TensorSpec*> order;
  std::set<std::string> names;
  uint64_t data_bytes = 0;
  for (const TensorSpec& tensor : tensors) {
    if (!IsTensorName(tensor.name)) return UsageError("safetensors: \"" + tensor.name + "\" is no tensor name");
    if (!names.insert(tensor.name).second) return UsageError("safetensors: tensor \"" + tensor.name + "\" is repeated");
    const auto bytes = TensorBytes(tensor.dtype, tensor.shape);
    if (!bytes || *bytes != tensor.data.size() || tensor.shape.size() > kMaxDimensions) {
      return UsageError("safetensors: tensor \"" + tensor.name + "\" has data that does not fit its shape");
    }
    data_bytes += *bytes;
    order.push_back(&tensor);
  }
  std::sort(order.begin(), order.end(), [](const TensorSpec* a, const TensorSpec* b) {
    return std::pair(-DTypeBytes(a->dtype), a->name) < std::pair(-DTypeBytes(b->dtype), b->name);
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) {
    if (!IsUtf8(key) || !IsUtf8(value)) return UsageError("safetensors: metadata \"" + key + "\" is no UTF-8");
    header[kMetadataKey][key] = value;
  }
  uint64_t offset = 0;
  // push_back because operator[] of an ordered object searches all keys.
  auto& entries = header.get_ref<nlohmann::ordered_json::object_t&>();
  for (const TensorSpec* tensor : order) {
    nlohmann::ordered_json entry;
    entry["dtype"] = DTypeName(tensor->dtype);
    entry["shape"] = tensor->shape;
    entry["data_offsets"] = {offset, offset + tensor->data.size()};
    entries.push_back({tensor->name, std::move(entry)});
    offset += tensor->data.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxHeaderBytes) return UsageError("safetensors: header would be larger than 16 MB");

  try {
    std::string bytes;
    bytes.reserve(kLengthBytes + text.size() + data_bytes);
    for (size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>((text.size() >> (8 * i)) & 0xff);
    bytes += text;
    for (const TensorSpec* tensor : order) {
      bytes.append(reinterpret_cast<const char*>(tensor->data.data()), tensor->data.size());
    }
    return bytes;
  } catch (const std::bad_alloc&) {
    return OutOfResource("no memory for " + std::to_string(data_bytes) + " bytes of tensors");
  }
}

absl::StatusOr<SafetensorsView> ParseSafetensors(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return BadArtifact("safetensors: shorter than its 8-byte length");
  uint64_t header_bytes = 0;
  for (size_t i = kLengthBytes; i-- > 0;) header_bytes = header_bytes << 8 | static_cast<unsigned char>(bytes[i]);
  if (header_bytes > kMaxHeaderBytes) return BadArtifact("safetensors: header larger than 16 MB");
  if (header_bytes % 8 != 0) return BadArtifact("safetensors: header length is not a multiple of 8");
  if (header_bytes > bytes.size() - kLengthBytes) return BadArtifact("safetensors: header longer than the file");
  const std::string_view text = bytes.substr(kLengthBytes, header_bytes);
  const std::string_view data = bytes.substr(kLengthBytes + header_bytes);
  const size_t last = text.find_last_not_of(' ');
  if (last == std::string_view::npos || text.front() != '{' || text[last] != '}') {
    return BadArtifact("safetensors: header is no JSON object");
  }
  absl::StatusOr<nlohmann::json> header = ParseStrictJson(text, 4);
  if (!header.ok()) return BadArtifact("safetensors: header: " + Message(header.status()));

  SafetensorsView view;
  std::vector<Placed> placed;
  for (const auto& [name, entry] : header->items()) {
    if (name == kMetadataKey) {
      if (!entry.is_object()) return BadArtifact("safetensors: __metadata__ is no object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) return BadArtifact("safetensors: metadata " + Quoted(key) + " is no string");
        view.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    if (!IsTensorName(name)) return BadArtifact("safetensors: odd tensor name " + Quoted(name));
    ASSIGN_OR_RETURN(Placed tensor, ParseEntry(name, entry, data));
    placed.push_back(std::move(tensor));
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.begin, a.end, a.spec.name) < std::tie(b.begin, b.end, b.spec.name);
  });
  RETURN_IF_ERROR(CheckTiling(placed, data.size()));
  for (Placed& tensor : placed) view.tensors.push_back(std::move(tensor.spec));
  return view;
}

}  // namespace trivium
