// See fused_layers.h. Every function is tested against the composed operators, which also are the code for a GPU.
#include "core/nn/fused_layers.h"

#include "core/nn/loop_kernels.h"
#include "core/nn/row_kernels.h"
#include "core/nn/row_tensors.h"
#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor Rows(const at::Tensor& x) { return x.reshape({-1, x.size(-1)}).contiguous(); }

// The inputs in the order of GatedStepInputs; all but the weights as [rows, ..].
class GatedStepFunction : public torch::autograd::Function<GatedStepFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& base, const at::Tensor& squares,
                            const at::Tensor& made, const at::Tensor& weight, const at::Tensor& down,
                            const at::Tensor& norm, const at::Tensor& add, const at::Tensor& state, double inputs,
                            double eps, double norm_eps) {
    const int64_t rows = made.size(0), hidden = down.size(1);
    const at::Tensor mixed = at::addmm(base, made, weight.t()), scale = at::empty_like(squares);
    JointScaleRows(Data(made), Data(squares), rows, made.size(1), static_cast<float>(inputs), static_cast<float>(eps),
                   Data(scale));
    const at::Tensor inner = at::empty({rows, hidden}, made.options());
    GatedSiluRows(Data(mixed), mixed.size(1), Data(scale), rows, hidden, Data(inner));
    const at::Tensor out = at::mm(inner, down.t()), out_scale = at::empty_like(scale), next = at::empty_like(state);
    GatedStepRows(Step(state, add, out, norm, mixed, hidden), static_cast<float>(norm_eps), Data(next),
                  Data(out_scale));
    context->save_for_backward({made, weight, down, norm, add, state, mixed, scale, inner, out, out_scale});
    context->saved_data["inputs"] = inputs;
    return next;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &made = saved[0], &weight = saved[1], &down = saved[2], &norm = saved[3], &add = saved[4];
    const at::Tensor &state = saved[5], &mixed = saved[6], &scale = saved[7], &inner = saved[8], &out = saved[9];
    const at::Tensor &out_scale = saved[10], gradient = gradients[0].contiguous();
    const int64_t rows = made.size(0), hidden = down.size(1);
    const at::Tensor of_state = at::empty_like(state), of_add = at::empty_like(add), of_out = at::empty_like(out);
    const at::Tensor of_norm = at::zeros_like(norm), of_mixed = at::empty_like(mixed);
    GatedStepRowsGradient(Data(gradient), Step(state, add, out, norm, mixed, hidden), Data(out_scale),
                          {Data(of_state), Data(of_add), Data(of_out), Data(of_norm), Data(of_mixed) + 2 * hidden});
    const at::Tensor of_inner = at::mm(of_out, down), of_scale = at::empty_like(scale);
    GatedSiluRowsGradient(Data(of_inner), Data(mixed), mixed.size(1), Data(scale), rows, hidden, Data(of_mixed),
                          Data(of_scale));
    // scale = (squares / inputs + eps)^(-1/2)
    const at::Tensor of_squares = scale.pow(3).mul_(of_scale).mul_(-0.5 / context->saved_data["inputs"].toDouble());
    const at::Tensor of_made = (made * of_squares).mul_(2);
    of_made.addmm_(of_mixed, weight);
    return {of_mixed,
            of_squares,
            of_made,
            at::mm(of_mixed.t(), made),
            at::mm(of_out.t(), inner),
            of_norm,
            of_add,
            of_state,
            at::Tensor(),
            at::Tensor(),
            at::Tensor()};
  }

 private:
  static GatedStep Step(const at::Tensor& state, const at::Tensor& add, const at::Tensor& out, const at::Tensor& norm,
                        const at::Tensor& mixed, int64_t hidden) {
    return {Data(state),   Data(add),     Data(out),    Data(norm), Data(mixed) + 2 * hidden,
            state.size(0), state.size(1), mixed.size(1)};
  }
};

