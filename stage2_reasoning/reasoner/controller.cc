// One loop in data-flow order: Begin (once per batch), Loop (again and again); the layers stand between them.
#include "stage2_reasoning/reasoner/controller.h"

#include "core/nn/torch_pch.h"

#include <cmath>
#include <utility>

#include "core/nn/fused_layers.h"
#include "core/nn/short_attention.h"
#include "memory/row_encoder.h"
#include "memory/row_store.h"

namespace trivium {
namespace {

// Pooled matches are normalised to this many words.
constexpr double kUsualWords = 12;
constexpr double kUsualFacts = 12;       // the unit of a fact's place in the telling
constexpr double kLeastDistance = 1e-4;  // 1 - cosine of what counts as equal; rounding is a hundredth of it

// 0 below `least`, then rises linearly to 1.
at::Tensor Above(double least, const at::Tensor& match) { return (match - least).relu() / (1 - least); }

// How well rows fit, as soft steps: between two norms nothing else tells a fact that answers from the nearest one of
// those that do not. fit: [items, positions, 1] -> [items, positions, steps].
at::Tensor FitSteps(const at::Tensor& fit, const at::Tensor& thresholds, const at::Tensor& slope) {
  return at::sigmoid((fit - thresholds) * slope.exp());
}

// How near a cosine is to 1, in decimal digits: 1 at 0.9, 2 at 0.99, 4 at 1. On a scale of cosines a fact that differs
// in one name of several pieces lies where the fact itself does.
at::Tensor Nearness(const at::Tensor& cosine) {
  return -(1 - cosine + kLeastDistance).clamp_min(kLeastDistance).log10();
}

}  // namespace

LoopContext LoopContext::Of(const at::Tensor& items) const {
  LoopContext kept = *this;
  for (at::Tensor* of_items :
       {&kept.input, &kept.attention_mask, &kept.word_mask, &kept.present, &kept.word_share, &kept.rows_of_fact,
        &kept.shown, &kept.attention.base, &kept.query.base, &kept.match.base, &kept.mix.base, &kept.input_squares,
        &kept.match_bias, &kept.prefix_matched}) {
    if (of_items->defined()) *of_items = of_items->index_select(0, items);
  }
  kept.match_keys = match_keys.Of(items);
  return kept;
}

at::Tensor Controller::EdgeMarks(const at::Tensor& mask) const {
  const int64_t edge = edges_.size(0) / 2;
  const at::Tensor index = at::arange(mask.size(1), mask.options().dtype(at::kLong)).unsqueeze(0);
  const at::Tensor from_end = mask.sum(1, /*keepdim=*/true) - 1 - index;
  const at::Tensor begins = at::one_hot(index.clamp_max(edge), edge + 1).narrow(-1, 0, edge);
  const at::Tensor ends = at::one_hot(from_end.clamp(-1, edge).add(1), edge + 2).narrow(-1, 1, edge);
  return Linear(at::cat({begins.expand(ends.sizes()), ends}, -1).to(at::kFloat), edges_.t());
}

at::Tensor Controller::EmbedFacts(const Rows& rows) const {
  const int64_t items = rows.last_row.size(0), facts = rows.last_row.size(1);
  const at::Tensor last = rows.last_row.clamp_min(0).unsqueeze(-1);
  const auto of_last = [&](const at::Tensor& of_rows) {
    return of_rows.gather(1, last.expand({items, facts, of_rows.size(2)}));
  };
  const at::Tensor embedded = Linear(of_last(rows.vectors), embed_vector_) + Linear(of_last(rows.keys), embed_fact_);
  if (!fact_place_.defined()) return embedded;
  const at::Tensor before = at::arange(facts, last.options()).expand({items, facts});
  const at::Tensor after = (rows.last_row >= 0).sum(1, /*keepdim=*/true) - 1 - before;
  return embedded + Linear(at::stack({before, after}, -1).to(at::kFloat) / kUsualFacts, fact_place_);
}

void Controller::PrepareMatch(const at::Tensor& embedded, const at::Tensor& mask, LoopContext& context) const {
  const Segments& layout = context.layout;
  const int64_t items = mask.size(0), words = mask.size(1);
  const at::TensorOptions number = mask.options().dtype(at::kLong), real = mask.options().dtype(at::kFloat);
  const at::Tensor index = at::arange(layout.question.size, number);
  const at::Tensor is_word = index >= layout.words.begin;
  context.is_slot = is_word.logical_not().to(at::kFloat).view({1, layout.question.size, 1});
  const at::Tensor match_scale = match_scale_.exp();
  context.match_keys =
      SharedFactor(at::constant_pad_nd(UnitLength(Linear(embedded, match_key_)) * match_scale, {0, 0, 1, 0}));
  const at::Tensor absent = at::zeros({items, 1, words}, real).masked_fill(mask.logical_not().unsqueeze(1), kMasked);
  context.match_bias = at::cat({(match_null_ * match_scale).expand({items, 1, 1}), absent}, -1);
  const int64_t reach = config_.match_reach;
  const at::Tensor offset =
      (at::arange(words, number).unsqueeze(0) - (index.unsqueeze(1) - layout.words.begin)).clamp(-reach, reach);
  context.bucket = at::where(is_word.unsqueeze(1), offset + reach, at::full_like(offset, 2 * reach + 1));
  const std::vector<at::Tensor> match_values = match_value_.chunk(2, 1);
  context.own_value = match_values[0];
  context.pooled_value = match_values[1];
}

LoopContext Controller::Begin(const QuestionBatch& questions, const Rows& rows, const Memory& memory,
                              double least_match) const {
  LoopContext context;
  context.least_match = least_match;
  const int64_t items = questions.vectors.size(0), words = questions.vectors.size(1), width = config_.width;
  const bool think = config_.thinking_facts && rows.last_row.defined();
  const Segments layout(config_.answer_slots, config_.scratch_slots, words, think ? rows.last_row.size(1) : 0);
  context.layout = layout;
  context.word_mask = questions.mask.to(at::kFloat).unsqueeze(-1);
  const at::Tensor embedded = Linear(questions.vectors, embed_vector_) + Linear(questions.hidden, embed_hidden_);
  const at::Tensor marked = embedded + EdgeMarks(questions.mask);
  at::Tensor first = slots_.unsqueeze(0).expand({items, layout.slots.size, width});
  const at::Tensor whole = UnitMeanSquare((embedded * context.word_mask).sum(1, /*keepdim=*/true));
  if (config_.whole_question) {
    // A fact that answers the question as a whole is found whatever the wording of both.
    first = at::cat({layout.answers.Of(first), layout.scratch.Of(first) + whole}, 1);
  }
  const at::TensorOptions is = questions.mask.options();
  std::vector<at::Tensor> raw = {first, marked + ConvolveWords(embedded * context.word_mask, input_kernel_)};
  std::vector<at::Tensor> present = {at::ones({items, layout.slots.size}, is), questions.mask};
  if (think) {
    raw.push_back(EmbedFacts(rows));
    present.push_back(rows.last_row >= 0);
    // Column 0 of the one-hot codes is of padding, row 0 of the NULL row.
    const at::Tensor codes = at::one_hot(rows.fact_of_row + 1, layout.facts.size + 1).narrow(2, 1, layout.facts.size);
    context.rows_of_fact = at::constant_pad_nd(codes.to(at::kFloat), {0, 0, 1, 0});
    context.shown = at::sigmoid(Linear(whole, shown_weight_) + shown_bias_);
  }
  context.input = input_norm_(at::cat(raw, 1));
  const at::Tensor is_present = at::cat(present, 1);
  context.present = layout.question.Of(is_present).to(at::kFloat).unsqueeze(-1);
  context.attention_mask = layout.AttentionMask(config_.heads, config_.window, is_present);

  const auto split = [&](const at::Tensor& weight) {
    const std::vector<at::Tensor> parts = weight.split_with_sizes({width, weight.size(1) - width}, 1);
    return HalfProjection{Linear(context.input, parts[0]), parts[1]};
  };
  context.attention = split(attention_in_);
  context.query = split(reader_.query);
  context.match = split(match_query_);
  context.match.base = layout.question.Of(context.match.base);
  // The norm's gains go into the matrix; its division by the root mean square is made up for in Loop.
  context.mix = split(at::cat({feed_.gate_up * feed_norm_.weight, gate_weight_}));
  context.mix.base = context.mix.base + at::constant_pad_nd(gate_bias_, {feed_.gate_up.size(0), 0});
  context.input_squares = context.input.square().sum(-1, /*keepdim=*/true);

  const at::Tensor count = context.word_mask.sum(1, /*keepdim=*/true).clamp_min(1);
  context.word_share = layout.FromWords(context.word_mask * (kUsualWords / count));
  PrepareMatch(embedded, questions.mask, context);
  context.prefix_matched = Recall(questions, memory, context);
  return context;
}

at::Tensor Controller::Recall(const QuestionBatch& questions, const Memory& memory, const LoopContext& context) const {
  const Segments& layout = context.layout;
  // Of everything, as in training; of a large store only the best rows are known (Reader::Read).
  const bool large = memory.mounted != nullptr && memory.mounted->rows() > kCompareAllRows;
  at::Tensor nearest;
  const ReadResult recalled = reader_.Read(reader_.PrefixQuery(questions.prefix_keys), memory, large ? kTopRows : 0,
                                           /*thoughts=*/nullptr, recall_value_.defined() ? &nearest : nullptr);
  const at::Tensor nothing = at::zeros({questions.mask.size(0), layout.question.size, config_.width},
                                       questions.mask.options().dtype(at::kFloat));
  const at::Tensor matched = Match(nothing, layout.FromWords(read_norm_(recalled.read)), context);
  if (!recall_value_.defined()) return matched;
  // The question's beginnings are compared as those of facts are: what a fact begins with has a cosine of 1. Slots are
  // told of the last words: "the boss of ann is who ?" begins as a fact up to the third of them, or no fact says it.
  const int64_t edge = edges_.size(0) / 2, fits = recall_nearness_.size(0);
  const at::Tensor ends =
      (questions.mask.sum(1, /*keepdim=*/true) - 1 - at::arange(edge, questions.mask.options().dtype(at::kLong)))
          .clamp_min(0);
  const at::Tensor of_ends = nearest.gather(1, ends.unsqueeze(-1));
  const at::Tensor fit = FitSteps(Nearness(of_ends), recall_nearness_, recall_slope_);
  return at::addcmul(matched, context.is_slot, Linear(fit.view({-1, 1, edge * fits}), recall_value_));
}

at::Tensor Controller::FirstState(const LoopContext& context) const { return at::zeros_like(context.input).detach(); }

at::Tensor Controller::Attend(const at::Tensor& carried, const LoopContext& context, int64_t queries) const {
  const at::Tensor qkv = AddLinear(context.attention.base, carried, context.attention.weight);
  const at::Tensor attended = trivium::Attend(
      qkv, rotary_,
      {.heads = config_.heads, .turned = config_.heads / 2, .queries = queries, .mask = context.attention_mask});
  return attention_norm_(Linear(attended, attention_out_));
}

at::Tensor Controller::Match(const at::Tensor& base, const at::Tensor& found, const LoopContext& context) const {
  const at::Tensor query = UnitLength(AddLinear(context.match.base, found, context.match.weight));
  const at::Tensor own = SoftmaxProfile(context.match_keys.TimesTransposed(query, context.match_bias), context.bucket,
                                        context.own_value.size(1));
  const at::Tensor told = AddLinear(base, own, context.own_value);
  const at::Tensor pooled = (Above(context.least_match, own) * context.word_share).sum(1, /*keepdim=*/true);
  return at::addcmul(told, context.is_slot, Linear(pooled, context.pooled_value));
}

at::Tensor Controller::Loop(const LoopContext& context, const Memory& memory, const at::Tensor& state, int64_t top_k,
                            ReadResult* result, bool only_slots) const {
  const Segments& layout = context.layout;
  const auto part = [&](const at::Tensor& x) { return only_slots ? layout.slots.Of(x) : x; };
  const bool think = context.rows_of_fact.defined();
  const at::Tensor carried = state_norm_(
      Carry(state, layout.slots.size, slot_scale_, state_kernel_, fact_scale_, context.word_mask.squeeze(-1)));
  const at::Tensor found =
      part(carried) + Attend(carried, context, only_slots ? layout.slots.size : layout.positions());
  Thoughts thoughts;
  if (think) thoughts = {layout.facts.Of(carried) * context.shown, context.rows_of_fact};
  ReadResult what = reader_.Read(AddLinear(part(context.query.base), found, context.query.weight), memory, top_k,
                                 think ? &thoughts : nullptr);
  const at::Tensor read = read_norm_(what.read);
  const at::Tensor fit = FitSteps(what.fit.clamp(-1, 2), fit_thresholds_, fit_slope_);
  if (result != nullptr) *result = std::move(what);
  const at::Tensor of_question = Match(context.prefix_matched, layout.question.Of(state), context);
  const at::Tensor same =
      think && !only_slots ? at::constant_pad_nd(of_question, {0, 0, 0, layout.facts.size}) : part(of_question);
  const at::Tensor matched = AddLinear(same, fit, fit_value_);
  return GatedStepOf({.base = part(context.mix.base),
                      .base_squares = part(context.input_squares),
                      .made = at::cat({found, read, matched}, -1),
                      .weight = context.mix.weight,
                      .down = feed_.down,
                      .out_norm = feed_out_norm_,
                      .add = read,
                      .state = part(state),
                      .inputs = static_cast<double>(4 * config_.width),
                      .eps = feed_norm_.eps});
}

}  // namespace trivium
