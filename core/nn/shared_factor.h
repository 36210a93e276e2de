// A factor that many products of one graph have in common, as the keys that every loop asks. What the products'
// gradients say of it is collected and multiplied once, at the end, in place of a sum of as many products. One thread
// at a time walks a graph. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

namespace trivium {

class SharedFactor {
 public:
  SharedFactor() = default;
  // value: [items or 1, a, b]; with one item it is shared by all items of the products.
  explicit SharedFactor(const at::Tensor& value);

  const at::Tensor& value() const { return value_; }
  // x value: [items, rows, a] -> [items, rows, b]
  at::Tensor Times(const at::Tensor& x) const;
  // x value^T + bias: [items, rows, b] -> [items, rows, a]; bias: [1 or items, 1 or rows, a].
  at::Tensor TimesTransposed(const at::Tensor& x, const at::Tensor& bias) const;
  // That of these items alone; a value that all share stays. items: int64.
  SharedFactor Of(const at::Tensor& items) const;

  struct Uses;  // factors and gradients of the products, while a graph is walked backward

 private:
  // bias: empty where the value is not transposed.
  at::Tensor Product(const at::Tensor& x, bool transposed, const at::Tensor& bias) const;

  at::Tensor value_;
  std::shared_ptr<Uses> uses_;  // null where the value takes no gradient
};

}  // namespace trivium
