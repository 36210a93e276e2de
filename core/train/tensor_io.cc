// See tensor_io.h.
#include "core/train/tensor_io.h"

#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

constexpr std::pair<DType, at::ScalarType> kTypes[] = {
    {DType::kF32, at::kFloat}, {DType::kF64, at::kDouble}, {DType::kI64, at::kLong},      {DType::kI32, at::kInt},
    {DType::kU8, at::kByte},   {DType::kBool, at::kBool},  {DType::kBF16, at::kBFloat16}, {DType::kF16, at::kHalf}};

std::optional<DType> ToDType(at::ScalarType type) {
  for (const auto& [dtype, scalar_type] : kTypes) {
    if (scalar_type == type) return dtype;
  }
  return std::nullopt;
}

at::ScalarType ToScalarType(DType dtype) {
  for (const auto& [known, scalar_type] : kTypes) {
    if (known == dtype) return scalar_type;
  }
  return at::kFloat;  // not reached: the table has every DType
}

std::string ShapeText(at::IntArrayRef shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

absl::Status CheckTarget(const TensorSpec& spec, const at::Tensor& target) {
  if (target.sizes() != at::IntArrayRef(spec.shape)) {
    return BadArtifact("tensor " + spec.name + " has shape " + ShapeText(spec.shape) + "; expected is " +
                       ShapeText(target.sizes()));
  }
  if (ToDType(target.scalar_type()) != spec.dtype) {
    return BadArtifact("tensor " + spec.name + " has type " + DTypeName(spec.dtype) + "; expected is " +
                       std::string(c10::toString(target.scalar_type())));
  }
  return absl::OkStatus();
}

}  // namespace

at::Tensor ToTensor(const TensorSpec& spec) {
  at::Tensor tensor = torch::empty(spec.shape, ToScalarType(spec.dtype));
  if (!spec.data.empty()) std::memcpy(tensor.data_ptr(), spec.data.data(), spec.data.size());
  return tensor;
}

absl::StatusOr<std::string> TensorsToBytes(const NamedTensors& tensors,
                                           const std::map<std::string, std::string>& metadata) {
  std::vector<at::Tensor> alive;  // contiguous copies must outlive the specs that borrow from them
  std::vector<TensorSpec> specs;
  for (const auto& [name, tensor] : tensors) {
    const std::optional<DType> dtype = ToDType(tensor.scalar_type());
    if (!dtype) return Failed("tensor " + name + " has a type that safetensors lacks");
    alive.push_back(tensor.detach().to(at::kCPU).contiguous());
    const at::Tensor& data = alive.back();
    specs.push_back({.name = name,
                     .dtype = *dtype,
                     .shape = data.sizes().vec(),
                     .data = {static_cast<const std::byte*>(data.data_ptr()), data.nbytes()}});
  }
  return WriteSafetensors(specs, metadata);
}

absl::StatusOr<NamedTensors> TensorsFromBytes(std::string_view bytes) {
  ASSIGN_OR_RETURN(const SafetensorsView view, ParseSafetensors(bytes));
  NamedTensors tensors;
  for (const TensorSpec& spec : view.tensors) tensors.emplace_back(spec.name, ToTensor(spec));
  return tensors;
}

absl::Status FillTensors(std::string_view bytes, const NamedTensors& targets) {
  ASSIGN_OR_RETURN(const SafetensorsView view, ParseSafetensors(bytes));
  std::map<std::string, const TensorSpec*> specs;
  for (const TensorSpec& spec : view.tensors) specs[spec.name] = &spec;
  std::vector<std::pair<const TensorSpec*, at::Tensor>> pairs;
  for (const auto& [name, target] : targets) {
    const auto place = specs.find(name);
    if (place == specs.end()) return BadArtifact("tensor " + name + " is missing");
    RETURN_IF_ERROR(CheckTarget(*place->second, target));
    pairs.emplace_back(place->second, target);
    specs.erase(place);
  }
  if (!specs.empty()) return BadArtifact("tensor " + specs.begin()->first + " belongs to nothing here");
  torch::NoGradGuard no_gradients;
  for (auto& [spec, target] : pairs) target.copy_(ToTensor(*spec));
  return absl::OkStatus();
}

}  // namespace trivium
