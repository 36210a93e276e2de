// One loop in data-flow order: Begin (once per batch), Loop (again and again); the layers stand between them.
#include "stage2_reasoning/reasoner/controller.h"

#include "core/nn/torch_pch.h"

#include <cmath>
#include <utility>

#include "memory/row_encoder.h"
#include "memory/row_store.h"

namespace trivium {
namespace {

constexpr double kMasked = -1e9;
constexpr double kFirstMatchScale = 10.0;
// What all words match together is scaled as if there were so many.
constexpr double kUsualWords = 12;
constexpr double kFirstMatchThreshold = 0.4;  // cosine above which two symbols count as the same before training
// How well a read fits is told by so many soft steps over its cosine.
constexpr double kLeastFit = 0.2, kMostFit = 1.1, kFirstFitSlope = 20.0;
constexpr int64_t kFits = 10;

RmsNorm NormWithGain(int64_t width, double gain) {
  RmsNorm norm(width);
  torch::NoGradGuard no_grad;
  norm.weight.fill_(gain);
  return norm;
}

at::Tensor Parameter(const at::Tensor& values) { return values.requires_grad_(true); }

}  // namespace

at::Tensor Segments::FromWords(const at::Tensor& of_words, double fill) const {
  return at::constant_pad_nd(of_words, {0, 0, words.begin, 0}, fill);
}

Controller::Controller(const ReasonerConfig& config, int64_t vector_width, Rng& rng)
    : config_(config), reader_(vector_width, config.width, rng) {
  const int64_t width = config.width, profile = 2 * config.match_reach + 3;
  rotary_ = Rotary(width / config.heads, 1024, 10000.0);
  embed_vector_ = IdentityWeight(width, vector_width, rng);
  embed_hidden_ = LinearWeight(width, vector_width, 0.15, rng);
  slots_ = Parameter(NormalTensor({config.answer_slots + config.scratch_slots, width}, 0.5, rng));
  input_kernel_ = Parameter(NormalTensor({width, 1, config.kernel}, 0.05, rng) + 0.3);
  state_kernel_ = Parameter(NormalTensor({width, 1, config.kernel}, 0.05, rng) + 0.2);
  slot_scale_ = Parameter(at::ones({width}));
  input_norm_ = RmsNorm(width);
  state_norm_ = RmsNorm(width);
  attention_in_ = LinearWeight(3 * width, 2 * width, 0.7, rng);
  {
    torch::NoGradGuard no_grad;
    attention_in_.narrow(0, 2 * width, width).mul_(0.04);
  }
  AddIdentity(attention_in_, 2 * width, 0, width, 0.5);
  AddIdentity(attention_in_, 2 * width, width, width, 1.0);
  attention_out_ = IdentityWeight(width, width, rng);
  attention_norm_ = NormWithGain(width, 0.5);
  read_norm_ = RmsNorm(width);
  match_query_ = LinearWeight(width, 2 * width, 0.02, rng);
  AddIdentity(match_query_, 0, width, width, 1.0);
  match_key_ = IdentityWeight(width, width, rng);
  match_value_ = Parameter(NormalTensor({width, 2 * profile}, 1.0, rng));
  match_scale_ = Parameter(at::full({}, std::log(kFirstMatchScale), at::kFloat));
  match_null_ = Parameter(at::full({}, kFirstMatchThreshold, at::kFloat));
  fit_thresholds_ = Parameter(at::linspace(kLeastFit, kMostFit, kFits));
  fit_slope_ = Parameter(at::full({}, std::log(kFirstFitSlope), at::kFloat));
  fit_value_ = Parameter(NormalTensor({width, kFits}, 0.3, rng));
  feed_norm_ = RmsNorm(4 * width);
  const int64_t hidden = config.hidden > 0 ? config.hidden : 3 * width / 2;
  feed_.gate_up = LinearWeight(2 * hidden, 4 * width, 0.6, rng);
  feed_.down = LinearWeight(width, hidden, 0.6, rng);
  feed_out_norm_ = NormWithGain(width, 0.5);
  gate_weight_ = Parameter(at::zeros({width, 4 * width}));
  gate_bias_ = Parameter(at::full({width}, config.gate_bias, at::kFloat));
}

at::Tensor Controller::Convolve(const at::Tensor& words, const at::Tensor& kernel, const at::Tensor& slot_part,
                                const LoopContext& context) const {
  const at::Tensor line = (words * context.word_mask).transpose(1, 2);
  const at::Tensor mixed = at::conv1d(line, kernel, {}, 1, config_.kernel / 2, 1, words.size(2)).transpose(1, 2);
  return at::cat({slot_part, mixed}, 1);
}

LoopContext Controller::Begin(const QuestionBatch& questions, const Memory& memory, double pooled_share) const {
  LoopContext context;
  const int64_t items = questions.identity.size(0), words = questions.identity.size(1), width = config_.width;
  const Segments layout(config_.answer_slots, config_.scratch_slots, words);
  const int64_t positions = layout.positions();
  context.layout = layout;
  context.word_mask = questions.mask.to(at::kFloat).unsqueeze(-1);
  const at::Tensor embedded = Linear(questions.identity, embed_vector_) + Linear(questions.hidden, embed_hidden_);
  at::Tensor first = slots_.unsqueeze(0).expand({items, layout.slots.size, width});
  if (config_.whole_question) {
    // A fact that answers the question as a whole is found whatever the wording of both.
    const at::Tensor whole = UnitMeanSquare((embedded * context.word_mask).sum(1, /*keepdim=*/true));
    first = at::cat({layout.answers.Of(first), layout.scratch.Of(first) + whole}, 1);
  }
  const at::Tensor raw = at::cat({first, embedded}, 1);
  context.input =
      input_norm_(raw + Convolve(embedded, input_kernel_,
                                 at::zeros({items, layout.slots.size, width}, embedded.options()), context));

  // Who may attend to whom: windowed heads within the words (and within the slots), global heads everywhere.
  const at::TensorOptions is = questions.mask.options(), number = is.dtype(at::kLong), real = is.dtype(at::kFloat);
  const at::Tensor index = at::arange(positions, number);
  const at::Tensor is_word = index >= layout.words.begin;
  const at::Tensor near = ((index.unsqueeze(1) - index.unsqueeze(0)).abs() <= config_.window)
                              .logical_and(is_word.unsqueeze(1) == is_word.unsqueeze(0));
  const int64_t half = config_.heads / 2;
  const at::Tensor pattern = at::cat({near.unsqueeze(0).expand({half, positions, positions}),
                                      at::ones({config_.heads - half, positions, positions}, is)},
                                     0);
  const at::Tensor present = at::cat({at::ones({items, layout.slots.size}, is), questions.mask}, 1);
  const at::Tensor allowed =
      pattern.unsqueeze(0).logical_and(present.view({items, 1, 1, positions})).logical_or(at::eye(positions, is));
  context.attention_mask = at::zeros(allowed.sizes(), real).masked_fill(allowed.logical_not(), kMasked);

  const auto split = [&](const at::Tensor& weight) {
    const std::vector<at::Tensor> parts = weight.split_with_sizes({width, weight.size(1) - width}, 1);
    return HalfProjection{Linear(context.input, parts[0]), parts[1]};
  };
  context.attention = split(attention_in_);
  context.query = split(reader_.query);
  context.match = split(match_query_);
  // The norm's gains go into the matrix; its division by the root mean square is made up for in Loop.
  context.mix = split(at::cat({feed_.gate_up * feed_norm_.weight, gate_weight_}));
  context.mix.base = context.mix.base + at::constant_pad_nd(gate_bias_, {feed_.gate_up.size(0), 0});
  context.input_squares = context.input.square().sum(-1, /*keepdim=*/true);

  if (pooled_share > 0) {
    const at::Tensor count = context.word_mask.sum(1, /*keepdim=*/true).clamp_min(1);
    context.word_share = layout.FromWords(context.word_mask * (pooled_share * kUsualWords / count), 0);
  }
  context.is_slot = is_word.logical_not().to(at::kFloat).view({1, positions, 1});
  const at::Tensor match_scale = match_scale_.exp();
  context.match_keys =
      at::constant_pad_nd(UnitLength(Linear(embedded, match_key_)) * match_scale, {0, 0, 1, 0}).transpose(1, 2);
  const at::Tensor absent =
      at::zeros({items, 1, words}, real).masked_fill(questions.mask.logical_not().unsqueeze(1), kMasked);
  context.match_bias = at::cat({(match_null_ * match_scale).expand({items, 1, 1}), absent}, -1);
  const int64_t reach = config_.match_reach;
  const at::Tensor offset =
      (at::arange(words, number).unsqueeze(0) - (index.unsqueeze(1) - layout.words.begin)).clamp(-reach, reach);
  const at::Tensor bucket = at::where(is_word.unsqueeze(1), offset + reach, at::full_like(offset, 2 * reach + 1));
  at::Tensor distances = at::one_hot(bucket, 2 * reach + 3).to(at::kFloat);
  distances.select(-1, 2 * reach + 2).fill_(1);
  context.distances = at::constant_pad_nd(distances, {0, 0, 1, 0});
  const std::vector<at::Tensor> match_values = match_value_.chunk(2, 1);
  context.own_value = match_values[0];
  context.pooled_value = match_values[1];

  // Of everything, as in training; of a large store only the best rows are known (Reader::Read).
  const bool large = memory.mounted != nullptr && memory.mounted->rows() > kCompareAllRows;
  const ReadResult recalled = reader_.Read(reader_.PrefixQuery(questions.prefix_keys), memory, large ? kTopRows : 0);
  context.prefix_matched =
      Match(at::zeros({items, positions, width}, real), layout.FromWords(read_norm_(recalled.read), 0), context);
  return context;
}

at::Tensor Controller::FirstState(const LoopContext& context) const { return at::zeros_like(context.input).detach(); }

at::Tensor Controller::Attend(const at::Tensor& carried, const LoopContext& context, int64_t queries) const {
  const int64_t items = carried.size(0), positions = carried.size(1), heads = config_.heads, width = config_.width;
  const std::vector<at::Tensor> parts = AddLinear(context.attention.base, carried, context.attention.weight)
                                            .view({items, positions, 3, heads, width / heads})
                                            .unbind(2);
  const auto turned = [&](const at::Tensor& all) {  // [items, positions, heads, head_width]
    const std::vector<at::Tensor> halves = all.split(heads / 2, 2);
    return at::cat({rotary_(halves[0]), halves[1]}, 2).transpose(1, 2);
  };
  const at::Tensor attended =
      at::scaled_dot_product_attention(turned(parts[0].narrow(1, 0, queries)), turned(parts[1]),
                                       parts[2].transpose(1, 2), context.attention_mask.narrow(2, 0, queries));
  return attention_norm_(Linear(attended.transpose(1, 2).reshape({items, queries, width}), attention_out_));
}

at::Tensor Controller::Match(const at::Tensor& base, const at::Tensor& found, const LoopContext& context) const {
  const at::Tensor query = UnitLength(AddLinear(context.match.base, found, context.match.weight));
  const at::Tensor weights = at::baddbmm(context.match_bias, query, context.match_keys).softmax(-1);
  // [positions, items, 1 + words] x [positions, 1 + words, profile]
  const at::Tensor own = at::bmm(weights.transpose(0, 1), context.distances).transpose(0, 1);
  const at::Tensor told = AddLinear(base, own, context.own_value);
  if (!context.word_share.defined()) return told;
  const at::Tensor pooled = (own * context.word_share).sum(1, /*keepdim=*/true);
  return at::addcmul(told, context.is_slot, Linear(pooled, context.pooled_value));
}

at::Tensor Controller::Loop(const LoopContext& context, const Memory& memory, const at::Tensor& state, int64_t top_k,
                            ReadResult* result, bool only_slots) const {
  const Segments& layout = context.layout;
  const auto part = [&](const at::Tensor& x) { return only_slots ? layout.slots.Of(x) : x; };
  const at::Tensor carried =
      state_norm_(Convolve(layout.words.Of(state), state_kernel_, slot_scale_ * layout.slots.Of(state), context));
  const at::Tensor found =
      part(carried) + Attend(carried, context, only_slots ? layout.slots.size : layout.positions());
  ReadResult what = reader_.Read(AddLinear(part(context.query.base), found, context.query.weight), memory, top_k);
  const at::Tensor read = read_norm_(what.read);
  // Between two norms nothing else tells a fact that answers from the nearest one of those that do not.
  const at::Tensor fit = at::sigmoid((what.fit.clamp(-1, 2) - fit_thresholds_) * fit_slope_.exp());
  if (result != nullptr) *result = std::move(what);
  const at::Tensor matched = AddLinear(part(Match(context.prefix_matched, state, context)), fit, fit_value_);
  const at::Tensor made = at::cat({found, read, matched}, -1);
  const std::vector<at::Tensor> mixed = AddLinear(part(context.mix.base), made, context.mix.weight)
                                            .split_with_sizes({feed_.gate_up.size(0), config_.width}, -1);
  const at::Tensor mean_square =
      (part(context.input_squares) + made.square().sum(-1, /*keepdim=*/true)) / static_cast<double>(4 * config_.width);
  const at::Tensor thought = feed_out_norm_(feed_.Down(mixed[0] * (mean_square + feed_norm_.eps).rsqrt()));
  return at::lerp(part(state), read + thought, at::sigmoid(mixed[1]));
}

void Controller::To(at::Device device) {
  NamedTensors list;
  AddParameters("", list);
  Move(Values(list), device);
  rotary_.To(device, at::kFloat);
}

void Controller::AddParameters(const std::string& prefix, NamedTensors& list) const {
  reader_.AddParameters(prefix + "reader.", list);
  list.insert(list.end(), {{prefix + "embed_vector.weight", embed_vector_},
                           {prefix + "embed_hidden.weight", embed_hidden_},
                           {prefix + "slots", slots_},
                           {prefix + "input_kernel", input_kernel_},
                           {prefix + "state_kernel", state_kernel_},
                           {prefix + "slot_scale", slot_scale_},
                           {prefix + "input_norm.weight", input_norm_.weight},
                           {prefix + "state_norm.weight", state_norm_.weight},
                           {prefix + "attention_in.weight", attention_in_},
                           {prefix + "attention_out.weight", attention_out_},
                           {prefix + "attention_norm.weight", attention_norm_.weight},
                           {prefix + "read_norm.weight", read_norm_.weight},
                           {prefix + "match_query.weight", match_query_},
                           {prefix + "match_key.weight", match_key_},
                           {prefix + "match_value.weight", match_value_},
                           {prefix + "match_scale", match_scale_},
                           {prefix + "match_null", match_null_},
                           {prefix + "fit_thresholds", fit_thresholds_},
                           {prefix + "fit_slope", fit_slope_},
                           {prefix + "fit_value.weight", fit_value_},
                           {prefix + "feed_norm.weight", feed_norm_.weight},
                           {prefix + "feed.gate_up.weight", feed_.gate_up},
                           {prefix + "feed.down.weight", feed_.down},
                           {prefix + "feed_out_norm.weight", feed_out_norm_.weight},
                           {prefix + "gate.weight", gate_weight_},
                           {prefix + "gate.bias", gate_bias_}});
}

}  // namespace trivium
