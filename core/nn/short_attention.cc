// See short_attention.h.
#include "core/nn/short_attention.h"

#include "core/nn/attention_kernels.h"
#include "core/nn/row_tensors.h"
#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Items that a thread takes at least.
constexpr int64_t kItemsAtOnce = 8;

// qkv, cos and sin contiguous; mask as QkvAttention's and contiguous, or empty: causal.
AttentionRows RowsOf(const at::Tensor& qkv, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& mask,
                     int64_t heads, int64_t turned, int64_t queries) {
  AttentionRows rows{};
  rows.qkv = Data(qkv);
  rows.cos = Data(cos);
  rows.sin = Data(sin);
  if (mask.numel() > 0) {
    rows.mask = Data(mask);
    rows.mask_of_item = mask.size(0) > 1 ? mask.stride(0) : 0;
    rows.mask_of_head = mask.size(1) > 1 ? mask.stride(1) : 0;
  }
  rows.positions = qkv.size(1);
  rows.queries = queries;
  rows.heads = heads;
  rows.head_width = qkv.size(2) / (3 * heads);
  rows.turned = turned;
  return rows;
}

// -> [items, queries, width]; weights: undefined where nobody needs them again.
at::Tensor AttendInOnePass(const at::Tensor& qkv, const AttentionRows& rows, const at::Tensor& weights) {
  const at::Tensor y = at::empty({qkv.size(0), rows.queries, rows.heads * rows.head_width}, qkv.options());
  float *to = Data(y), *kept = weights.defined() ? Data(weights) : nullptr;
  at::parallel_for(0, qkv.size(0), kItemsAtOnce,
                   [&](int64_t begin, int64_t end) { AttendRows(rows, begin, end, to, kept); });
  return y;
}

class AttendFunction : public torch::autograd::Function<AttendFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv, const at::Tensor& cos,
                            const at::Tensor& sin, const at::Tensor& mask, int64_t heads, int64_t turned,
                            int64_t queries) {
    const AttentionRows rows = RowsOf(qkv, cos, sin, mask, heads, turned, queries);
    const at::Tensor weights = at::empty({qkv.size(0), heads, rows.positions, WeightsStride(queries)}, qkv.options());
    context->save_for_backward({qkv, cos, sin, weights});
    context->saved_data["turned"] = turned;
    context->saved_data["queries"] = queries;
    return AttendInOnePass(qkv, rows, weights);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &qkv = saved[0], &weights = saved[3], gradient = gradients[0].contiguous();
    const at::Tensor of_qkv = at::empty_like(qkv);
    const AttentionRows rows = RowsOf(qkv, saved[1], saved[2], at::empty({0}), weights.size(1),
                                      context->saved_data["turned"].toInt(), context->saved_data["queries"].toInt());
    const float *from = Data(gradient), *kept = Data(weights);
    float* to = Data(of_qkv);
    at::parallel_for(0, qkv.size(0), kItemsAtOnce,
                     [&](int64_t begin, int64_t end) { AttendRowsGradient(from, rows, begin, end, kept, to); });
    return {of_qkv, {}, {}, {}, {}, {}, {}};
  }
};

at::Tensor Composed(const at::Tensor& qkv, const Rotary& rotary, const QkvAttention& how, int64_t queries) {
  const int64_t items = qkv.size(0), positions = qkv.size(1), width = qkv.size(2) / 3;
  const std::vector<at::Tensor> parts = qkv.view({items, positions, 3, how.heads, width / how.heads}).unbind(2);
  const auto turned = [&](const at::Tensor& all) { return rotary(all, 0, how.turned).transpose(1, 2); };
  const at::Tensor query = turned(parts[0].narrow(1, 0, queries)), key = turned(parts[1]);
  const at::Tensor value = parts[2].transpose(1, 2);
  const at::Tensor mixed =
      how.mask.defined() ? at::scaled_dot_product_attention(query, key, value, how.mask.narrow(2, 0, queries))
                         : at::scaled_dot_product_attention(query, key, value, std::nullopt, 0.0, /*is_causal=*/true);
  return mixed.transpose(1, 2).reshape({items, queries, width});
}

}  // namespace

bool IsShort(const at::Tensor& qkv, int64_t heads) {
  const int64_t head_width = qkv.size(2) / (3 * heads);
  return TakesRows(qkv) && qkv.size(1) <= kMostAttended && head_width <= kWidestHead && head_width % 2 == 0;
}

at::Tensor Attend(const at::Tensor& qkv, const Rotary& rotary, const QkvAttention& how) {
  const int64_t items = qkv.size(0), positions = qkv.size(1), queries = how.queries > 0 ? how.queries : positions;
  TORCH_CHECK(qkv.size(2) % (3 * how.heads) == 0 && queries <= positions && how.turned <= how.heads &&
                  (how.mask.defined() || queries == positions),
              "attention: ", qkv.sizes(), ", heads ", how.heads, ", turned ", how.turned, ", queries ", queries);
  CheckShape(rotary.cos, {kAnySize, 1, qkv.size(2) / (3 * how.heads)}, "rotary table");
  TORCH_CHECK(positions <= rotary.cos.size(0), "rotary positions: ", positions, " tokens, at most ",
              rotary.cos.size(0));
  if (how.mask.defined()) {
    CheckShape(how.mask, {kAnySize, kAnySize, positions, positions}, "attention mask");
    TORCH_CHECK((how.mask.size(0) == items || how.mask.size(0) == 1) &&
                    (how.mask.size(1) == how.heads || how.mask.size(1) == 1) && !how.mask.requires_grad(),
                "attention mask ", how.mask.sizes(), " for ", qkv.sizes());
  }
  if (!IsShort(qkv, how.heads)) return Composed(qkv, rotary, how, queries);
  const at::Tensor mask = how.mask.defined() ? how.mask.contiguous() : at::empty({0}, qkv.options());
  const at::Tensor together = qkv.contiguous();
  if (at::GradMode::is_enabled() && qkv.requires_grad()) {
    return AttendFunction::apply(together, rotary.cos, rotary.sin, mask, how.heads, how.turned, queries);
  }
  return AttendInOnePass(together, RowsOf(together, rotary.cos, rotary.sin, mask, how.heads, how.turned, queries), {});
}

}  // namespace trivium
