// See reader.h: projections once per batch, cosine attention once per loop.
#include "memory/reader.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>

#include "core/nn/fused_layers.h"
#include "memory/row_store.h"

namespace trivium {
namespace {

// Rows with the same key tie up to rounding, which depends on where they lie: they are read or left out together.
constexpr double kTie = 1e-4;
constexpr double kQueryNoise = 0.02;
constexpr double kFirstInverseTemperature = 10.0;
// Before training confidences count threefold: of two that are 1.5 to 1 the stronger has three quarters of the weight.
constexpr double kFirstLogBelief = 1.1;
// Before training a row fits from this cosine on; the logarithm of how steeply.
constexpr double kFirstOrderThreshold = 0.7, kFirstOrderSteepness = 3.0;

bool ComparesAll(const RowStore& store) { return store.rows() <= kCompareAllRows; }

// Scores [items, positions, k] of the mounted rows and their slots; all slots of a small store in their order. Rows
// that are left out score kNoRow. queries: [items, positions, key_width] of unit length.
RowMatches FindMounted(const at::Tensor& queries, const Memory& memory, int64_t top_k) {
  const RowStore& store = *memory.mounted;
  const int64_t items = queries.size(0), positions = queries.size(1);
  // The store knows one scale. Items of other scales ask with queries of another length, which is the same. Its priors
  // count as they are: with a smaller scale they count more, and so do scores when made as large again.
  const double most = memory.scale.max().item<double>();
  const double asked = most / memory.belief;
  const at::Tensor flat = (queries * (memory.scale / most)).reshape({items * positions, queries.size(2)});
  const at::Tensor without = torch::tensor(memory.without, at::kLong);
  RowMatches found;
  if (ComparesAll(store)) {
    found.scores = store.Scores(flat, asked).index_fill(1, without, kNoRow);
    found.rows = at::arange(store.slots(), at::kLong).expand({items * positions, store.slots()});
  } else {
    const int64_t k = std::max(top_k, kTopRows);
    found = store.Best(flat, asked, k + without.size(0));  // those left out may be the best ones
    if (without.size(0) > 0) {
      found.scores.masked_fill_(at::isin(found.rows, without), kNoRow);
      const auto [scores, order] = found.scores.sort(/*stable=*/true, -1, /*descending=*/true);
      found = {scores.narrow(1, 0, k), found.rows.gather(1, order).narrow(1, 0, k)};
    }
  }
  const std::vector<int64_t> shape = {items, positions, found.scores.size(1)};
  if (memory.belief != 1) {
    found.scores = at::where(found.scores > kNoRow / 2, found.scores * memory.belief, found.scores);
  }
  return {found.scores.view(shape), found.rows.view(shape)};
}

// The greatest cosine among scores of rows [items, positions, rows], without a gradient: [items, positions, 1], -1
// where there is no row.
at::Tensor NearestOf(const at::Tensor& scores, const at::Tensor& prior, const at::Tensor& scale) {
  torch::NoGradGuard no_grad;
  if (scores.size(-1) == 0) return at::full({scores.size(0), scores.size(1), 1}, -1.0, scores.options());
  return ((scores - prior) / scale).masked_fill(scores < kNoRow / 2, -1.0).amax(-1, /*keepdim=*/true);
}

// What is taken from the scores of an item's rows, [items, positions, rows], for facts that fit as well and were told
// later, if the slope is positive, or earlier. fit: [items, positions, rows], 0 or more; slope: [items, positions, 1].
// With a slope of one, earlier rows lose the factor that stick-breaking takes from them, the product of 1 - sigmoid
// (Tan et al. 2024, arXiv 2410.17980); here how much being the last counts is the query's to say.
at::Tensor Superseded(const at::Tensor& fit, const at::Tensor& slope, const at::Tensor& span) {
  const at::Tensor sums = at::constant_pad_nd(fit.cumsum(-1), {1, 0});  // of the rows before each
  const auto before = [&](int64_t side) {
    return sums.gather(2, span.select(1, side).unsqueeze(1).expand(fit.sizes()));
  };
  const at::Tensor all = sums.narrow(2, sums.size(2) - 1, 1);
  return slope.relu() * (all - before(1)) + (-slope).relu() * before(0);
}

// sum_k weight_k * value of row k: [items, positions, width].
at::Tensor MountedValues(const at::Tensor& weights, const at::Tensor& rows, const RowStore& store) {
  if (ComparesAll(store)) return at::matmul(weights, store.values());
  const int64_t count = weights.size(0) * weights.size(1), k = weights.size(2);
  const at::Tensor values = store.values().index_select(0, rows.flatten()).view({count, k, -1});
  return at::bmm(weights.reshape({count, 1, k}), values).view({weights.size(0), weights.size(1), -1});
}

}  // namespace

Memory Memory::Of(const at::Tensor& items) const {
  Memory kept = *this;
  kept.keys = keys.Of(items);
  kept.values = values.Of(items);
  for (at::Tensor* of_items : {&kept.prior, &kept.scale, &kept.span}) {
    if (of_items->defined() && of_items->size(0) > 1) *of_items = of_items->index_select(0, items);
  }
  return kept;
}

Reader::Reader(int64_t the_vector_width, int64_t width, Rng& rng, bool thinking, bool ordered, bool beliefs)
    : vector_width(the_vector_width) {
  const int64_t key_width = 3 * vector_width;
  query = LinearWeight(key_width, 2 * width, kQueryNoise, rng);
  // Both the question's word and what the loop has found ask for facts that mention them.
  AddIdentity(query, vector_width, 0, std::min(width, vector_width), 1.0);
  AddIdentity(query, vector_width, width, std::min(width, vector_width), 1.0);
  key = IdentityWeight(key_width, key_width, rng);
  value = IdentityWeight(width, vector_width, rng);
  context = LinearWeight(width, vector_width, 0.3, rng);
  null_key = NormalTensor({key_width}, 0.1, rng).requires_grad_(true);
  null_value = at::zeros({width}, at::kFloat).requires_grad_(true);
  log_inverse_temperature = at::full({}, std::log(kFirstInverseTemperature), at::kFloat).requires_grad_(true);
  if (ordered) {
    query = at::cat({query.detach(), LinearWeight(1, 2 * width, 1.0, rng).detach()}).requires_grad_(true);
    order_threshold = at::full({}, kFirstOrderThreshold, at::kFloat).requires_grad_(true);
    order_steepness = at::full({}, kFirstOrderSteepness, at::kFloat).requires_grad_(true);
  }
  if (beliefs) log_belief = at::full({}, kFirstLogBelief, at::kFloat).requires_grad_(true);
  if (!thinking) return;
  thought_key = at::zeros({key_width, width}, at::kFloat).requires_grad_(true);
  thought_value = at::zeros({width, width}, at::kFloat).requires_grad_(true);
}

std::pair<at::Tensor, at::Tensor> Reader::Project(const at::Tensor& keys, const at::Tensor& vectors) const {
  const at::Tensor ordered = keys.narrow(-1, 2 * vector_width, vector_width);
  return {UnitLength(Linear(keys, key)), Linear(vectors, value) + Linear(ordered, context)};
}

Memory Reader::Prepare(const Rows& rows, const RowStore* mounted, std::vector<int64_t> without) const {
  const int64_t items = rows.keys.size(0);
  Memory memory;
  const auto [keys, values] = Project(rows.keys, rows.vectors);
  const at::Tensor null = UnitLength(null_key).expand({items, 1, null_key.size(0)});
  memory.values = SharedFactor(at::cat({null_value.expand({items, 1, null_value.size(0)}), values}, 1));
  at::Tensor prior = rows.prior;
  if (log_belief.defined()) {
    prior = at::where(prior > kNoRow / 2, prior * log_belief.exp(), prior);
    if (mounted != nullptr) memory.belief = std::exp(log_belief.item<double>());
  }
  memory.prior = at::cat({at::zeros({items, 1}, prior.options()), prior}, 1).unsqueeze(1);
  const at::Tensor present =
      (rows.prior > kNoRow / 2).sum(1).to(rows.prior.scalar_type()).view({rows.prior.size(0), 1, 1});
  const int64_t read = mounted == nullptr ? 0 : mounted->rows() - static_cast<int64_t>(without.size());
  memory.scale = (present + (1 + read)).clamp_min(2).log() / std::log(kUsualRows) * log_inverse_temperature.exp();
  memory.keys = SharedFactor(at::cat({null, keys}, 1) * memory.scale);
  if (order_threshold.defined()) memory.span = rows.span;
  memory.mounted = mounted;
  memory.without = std::move(without);
  return memory;
}

at::Tensor Reader::PrefixQuery(const at::Tensor& prefix_keys) const { return Linear(prefix_keys, key); }

ReadResult Reader::Read(const at::Tensor& the_query, const Memory& memory, int64_t top_k, const Thoughts* thoughts,
                        at::Tensor* nearest) const {
  const int64_t key_width = 3 * vector_width;
  const at::Tensor query_keys = UnitLength(the_query.narrow(-1, 0, key_width));
  at::Tensor scores = memory.keys.TimesTransposed(query_keys, memory.prior);
  const int64_t own = scores.size(-1);
  if (nearest != nullptr) {
    const at::Tensor prior = memory.prior.narrow(-1, 1, own - 1);  // without the NULL row
    *nearest = NearestOf(scores.narrow(-1, 1, own - 1), prior, memory.scale);
  }
  if (thoughts != nullptr) {
    // Per fact rather than per row: a fact's rows share its state.
    const at::Tensor keys = Linear(thoughts->states, thought_key) * memory.scale;  // [items, facts, key_width]
    const at::Tensor of_facts = at::bmm(query_keys, keys.transpose(1, 2));
    scores = at::baddbmm(scores, of_facts, thoughts->rows_of_fact.transpose(1, 2));
  }
  if (memory.span.defined() && the_query.size(-1) > key_width) {
    const at::Tensor cosines = scores.narrow(-1, 1, own - 1) / memory.scale;
    const at::Tensor fit = at::softplus((cosines - order_threshold) * order_steepness.exp());
    scores = scores - at::constant_pad_nd(Superseded(fit, the_query.narrow(-1, key_width, 1), memory.span), {1, 0});
  }
  at::Tensor mounted_rows;
  if (memory.mounted != nullptr && memory.mounted->rows() > 0) {
    const RowMatches found = FindMounted(query_keys, memory, top_k);
    scores = at::cat({scores, found.scores}, -1);
    mounted_rows = found.rows;
    if (nearest != nullptr) {
      const RowStore& store = *memory.mounted;
      const at::Tensor prior = ComparesAll(store) ? store.Priors() : store.PriorsOf(found.rows);
      *nearest = at::maximum(*nearest, NearestOf(found.scores, memory.belief * prior, memory.scale));
    }
  }
  if (top_k > 0 && top_k < scores.size(-1)) {
    const at::Tensor least = std::get<0>(scores.topk(top_k, -1)).narrow(-1, top_k - 1, 1);
    scores = scores.masked_fill(scores < least - kTie, kNoRow);
  }
  ReadResult result;
  at::Tensor weights;
  if (scores.size(-1) > 1) {
    const auto [all, of_rows] = SoftmaxAndRest(scores);
    weights = all;
    result.fit = of_rows / memory.scale;  // about the cosine of the best row
  } else {
    weights = at::ones_like(scores);
    result.fit = at::full_like(scores, -1.0);  // below the least cosine
  }
  result.weights = weights.narrow(-1, 0, own);
  result.read = memory.values.Times(result.weights);
  if (thoughts != nullptr) {
    const at::Tensor of_facts = at::bmm(result.weights, thoughts->rows_of_fact);
    result.read = at::baddbmm(result.read, of_facts, Linear(thoughts->states, thought_value));
  }
  if (mounted_rows.defined()) {
    result.mounted_rows = mounted_rows;
    result.mounted_weights = weights.narrow(-1, own, weights.size(-1) - own);
    result.read = result.read + MountedValues(result.mounted_weights, mounted_rows, *memory.mounted);
  }
  return result;
}

void Reader::AddParameters(const std::string& prefix, NamedTensors& list) const {
  list.insert(list.end(), {{prefix + "query.weight", query},
                           {prefix + "key.weight", key},
                           {prefix + "value.weight", value},
                           {prefix + "context.weight", context},
                           {prefix + "null_key", null_key},
                           {prefix + "null_value", null_value},
                           {prefix + "log_inverse_temperature", log_inverse_temperature}});
  if (log_belief.defined()) list.emplace_back(prefix + "log_belief", log_belief);
  if (order_threshold.defined()) {
    list.insert(list.end(),
                {{prefix + "order_threshold", order_threshold}, {prefix + "order_steepness", order_steepness}});
  }
  if (!thought_key.defined()) return;
  list.insert(list.end(),
              {{prefix + "thought_key.weight", thought_key}, {prefix + "thought_value.weight", thought_value}});
}

}  // namespace trivium