class SoftmaxAndRestFunction : public torch::autograd::Function<SoftmaxAndRestFunction> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& x) {
    const at::Tensor y = at::empty_like(x), rest = at::empty({x.size(0), 1}, x.options());
    SoftmaxRestRows(Data(x), x.size(0), x.size(1), Data(y), Data(rest));
    context->save_for_backward({x, y, rest});
    return {y, rest};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &y = saved[1], &rest = saved[2];
    const at::Tensor gradient = gradients[0].contiguous(), of_rest = gradients[1].contiguous();
    const at::Tensor x_gradient = at::empty_like(x);
    SoftmaxRestRowsGradient(Data(gradient), Data(of_rest), Data(x), Data(y), Data(rest), x.size(0), x.size(1),
                            Data(x_gradient));
    return {x_gradient};
  }
};

// Where the slots, words and facts of each item lie in a contiguous state, in numbers.
struct Places {
  Places(const at::Tensor& state, const at::Tensor& present, int64_t slots)
      : items(state.size(0)),
        width(state.size(2)),
        stride(state.size(1) * width),
        words(slots * width),
        facts(words + present.size(1) * width),
        fact_count((stride - facts) / width) {}

  // That the words of such a state are convolved by.
  WordRows Words(const at::Tensor& kernel, const at::Tensor& present) const {
    return {items, present.size(1), width, kernel.size(0), stride, Data(present)};
  }

  int64_t items, width, stride, words, facts, fact_count;
};

class CarryFunction : public torch::autograd::Function<CarryFunction> {
 public:
  // state: [items, positions, width], contiguous; kernel: [taps, width]; present: [items, words]; facts is empty
  // where none thinks.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& state, const at::Tensor& slots,
                            const at::Tensor& kernel, const at::Tensor& facts, const at::Tensor& present,
                            int64_t slot_count) {
    const at::Tensor y = at::empty_like(state);
    const Places places(state, present, slot_count);
    ScaleRows(Data(state), Data(slots), places.items, slot_count, places.width, places.stride, Data(y));
    ConvolveRows(Data(state) + places.words, Data(kernel), places.Words(kernel, present), Data(y) + places.words);
    ScaleRows(Data(state) + places.facts, Data(facts), places.items, places.fact_count, places.width, places.stride,
              Data(y) + places.facts);
    context->save_for_backward({state, slots, kernel, facts, present});
    context->saved_data["slot_count"] = slot_count;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &state = saved[0], &slots = saved[1], &kernel = saved[2], &facts = saved[3], &present = saved[4];
    const int64_t slot_count = context->saved_data["slot_count"].toInt();
    const at::Tensor gradient = gradients[0].contiguous(), of_state = at::empty_like(state);
    const at::Tensor of_slots = at::zeros_like(slots), of_kernel = at::zeros_like(kernel);
    const at::Tensor of_facts = at::zeros_like(facts);
    const Places places(state, present, slot_count);
    ScaleRowsGradient(Data(gradient), Data(state), Data(slots), places.items, slot_count, places.width, places.stride,
                      Data(of_state), Data(of_slots));
    ConvolveRowsGradient(Data(gradient) + places.words, Data(state) + places.words, Data(kernel),
                         places.Words(kernel, present), Data(of_state) + places.words, Data(of_kernel));
    ScaleRowsGradient(Data(gradient) + places.facts, Data(state) + places.facts, Data(facts), places.items,
                      places.fact_count, places.width, places.stride, Data(of_state) + places.facts, Data(of_facts));
    return {of_state, of_slots, of_kernel, of_facts, at::Tensor(), at::Tensor()};
  }
};

