// Reference tensors made by tests/parity/make_reference.py, and the comparison that all parity tests use:
// relative 1e-5, absolute 1e-8, in float64.
#pragma once

#include "core/nn/torch_pch.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace trivium {

class Reference {
 public:
  explicit Reference(const std::string& name) {
    std::ifstream file(TRIVIUM_SOURCE_DIR "/tests/parity/nn_reference.json");
    tensors_ = nlohmann::json::parse(file).at(name);
  }

  // float64
  at::Tensor operator()(const std::string& key) const {
    const nlohmann::json& entry = tensors_.at(key);
    const auto values = entry.at("values").get<std::vector<double>>();
    const auto shape = entry.at("shape").get<std::vector<int64_t>>();
    return torch::tensor(values, torch::kDouble).view(shape);
  }

 private:
  nlohmann::json tensors_;
};

inline bool Same(const at::Tensor& value, const at::Tensor& expected) {
  return value.sizes() == expected.sizes() && torch::allclose(value, expected, /*rtol=*/1e-5, /*atol=*/1e-8);
}

}  // namespace trivium
