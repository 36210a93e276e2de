// Forward declaration of the tensor type, for headers that only pass tensors on: parsing even the smallest torch
// header costs seconds. Files that use tensors include core/nn/torch_pch.h (in a .cc) or ATen/core/Tensor.h.
#pragma once

namespace at {
class Tensor;
}  // namespace at
