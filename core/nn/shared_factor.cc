// See shared_factor.h.
#include "core/nn/shared_factor.h"

#include "core/nn/torch_pch.h"

#include <utility>
#include <vector>

namespace trivium {

// What the products so far say of the value's gradient, left^T right of all their rows. With a value for each item the
// rows are kept, as one product of them all is quicker than a sum; one for all items has so many rows in each product
// that it is added up at once.
struct SharedFactor::Uses {
  void Add(const at::Tensor& left_rows, const at::Tensor& right_rows) {
    if (left_rows.size(0) > 1) {
      left.push_back(left_rows);
      right.push_back(right_rows);
    } else if (sum.defined()) {
      sum.baddbmm_(left_rows.transpose(1, 2), right_rows);
    } else {
      sum = at::bmm(left_rows.transpose(1, 2), right_rows);
    }
  }

  at::Tensor Gradient() const {  // undefined without products
    return left.empty() ? sum : at::bmm(at::cat(left, 1).transpose(1, 2), at::cat(right, 1));
  }

  std::vector<at::Tensor> left, right;  // [items, rows, a], [items, rows, b]
  at::Tensor sum;                       // [1, a, b]
};

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using SharedUses = std::shared_ptr<SharedFactor::Uses>;

// In what form a function keeps them for its gradient.
struct Holder : torch::CustomClassHolder {
  explicit Holder(SharedUses the_uses) : uses(std::move(the_uses)) {}
  SharedUses uses;
};

void Keep(AutogradContext* context, SharedUses uses) {
  context->saved_data["uses"] = c10::IValue::make_capsule(c10::make_intrusive<Holder>(std::move(uses)));
}

SharedFactor::Uses& Kept(AutogradContext* context) {
  return *c10::static_intrusive_pointer_cast<Holder>(context->saved_data["uses"].toCapsule())->uses;
}

// The value itself. Its gradient is what the products have left in `uses`: along the edges they send none.
class CollectFunction : public torch::autograd::Function<CollectFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& value, const SharedUses& uses) {
    context->set_materialize_grads(false);
    Keep(context, uses);
    return value.view_as(value);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const SharedFactor::Uses uses = std::exchange(Kept(context), {});
    const at::Tensor of_products = uses.Gradient(), by_itself = gradients[0];
    if (!of_products.defined()) return {by_itself, at::Tensor()};
    return {by_itself.defined() ? by_itself + of_products : of_products, at::Tensor()};
  }
};

// x value, or x value^T + bias.
at::Tensor Affine(const at::Tensor& x, const at::Tensor& value, bool transposed, const at::Tensor& bias) {
  return transposed ? at::baddbmm(bias, x, value.transpose(1, 2)) : at::bmm(x, value);
}

class ProductFunction : public torch::autograd::Function<ProductFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& value, bool transposed,
                            const at::Tensor& bias, const SharedUses& uses) {
    context->save_for_backward({x, value, bias});
    context->saved_data["transposed"] = transposed;
    Keep(context, uses);
    return Affine(x, value, transposed, bias);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &value = saved[1], &bias = saved[2], gradient = gradients[0].contiguous();
    const bool transposed = context->saved_data["transposed"].toBool();
    // Otherwise nobody collects it.
    if (context->needs_input_grad(1)) Kept(context).Add(transposed ? gradient : x, transposed ? x : gradient);
    at::Tensor of_bias;
    if (transposed && context->needs_input_grad(2)) of_bias = gradient.sum_to_size(bias.sizes());
    return {at::bmm(gradient, transposed ? value : value.transpose(1, 2)), at::Tensor(), at::Tensor(), of_bias,
            at::Tensor()};
  }
};

}  // namespace

SharedFactor::SharedFactor(const at::Tensor& value) : value_(value) {
  TORCH_CHECK(value.dim() == 3, "a shared factor has three dimensions, not ", value.sizes());
  if (!at::GradMode::is_enabled() || !value.requires_grad()) return;
  uses_ = std::make_shared<Uses>();
  value_ = CollectFunction::apply(value, uses_);
}

at::Tensor SharedFactor::Times(const at::Tensor& x) const {
  return Product(x, false, at::empty({0}, x.options()));  // a function of the graph takes no undefined tensor
}

at::Tensor SharedFactor::TimesTransposed(const at::Tensor& x, const at::Tensor& bias) const {
  TORCH_CHECK(bias.dim() == 3, "a shared factor's bias has three dimensions, not ", bias.sizes());
  return Product(x, true, bias);
}

at::Tensor SharedFactor::Product(const at::Tensor& x, bool transposed, const at::Tensor& bias) const {
  // One value for all items is one product of all their rows.
  const bool for_all = value_.size(0) == 1 && x.size(0) > 1;
  TORCH_CHECK(!for_all || !transposed || (bias.size(0) == 1 && bias.size(1) == 1), "bias ", bias.sizes(),
              " of a value for all items");
  const at::Tensor rows = for_all ? x.reshape({1, -1, x.size(2)}) : x;
  const at::Tensor y =
      uses_ ? ProductFunction::apply(rows, value_, transposed, bias, uses_) : Affine(rows, value_, transposed, bias);
  return for_all ? y.view({x.size(0), x.size(1), y.size(2)}) : y;
}

SharedFactor SharedFactor::Of(const at::Tensor& items) const {
  return value_.size(0) == 1 ? *this : SharedFactor(value_.index_select(0, items));
}

}  // namespace trivium
