// See reader.h: projections once per batch, cosine attention once per loop.
#include "memory/reader.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>

namespace trivium {
namespace {

constexpr double kIdentityNoise = 0.02;
constexpr double kFirstInverseTemperature = 10.0;

}  // namespace

void AddIdentity(at::Tensor& weight, int64_t row, int64_t column, int64_t size, double gain) {
  torch::NoGradGuard no_grad;
  const int64_t n = std::min({size, weight.size(0) - row, weight.size(1) - column});
  weight.narrow(0, row, n).narrow(1, column, n).diagonal().add_(gain);
}

at::Tensor IdentityWeight(int64_t outputs, int64_t inputs, Rng& rng, double gain) {
  at::Tensor weight = LinearWeight(outputs, inputs, kIdentityNoise, rng);
  AddIdentity(weight, 0, 0, std::min(outputs, inputs), gain);
  return weight;
}

Reader::Reader(int64_t the_vector_width, int64_t width, Rng& rng) : vector_width(the_vector_width) {
  const int64_t key_width = 3 * vector_width;
  query = LinearWeight(key_width, 2 * width, kIdentityNoise, rng);
  // Both the question's word and what the loop has found ask for facts that mention them.
  AddIdentity(query, vector_width, 0, std::min(width, vector_width), 1.0);
  AddIdentity(query, vector_width, width, std::min(width, vector_width), 1.0);
  key = IdentityWeight(key_width, key_width, rng);
  value = IdentityWeight(width, vector_width, rng);
  context = LinearWeight(width, vector_width, 0.3, rng);
  null_key = NormalTensor({key_width}, 0.1, rng).requires_grad_(true);
  null_value = at::zeros({width}, at::kFloat).requires_grad_(true);
  log_inverse_temperature = at::full({}, std::log(kFirstInverseTemperature), at::kFloat).requires_grad_(true);
}

Memory Reader::Prepare(const Rows& rows) const {
  const int64_t items = rows.keys.size(0);
  Memory memory;
  const at::Tensor null = UnitLength(null_key).expand({items, 1, null_key.size(0)});
  memory.keys = at::cat({null, UnitLength(Linear(rows.keys, key))}, 1).transpose(1, 2);
  const at::Tensor ordered = rows.keys.narrow(-1, 2 * vector_width, vector_width);
  const at::Tensor values = Linear(rows.vectors, value) + Linear(ordered, context);
  memory.values = at::cat({null_value.expand({items, 1, null_value.size(0)}), values}, 1);
  memory.prior = at::cat({at::zeros({items, 1}, rows.prior.options()), rows.prior}, 1).unsqueeze(1);
  const at::Tensor present =
      (rows.prior > kNoRow / 2).sum(1).to(rows.prior.scalar_type()).view({rows.prior.size(0), 1, 1});
  memory.scale = (present + 1).log() / std::log(kUsualRows);
  return memory;
}

at::Tensor Reader::Query(const at::Tensor& input, const at::Tensor& state) const {
  return Linear(at::cat({input, state}, -1), query);
}

at::Tensor Reader::PrefixQuery(const at::Tensor& prefix_keys) const { return Linear(prefix_keys, key); }

ReadResult Reader::Read(const at::Tensor& the_query, const Memory& memory, int64_t top_k) const {
  at::Tensor scores =
      at::matmul(UnitLength(the_query), memory.keys) * (memory.scale * log_inverse_temperature.exp()) + memory.prior;
  if (top_k > 0 && top_k < scores.size(-1)) {
    const at::Tensor least = std::get<0>(scores.topk(top_k, -1)).narrow(-1, top_k - 1, 1);
    scores = scores.masked_fill(scores < least, kNoRow);
  }
  const at::Tensor weights = scores.softmax(-1);
  return {at::matmul(weights, memory.values), weights};
}

void Reader::AddParameters(const std::string& prefix, NamedTensors& list) const {
  list.insert(list.end(), {{prefix + "query.weight", query},
                           {prefix + "key.weight", key},
                           {prefix + "value.weight", value},
                           {prefix + "context.weight", context},
                           {prefix + "null_key", null_key},
                           {prefix + "null_value", null_value},
                           {prefix + "log_inverse_temperature", log_inverse_temperature}});
}

}  // namespace trivium
