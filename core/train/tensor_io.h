// Named tensors <-> safetensors bytes: the only way weights and optimiser state reach a disk or come from it.
// The parser is core/artifact/safetensors, which knows no torch.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>

#include "core/artifact/safetensors.h"
#include "core/base/status.h"
#include "core/nn/layers.h"

namespace trivium {

// Any device and layout; float32, float64, int64, int32, uint8, bool, bfloat16 and float16. Equal tensors give equal
// bytes. UsageError for a repeated or odd name, Failed for another type.
absl::StatusOr<std::string> TensorsToBytes(const NamedTensors& tensors,
                                           const std::map<std::string, std::string>& metadata = {});

// New tensors on the CPU, in the order of their data. BadArtifact as ParseSafetensors.
absl::StatusOr<NamedTensors> TensorsFromBytes(std::string_view bytes);

// A new tensor on the CPU with the spec's bytes. REQUIRES: they are as many as its shape says (ParseSafetensors).
at::Tensor ToTensor(const TensorSpec& spec);

// Copies the file's values into `targets`, bit for bit, wherever they live. BadArtifact naming the tensor if one is
// missing, superfluous, or of another shape or type; nothing is written then.
absl::Status FillTensors(std::string_view bytes, const NamedTensors& targets);

}  // namespace trivium
