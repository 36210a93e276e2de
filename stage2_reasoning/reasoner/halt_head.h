// Judges after every loop whether what the answer slots then say is right, which is what people are shown, and whether
// it has settled, which is what an item stops by (Halting): an answer that is wrong for good need not be waited for.
// Two logistic regressions on what the controller holds at that moment, fitted after training on states cut off from
// it, so that no gradient of theirs reaches the network. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/nn/layers.h"

namespace trivium {

// What one loop left of a batch.
struct LoopOutcome {
  at::Tensor slots;                       // [items, answer_slots, width], normalised
  at::Tensor said;                        // [items, answer_slots, vector_width], of unit length
  at::Tensor words;                       // [items, words, width], states of the question's words
  at::Tensor word_mask;                   // [items, words], 1 unless padding
  const std::vector<std::string>& texts;  // of the answers
  const std::vector<double>& probabilities;
};

// What a batch has shown so far, loop by loop.
class HaltFeatures {
 public:
  // Of one loop: 0 log of the answer's softmax probability; 1 whether the loop before had the same answer; log of how
  // far since then 2 the most turned slot, 3 the most turned word of the question and 4 its words in the mean have
  // turned; 5 how many words there are.
  static constexpr int64_t kScalars = 6;
  // The first kRemembered of these, of each of kLoopsBefore loops before, the latest first; of the first loop, where
  // there was none.
  static constexpr int64_t kRemembered = 5, kLoopsBefore = 2;
  // With a loop: what changed in the earliest is among them.
  static constexpr int64_t kLoopsCompared = kLoopsBefore + 1;
  static constexpr int64_t kEach = kScalars + kRemembered * kLoopsBefore;
  // Scalars, those of the loops before, and all products of two: turns that shrink say more together with how far they
  // had come than each by itself.
  static constexpr int64_t kSettling = kEach + kEach * (kEach + 1) / 2;

  // After one more loop: [items, kSettling + width], the state of the first slot at the end; on the CPU, where the
  // regressions are.
  at::Tensor After(const LoopOutcome& outcome);
  // Goes on with these items of the batch alone. items: int64.
  void Keep(const at::Tensor& items);

 private:
  at::Tensor said_, words_;         // of unit length
  std::vector<at::Tensor> before_;  // [items, kRemembered] each, the latest first
  std::vector<std::string> texts_;
};

// sigmoid(weight x + bias) of the first columns of features, as many as there are weights.
struct LogisticRegression {
  std::vector<double> operator()(const at::Tensor& features) const;

  at::Tensor weight;  // [columns]
  at::Tensor bias;    // [1]
};

// That of greatest likelihood, its weights held back a little (ridge), by Newton's method: the same bits for the same
// samples. x: [samples, columns]; y: [samples] bool.
LogisticRegression FitLogistic(const at::Tensor& x, const at::Tensor& y);

struct HaltHead {
  HaltHead() = default;  // not fitted: judges nothing
  HaltHead(int64_t width, bool facts_think);
  // Places for one as earlier versions fitted it, to one loop's scalars; and the same judgement of today's features.
  static HaltHead OfOneLoop(int64_t width);
  HaltHead OfAllFeatures(bool facts_think) const;
  static int64_t ForSettled(bool facts_think) { return facts_think ? HaltFeatures::kSettling : HaltFeatures::kScalars; }
  bool is_fitted() const { return right.weight.defined(); }
  // Whether an item stops (--loops auto) whose answer is held settled with this probability.
  bool StopsAt(double probability_settled) const { return probability_settled >= threshold.item<float>(); }
  NamedTensors Parameters() const;

  LogisticRegression right;  // of all features
  // It must hold for chains of any length, whose states differ: of the scalars, or, where facts think and answers wait
  // for them, of the first kSettling; without such facts these stop the longest chains too early.
  LogisticRegression settled;
  at::Tensor threshold;  // [1], of `settled`

 private:
  static HaltHead OfWeights(int64_t right, int64_t settled);  // so many of each
};

}  // namespace trivium
