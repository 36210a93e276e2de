// Judges after every loop whether what the answer slots then say is right: a logistic regression on what the controller
// holds at that moment, fitted after training on states cut off from it, so that no gradient of it reaches the network.
// Its probability is what an item stops by (Halting) and what people are shown. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/layers.h"

namespace trivium {

// What a batch has shown so far, loop by loop.
class HaltFeatures {
 public:
  // Before the state: logarithm of the answer's softmax probability; whether the loop before had the same answer;
  // logarithm of how far the slots have turned since then.
  static constexpr int64_t kScalars = 3;

  // After one more loop. slots: [items, answer_slots, width], normalised; said: [items, answer_slots, vector_width], of
  // unit length; texts and probabilities: of the answers. Returns [items, kScalars + width].
  at::Tensor After(const at::Tensor& slots, const at::Tensor& said, const std::vector<std::string>& texts,
                   const std::vector<double>& probabilities);
  // Goes on with these items of the batch alone. items: int64.
  void Keep(const at::Tensor& items);

 private:
  at::Tensor said_;
  std::vector<std::string> texts_;
};

struct HaltHead {
  HaltHead() = default;  // not fitted: judges nothing
  explicit HaltHead(int64_t width);
  bool is_fitted() const { return weight.defined(); }
  // [items]: the probability that each answer is right. REQUIRES: is_fitted().
  std::vector<double> Judge(const at::Tensor& features) const;
  NamedTensors Parameters() const { return {{"halting.weight", weight}, {"halting.bias", bias}}; }

  at::Tensor weight;  // [HaltFeatures::kScalars + width]
  at::Tensor bias;    // [1]
};

// The head of greatest likelihood, its weights held back a little (ridge), by Newton's method: the same bits for the
// same samples. features: [samples, n]; right: [samples] bool.
HaltHead FitHaltHead(const at::Tensor& features, const at::Tensor& right);

}  // namespace trivium