class SoftmaxProfileFunction : public torch::autograd::Function<SoftmaxProfileFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& bucket, int64_t profile) {
    const at::Tensor y = at::empty({x.size(0), x.size(1), profile}, x.options()), weights = at::empty_like(x);
    ProfileRows(Data(x), bucket.data_ptr<int64_t>(), {x.size(0), x.size(1), bucket.size(1), profile}, Data(weights),
                Data(y));
    context->save_for_backward({weights, bucket});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &weights = saved[0], &bucket = saved[1], gradient = gradients[0].contiguous();
    const at::Tensor x_gradient = at::empty_like(weights);
    ProfileRowsGradient(Data(gradient), Data(weights), bucket.data_ptr<int64_t>(),
                        {weights.size(0), weights.size(1), bucket.size(1), gradient.size(2)}, Data(x_gradient));
    return {x_gradient, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor Carry(const at::Tensor& state, int64_t slots, const at::Tensor& slot_scale, const at::Tensor& kernel,
                 const at::Tensor& fact_scale, const at::Tensor& present) {
  const int64_t words = present.size(1), facts = state.size(1) - slots - words, width = state.size(2);
  CheckShape(slot_scale, {width}, "scale of the slots");
  CheckShape(kernel, {width, 1, kAnySize}, "kernel");
  CheckShape(present, {state.size(0), words}, "present words");
  TORCH_CHECK(facts >= 0, "positions ", state.size(1), ", slots ", slots, ", words ", words);
  if (TakesRows(state)) {
    return CarryFunction::apply(state.contiguous(), slot_scale, kernel.squeeze(1).t().contiguous(),
                                facts > 0 ? fact_scale : at::empty({0}, state.options()), present.contiguous(), slots);
  }
  std::vector<at::Tensor> parts = {slot_scale * state.narrow(1, 0, slots),
                                   ConvolveWords(state.narrow(1, slots, words) * present.unsqueeze(-1), kernel)};
  if (facts > 0) parts.push_back(fact_scale * state.narrow(1, slots + words, facts));
  return at::cat(parts, 1);
}

at::Tensor GatedStepOf(const GatedStepInputs& given) {
  const int64_t hidden = given.down.size(1), width = given.down.size(0);
  CheckShape(given.weight, {2 * hidden + width, given.made.size(-1)}, "weight of a gated step");
  TORCH_CHECK(given.base.size(-1) == 2 * hidden + width && given.state.size(-1) == width, "widths of a gated step");
  if (TakesRows(given.made)) {
    return GatedStepFunction::apply(Rows(given.base), Rows(given.base_squares), Rows(given.made), given.weight,
                                    given.down, given.out_norm.weight, Rows(given.add), Rows(given.state), given.inputs,
                                    given.eps, given.out_norm.eps)
        .view(given.state.sizes());
  }
  const std::vector<at::Tensor> mixed =
      AddLinear(given.base, given.made, given.weight).split_with_sizes({2 * hidden, width}, -1);
  const at::Tensor scale =
      ((given.base_squares + given.made.square().sum(-1, /*keepdim=*/true)) / given.inputs + given.eps).rsqrt();
  SwiGlu feed;
  feed.down = given.down;
  return at::lerp(given.state, given.add + given.out_norm(feed.Down(mixed[0] * scale)), at::sigmoid(mixed[1]));
}

at::Tensor SoftmaxProfile(const at::Tensor& x, const at::Tensor& bucket, int64_t profile) {
  CheckShape(bucket, {x.size(1), x.size(2) - 1}, "buckets");
  if (TakesRows(x)) return SoftmaxProfileFunction::apply(x.contiguous(), bucket.contiguous(), profile);
  const at::Tensor weights = x.softmax(-1).narrow(2, 1, x.size(2) - 1);
  at::Tensor places = at::one_hot(bucket, profile).to(x.scalar_type());
  places.select(-1, profile - 1).fill_(1);
  // [positions, items, words] x [positions, words, profile]
  return at::bmm(weights.transpose(0, 1), places).transpose(0, 1);
}

std::pair<at::Tensor, at::Tensor> SoftmaxAndRest(const at::Tensor& x) {
  TORCH_CHECK(x.size(-1) > 1, "a softmax beside the first place needs more places");
  if (!TakesRows(x)) return {x.softmax(-1), x.narrow(-1, 1, x.size(-1) - 1).logsumexp({-1}, /*keepdim=*/true)};
  std::vector<int64_t> shape = x.sizes().vec();
  const variable_list made = SoftmaxAndRestFunction::apply(Rows(x));
  shape.back() = 1;
  return {made[0].view(x.sizes()), made[1].view(shape)};
}

}  // namespace trivium
