// See segments.h.
#include "stage2_reasoning/reasoner/segments.h"

#include "core/nn/torch_pch.h"

namespace trivium {

at::Tensor Segments::FromWords(const at::Tensor& of_words) const {
  return at::constant_pad_nd(of_words, {0, 0, words.begin, 0});
}

at::Tensor Segments::AttentionMask(int64_t heads, int64_t window, const at::Tensor& present) const {
  const int64_t half = heads / 2;
  const at::TensorOptions is = present.options();
  const at::Tensor index = at::arange(positions(), is.dtype(at::kLong));
  const at::Tensor is_fact = index >= facts.begin;
  const at::Tensor segment = (index >= words.begin).to(at::kLong) + is_fact.to(at::kLong);
  const at::Tensor near = ((index.unsqueeze(1) - index.unsqueeze(0)).abs() <= window)
                              .logical_and(segment.unsqueeze(1) == segment.unsqueeze(0))
                              .logical_and(is_fact.logical_not().unsqueeze(1));
  const at::Tensor seen = is_fact.unsqueeze(1).logical_or(is_fact.logical_not().unsqueeze(0));
  const at::Tensor pattern = at::cat({near.unsqueeze(0).expand({half, positions(), positions()}),
                                      seen.unsqueeze(0).expand({heads - half, positions(), positions()})},
                                     0);
  const at::Tensor allowed = pattern.unsqueeze(0)
                                 .logical_and(present.view({present.size(0), 1, 1, positions()}))
                                 .logical_or(at::eye(positions(), is));
  return at::zeros(allowed.sizes(), is.dtype(at::kFloat)).masked_fill(allowed.logical_not(), kMasked);
}

}  // namespace trivium
