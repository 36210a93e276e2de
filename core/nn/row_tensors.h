// Tensors as rows for the kernels of row_kernels.h, loop_kernels.h and attention_kernels.h. Only torch .cc files
// include this.
#pragma once

#include <ATen/core/Tensor.h>

namespace trivium {

// Whether the kernels take these tensors; others (on a GPU, or of float64) go by composed operators.
inline bool TakesRows(const at::Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

// REQUIRES: TakesRows(x).
inline float* Data(const at::Tensor& x) { return x.data_ptr<float>(); }

}  // namespace trivium
