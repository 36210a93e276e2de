// The controller's weights: how they begin, where they lie, what they are called.
#include "stage2_reasoning/reasoner/controller.h"

#include "core/nn/torch_pch.h"

#include <cmath>

namespace trivium {
namespace {

// The question's first and last words get position marks, this many each: the word that holds the result is then found
// by its place rather than by counting steps, which would be learned up to the longest chain met.
constexpr int64_t kEdge = 3;
constexpr double kFactNoise = 0.15;
// Before training, facts show 5 % of their states: a question that needs no more than to read is not disturbed.
constexpr double kFirstShown = -3.0;
constexpr double kFirstMatchScale = 10.0;
constexpr double kFirstMatchThreshold = 0.4;  // cosine above which two symbols count as the same before training
// A read's cosine is encoded by this many sigmoid steps.
constexpr double kLeastFit = 0.2, kMostFit = 1.1, kFirstFitSlope = 20.0;
constexpr int64_t kFits = 10;
// In digits of nearness (controller.cc): a beginning that differs in one word of ten is near by 1.3, the same one by 4.
constexpr double kLeastRecall = 0.75, kMostRecall = 3.75, kFirstRecallSlope = 6.0;

RmsNorm NormWithGain(int64_t width, double gain) {
  RmsNorm norm(width);
  torch::NoGradGuard no_grad;
  norm.weight.fill_(gain);
  return norm;
}

at::Tensor Parameter(const at::Tensor& values) { return values.requires_grad_(true); }

}  // namespace

Controller::Controller(const ReasonerConfig& config, int64_t vector_width, Rng& rng)
    : config_(config),
      reader_(vector_width, config.width, rng, config.thinking_facts, config.told_order, config.belief_scale) {
  const int64_t width = config.width, profile = 2 * config.match_reach + 3;
  rotary_ = Rotary(width / config.heads, 1024, 10000.0);
  embed_vector_ = IdentityWeight(width, vector_width, rng);
  embed_hidden_ = LinearWeight(width, vector_width, 0.15, rng);
  slots_ = Parameter(NormalTensor({config.answer_slots + config.scratch_slots, width}, 0.5, rng));
  edges_ = Parameter(NormalTensor({2 * kEdge, width}, 0.5, rng));
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
  if (config.recall_fit) {
    recall_nearness_ = Parameter(at::linspace(kLeastRecall, kMostRecall, kFits));
    recall_slope_ = Parameter(at::full({}, std::log(kFirstRecallSlope), at::kFloat));
    recall_value_ = Parameter(NormalTensor({width, kEdge * kFits}, 0.2, rng));
  }
  if (!config.thinking_facts) return;
  embed_fact_ = LinearWeight(width, 3 * vector_width, kFactNoise, rng);
  fact_scale_ = Parameter(at::ones({width}));
  shown_weight_ = Parameter(at::zeros({1, width}));
  shown_bias_ = Parameter(at::full({1}, kFirstShown, at::kFloat));
  if (config.told_order) fact_place_ = LinearWeight(width, 2, kFactNoise, rng);
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
                           {prefix + "edges", edges_},
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
  if (config_.recall_fit) {
    list.insert(list.end(), {{prefix + "recall_nearness", recall_nearness_},
                             {prefix + "recall_slope", recall_slope_},
                             {prefix + "recall_value.weight", recall_value_}});
  }
  if (!config_.thinking_facts) return;
  list.insert(list.end(), {{prefix + "embed_fact.weight", embed_fact_},
                           {prefix + "fact_scale", fact_scale_},
                           {prefix + "shown.weight", shown_weight_},
                           {prefix + "shown.bias", shown_bias_}});
  if (config_.told_order) list.emplace_back(prefix + "fact_place.weight", fact_place_);
}

}  // namespace trivium
