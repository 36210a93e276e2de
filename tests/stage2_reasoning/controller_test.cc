// The controller by itself: one loop written out by hand, and its gradients.
#include "stage2_reasoning/reasoner/controller.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/nn/short_attention.h"
#include "memory/reader.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

constexpr int64_t kControlled = 8;  // width of the state and of the word vectors

ReasonerConfig SmallConfig() {
  ReasonerConfig config;
  config.width = kControlled;
  config.hidden = 12;
  config.window = 1;
  config.kernel = 3;
  config.match_reach = 2;
  config.thinking_facts = config.recall_fit = true;
  return config;
}

// A controller around random features of two questions, of five and of three words, and of three facts of two words.
struct Controlled {
  Controlled() : controller(SmallConfig(), kControlled, weights_rng) {
    Rng rng(2);
    const auto random = [&](std::vector<int64_t> shape) { return NormalTensor(shape, 1.0, rng); };
    questions = {random({2, 5, kControlled}), random({2, 5, kControlled}), random({2, 5, 3 * kControlled}),
                 torch::tensor({1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, at::kBool).view({2, 5})};
    rows.keys = random({2, 6, 3 * kControlled});
    rows.keys[0][4] = questions.prefix_keys[0][3];  // a fact that begins as the first question does
    rows.vectors = random({2, 6, kControlled});
    rows.prior = at::zeros({2, 6});
    rows.prior[1].narrow(0, 4, 2).fill_(kNoRow);  // the second item has two facts
    rows.fact_of_row = torch::tensor({0, 0, 1, 1, 2, 2, 0, 0, 1, 1, -1, -1}, at::kLong).view({2, 6});
    rows.last_row = torch::tensor({1, 3, 5, 1, 3, -1}, at::kLong).view({2, 3});
    NamedTensors list;
    controller.AddParameters("", list);
    torch::NoGradGuard no_grad;
    for (const auto& [name, weight] : list) {
      if (weight.abs().max().item<float>() == 0) weight.add_(random(weight.sizes().vec()) * 0.3);  // else unseen
      weights[name] = weight;
    }
  }
  at::Tensor Weight(const std::string& name) const { return weights.at(name).detach().to(at::kDouble); }

  Rng weights_rng{1};
  Controller controller;
  QuestionBatch questions;
  Rows rows;
  std::map<std::string, at::Tensor> weights;
};

at::Tensor Norm(const at::Tensor& x, const at::Tensor& gain) {
  return x / (x.square().mean(-1, true) + 1e-5).sqrt() * gain;
}

at::Tensor Steps(const at::Tensor& fit, const at::Tensor& thresholds, const at::Tensor& slope) {
  return at::sigmoid((fit - thresholds) * slope.exp());
}

// The reader's, in float64, of weights in float64.
Reader DoubleReader(const Controlled& c) {
  Reader reader;
  reader.vector_width = kControlled;
  for (const auto& [name, weight] :
       std::map<std::string, at::Tensor*>{{"query.weight", &reader.query},
                                          {"key.weight", &reader.key},
                                          {"value.weight", &reader.value},
                                          {"context.weight", &reader.context},
                                          {"null_key", &reader.null_key},
                                          {"null_value", &reader.null_value},
                                          {"thought_key.weight", &reader.thought_key},
                                          {"thought_value.weight", &reader.thought_value},
                                          {"log_inverse_temperature", &reader.log_inverse_temperature}}) {
    *weight = c.Weight("reader." + name);
  }
  return reader;
}

// What positions of the question match of its words, with what the beginnings matched, before the fit of what was read.
at::Tensor MatchByHand(const Controlled& c, const LoopContext& context, const at::Tensor& asking) {
  const at::Tensor query = UnitLength(at::matmul(asking, c.Weight("match_query.weight").t()));
  const at::Tensor scores = at::matmul(query, context.match_keys.value().to(at::kDouble).transpose(1, 2));
  const at::Tensor shares = (scores + context.match_bias).softmax(-1);
  const int64_t positions = asking.size(1), profile = context.own_value.size(1);
  at::Tensor own = at::zeros({2, positions, profile}, at::kDouble);
  for (int64_t p = 0; p < positions; ++p) {
    for (int64_t word = 0; word < 5; ++word) {
      const int64_t bucket = context.bucket[p][word].item<int64_t>();
      own.select(1, p).select(1, bucket) += shares.select(1, p).select(1, word + 1);
      own.select(1, p).select(1, profile - 1) += shares.select(1, p).select(1, word + 1);
    }
  }
  const at::Tensor values = c.Weight("match_value.weight");
  const at::Tensor sure = (own - kSureMatch).relu() / (1 - kSureMatch);
  const at::Tensor pooled = (sure * context.word_share).sum(1, true);
  return context.prefix_matched + at::matmul(own, values.narrow(1, 0, profile).t()) +
         context.is_slot * at::matmul(pooled, values.narrow(1, profile, profile).t());
}

// One loop from the definition: nothing split into what is computed once, nothing fused.
at::Tensor LoopByHand(const Controlled& c, const LoopContext& context, const at::Tensor& state) {
  const Segments& layout = context.layout;
  const at::Tensor input = context.input.detach().to(at::kDouble);
  const at::Tensor words = layout.words.Of(state) * c.questions.mask.unsqueeze(-1);
  const at::Tensor convolved =
      at::conv1d(words.transpose(1, 2), c.Weight("state_kernel"), {}, 1, 1, 1, kControlled).transpose(1, 2);
  const at::Tensor taken_over = at::cat(
      {layout.slots.Of(state) * c.Weight("slot_scale"), convolved, layout.facts.Of(state) * c.Weight("fact_scale")}, 1);
  const at::Tensor carried = Norm(taken_over, c.Weight("state_norm.weight"));
  const at::Tensor qkv = at::matmul(at::cat({input, carried}, -1), c.Weight("attention_in.weight").t());
  Rotary rotary(kControlled / 4, 1024, 10000.0);
  rotary.To(at::kCPU, at::kDouble);
  const at::Tensor attended =
      Attend(qkv, rotary, {.heads = 4, .turned = 2, .queries = 0, .mask = context.attention_mask.to(at::kDouble)});
  const at::Tensor found =
      carried + Norm(at::matmul(attended, c.Weight("attention_out.weight").t()), c.Weight("attention_norm.weight"));
  const Reader reader = DoubleReader(c);
  Rows rows = c.rows;
  for (at::Tensor* part : {&rows.keys, &rows.vectors, &rows.prior}) *part = part->to(at::kDouble);
  const Thoughts thoughts = {layout.facts.Of(carried) * context.shown.detach().to(at::kDouble),
                             context.rows_of_fact.to(at::kDouble)};
  const ReadResult what =
      reader.Read(at::matmul(at::cat({input, found}, -1), reader.query.t()), reader.Prepare(rows), 0, &thoughts);
  const at::Tensor read = Norm(what.read, c.Weight("read_norm.weight"));
  const at::Tensor of_question =
      MatchByHand(c, context, at::cat({layout.question.Of(input), layout.question.Of(state)}, -1));
  const at::Tensor matched =
      at::constant_pad_nd(of_question, {0, 0, 0, layout.facts.size}) +
      at::matmul(Steps(what.fit, c.Weight("fit_thresholds"), c.Weight("fit_slope")), c.Weight("fit_value.weight").t());
  const at::Tensor all = at::cat({input, found, read, matched}, -1);
  const at::Tensor both = at::matmul(Norm(all, c.Weight("feed_norm.weight")), c.Weight("feed.gate_up.weight").t());
  const at::Tensor hidden = at::silu(both.narrow(-1, 0, 12)) * both.narrow(-1, 12, 12);
  const at::Tensor fed = Norm(at::matmul(hidden, c.Weight("feed.down.weight").t()), c.Weight("feed_out_norm.weight"));
  const at::Tensor opening = at::sigmoid(at::matmul(all, c.Weight("gate.weight").t()) + c.Weight("gate.bias"));
  return state + opening * (read + fed - state);
}

TEST_CASE("One loop of the controller is its formula, written out by hand", "[stage2]") {
  const Controlled c;
  torch::NoGradGuard no_grad;
  const Memory memory = c.controller.reader().Prepare(c.rows);
  const LoopContext context = c.controller.Begin(c.questions, c.rows, memory);
  Rng rng(3);
  at::Tensor state = NormalTensor({2, context.layout.positions(), kControlled}, 1.0, rng);
  const at::Tensor present = at::cat({context.present, (c.rows.last_row >= 0).unsqueeze(-1)}, 1);
  const at::Tensor expected = LoopByHand(c, context, state.to(at::kDouble));
  const at::Tensor got = c.controller.Loop(context, memory, state, 0, nullptr).to(at::kDouble);
  REQUIRE(torch::allclose(got * present, expected * present, 1e-4, 1e-4));
  // Padding is nothing to what is there.
  state = state * present + 7 * (1 - present);
  REQUIRE(torch::allclose(c.controller.Loop(context, memory, state, 0, nullptr).to(at::kDouble) * present,
                          expected * present, 1e-4, 1e-4));
}

TEST_CASE("Slots are told how well facts begin as the question does up to its last three words", "[stage2]") {
  const Controlled c;
  torch::NoGradGuard no_grad;
  const Reader& reader = c.controller.reader();
  const Memory memory = reader.Prepare(c.rows);
  at::Tensor nearest;
  reader.Read(reader.PrefixQuery(c.questions.prefix_keys), memory, 0, nullptr, &nearest);
  for (int64_t word = 0; word < 5; ++word) {
    const double cosine = nearest[0][word][0].item<double>();
    REQUIRE((word == 3 ? std::abs(cosine - 1) < 1e-5 : cosine < 0.9));
  }
  const at::Tensor with = c.controller.Begin(c.questions, c.rows, memory).prefix_matched;
  const at::Tensor values = c.weights.at("recall_value.weight").clone();
  c.weights.at("recall_value.weight").zero_();
  const at::Tensor told = with - c.controller.Begin(c.questions, c.rows, memory).prefix_matched;
  const at::Tensor thresholds = c.weights.at("recall_nearness"), slope = c.weights.at("recall_slope");
  const int64_t fits = thresholds.size(0), slots = 4;
  for (int64_t item = 0; item < 2; ++item) {
    at::Tensor expected = at::zeros({kControlled});
    for (int64_t from_end = 0; from_end < 3; ++from_end) {
      const at::Tensor cosine = nearest[item][(item == 0 ? 4 : 2) - from_end];  // of five and of three words
      const at::Tensor nearness = -(1.0001 - cosine).log10();  // in digits; the cosine of equal beginnings is 1
      expected = expected + at::matmul(values.narrow(1, from_end * fits, fits), Steps(nearness, thresholds, slope));
    }
    for (int64_t slot = 0; slot < slots; ++slot) REQUIRE(torch::allclose(told[item][slot], expected, 1e-4, 1e-5));
    REQUIRE(told[item].narrow(0, slots, 5).abs().max().item<double>() == 0);
  }
}

// Along each weight's own gradient the loss changes as the gradient says. In float32, as the layers in one pass are;
// the step is long enough for rounding to be small beside it.
TEST_CASE("The controller's gradients over two loops agree with finite differences", "[stage2]") {
  const Controlled c;
  Rng rng(4);
  const at::Tensor factors = NormalTensor({2, 4 + 5 + 3, kControlled}, 1.0, rng);
  const auto loss = [&] {
    const Memory memory = c.controller.reader().Prepare(c.rows);
    const LoopContext context = c.controller.Begin(c.questions, c.rows, memory);
    at::Tensor state = c.controller.FirstState(context);
    for (int64_t loop = 0; loop < 2; ++loop) state = c.controller.Loop(context, memory, state, 0, nullptr);
    const at::Tensor present = at::cat({context.present, (c.rows.last_row >= 0).unsqueeze(-1)}, 1);
    return (state.to(at::kDouble) * present * factors).sum();
  };
  loss().backward();
  torch::NoGradGuard no_grad;
  for (const auto& [name, weight] : c.weights) {
    INFO(name);
    REQUIRE(weight.grad().defined());
    const double length = weight.grad().norm().item<double>();
    REQUIRE(length > 0);
    const double change = std::clamp(2e-3 * length, 1e-4, 0.02);  // of the loss, as the gradient says
    const at::Tensor step = weight.grad() * (change / length / length);
    weight.add_(step);
    const double above = loss().item<double>();
    weight.sub_(2 * step);
    const double below = loss().item<double>();
    weight.add_(step);
    REQUIRE((above - below) / 2 == Approx(change).epsilon(0.02));
  }
}

}  // namespace
}  // namespace trivium
