// See shape.h.
#include "core/nn/shape.h"

#include "core/nn/torch_pch.h"

namespace trivium {

void CheckShape(const at::Tensor& tensor, std::initializer_list<int64_t> shape, const char* name) {
  TORCH_CHECK(tensor.defined(), name, ": no tensor given");
  bool same = tensor.dim() == static_cast<int64_t>(shape.size());
  int64_t dimension = 0;
  for (const int64_t size : shape) {
    same = same && (size == kAnySize || tensor.size(dimension) == size);
    ++dimension;
  }
  TORCH_CHECK(same, name, ": has shape ", tensor.sizes(), ", must have ", at::IntArrayRef(shape), " (-1: any)");
}

}  // namespace trivium
