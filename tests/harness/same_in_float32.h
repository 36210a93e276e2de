// Layers that pass over their rows once in float32 against the composed operators that they are in float64.
#pragma once

#include "tests/torch_test.h"

#include <vector>

namespace trivium {

// A layer of float32 and the same of float64, which goes by composed operators; values and gradients of each input.
template <typename Layer>
void RequireSameInFloat32(const Layer& layer, const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> singles;
  for (const at::Tensor& input : inputs) singles.push_back(input.detach().to(at::kFloat).requires_grad_(true));
  const at::Tensor y = layer(inputs), single = layer(singles);
  REQUIRE(at::allclose(single.to(at::kDouble), y, 1e-5, 1e-6));
  const at::Tensor seen = at::arange(y.numel(), at::kDouble).view(y.sizes()).sin();
  const auto gradients = torch::autograd::grad({(y * seen).sum()}, inputs);
  const auto of_singles = torch::autograd::grad({(single * seen.to(at::kFloat)).sum()}, singles);
  for (size_t i = 0; i < inputs.size(); ++i) {
    REQUIRE(at::allclose(of_singles[i].to(at::kDouble), gradients[i], 1e-4, 1e-5));
  }
}

}  // namespace trivium
