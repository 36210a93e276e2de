// Shape checks for public entry points that take tensors. A failed check is a mistake of ours, not of the user: it
// throws c10::Error with both shapes, which the trainer and the commands turn into a status.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>

namespace trivium {

inline constexpr int64_t kAnySize = -1;

// Throws c10::Error unless `tensor` has exactly this shape; kAnySize matches every size.
//   CheckShape(keys, {items, rows, 2 * width}, "keys");
void CheckShape(const at::Tensor& tensor, std::initializer_list<int64_t> shape, const char* name);

}  // namespace trivium
