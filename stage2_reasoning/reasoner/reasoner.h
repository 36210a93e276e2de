// The reasoner: read this file first. A question enters as frozen features; the controller loops over memory until the
// answer slots are settled; each of them names a word.
//   facts -> RowEncoder -> Rows ---------------> Memory -+
//   question -> RowEncoder -> QuestionBatch -> LoopContext -> Loop, Loop, Loop ... -> slots -> words of the answer
// Slot j says word j: it is compared with the vectors of candidate words (memory/candidates.h), the end of the answer
// among them.
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/seed_tree.h"
#include "memory/candidates.h"
#include "memory/mounted_rows.h"
#include "memory/row_encoder.h"
#include "memory/trace.h"
#include "stage2_reasoning/reasoner/controller.h"
#include "stage2_reasoning/reasoner/halt_head.h"
#include "stage2_reasoning/reasoner/halting.h"
#include "stage2_reasoning/reasoner/reasoner_batch.h"
#include "stage2_reasoning/reasoner/reasoner_config.h"

namespace trivium {

// Scores what cannot be said.
inline constexpr double kNoLogit = -1e4;

// A forced choice: the likeliest of these answers is given. One list for each item, or one for all; none: free answers.
using Choices = std::vector<std::vector<std::string>>;

// What slots say, as text.
struct Spoken {
  std::vector<std::string> texts;
  std::vector<double> probabilities;
};

// What the loops gave for a batch.
struct ReasonerAnswers {
  explicit ReasonerAnswers(size_t items) : texts(items), probabilities(items, 0.0), loops(items, 0), halted(items) {}
  std::vector<std::string> texts;
  std::vector<double> probabilities;  // that the answer is right (HaltHead); of its words, where no head was fitted
  std::vector<int64_t> loops;         // used by each item
  std::vector<bool> halted;           // stopped by itself
};

struct LogitsOptions {
  std::vector<int64_t> loops = {};  // after which logits are wanted: ascending; the first tracked one is 1
  at::Tensor support = {};          // ReasonerBatch::support, for the support loss of the tracked loops
  at::Tensor conclusions = {};      // ConclusionTargets, for the loss of thoughts
  double least_match = kSureMatch;  // Controller::Begin
  int64_t untracked = 0;            // loops that go before these, without a gradient
};

// Beside that of the answers; undefined where what they need was not given.
struct SideLosses {
  // Summed over needed facts, mean over items: -log of the most that any position read the fact in any tracked loop.
  // What must be read at some time, not when or where.
  at::Tensor support;
  // Mean over an item's facts, mean over items: -log of the probability that the fact says what it comes to, or the end
  // where that is nothing, as answer slots speak, when it is read for the last time.
  at::Tensor thoughts;
};

// What one loop gave, of all items of a batch.
struct LoopView {
  int64_t loop = 1;
  const at::Tensor& features;               // HaltFeatures::After
  const std::vector<std::string>& answers;  // as the slots say them
  const std::vector<double>& softmax;       // probability of their words
};

struct RunOptions {
  Halting halting;            // how many loops
  int64_t top_k = 0;          // rows read per query; 0: all
  bool choose_top_k = false;  // instead: DefaultTopRows of the rows there are, mounted ones counted
  Choices choices = {};
  std::vector<Trace>* traces = nullptr;                   // one per item, if not null; on the CPU only
  const std::vector<std::vector<Fact>>* facts = nullptr;  // of the rows, for traces; one list if rows are shared
  // Read by all items beside their own rows: of this reasoner's encoder() and reader(). Locked against changes
  // meanwhile.
  const MountedRows* mounted = nullptr;
  std::vector<std::string> without = {};  // ids of mounted facts that are not read
  // Called after every loop, if set, with what a halt head judges by; no item leaves the batch then.
  std::function<void(const LoopView&)> watch = {};
};

// Copies share their weights. Const calls are thread-safe.
class Reasoner {
 public:
  // Of all that is computed from weights and text: weights mean nothing under another one.
  static constexpr int64_t kFormat = 8;

  // Random weights, a pure function of (config, encoder widths, seeds), on the encoder's device. REQUIRES: encoder
  // outlives this and stays there.
  Reasoner(const ReasonerConfig& config, const TextEncoder& encoder, const SeedTree& seeds);

  const ReasonerConfig& config() const { return config_; }
  const RowEncoder& encoder() const { return encoder_; }
  const Reader& reader() const { return controller_.reader(); }
  // The algorithm weights; nothing of the frozen model and no knowledge is among them.
  NamedTensors Parameters() const;
  // Not among them: fitted when they stand (training/halt_training.h), or read from disk.
  const HaltHead& halt_head() const { return halt_head_; }
  void SetHaltHead(HaltHead head) { halt_head_ = std::move(head); }

  // For the words that a batch of `items` may answer with, the closed class among them. 1: the same for all items.
  CandidateWords Words(int64_t items) const { return {encoder_, closed_class_, items}; }

  // Logits of `words` after options.loops, for training: [items, answer_slots, words] each.
  std::vector<at::Tensor> Logits(const QuestionBatch& questions, const Rows& rows, const Candidates& words,
                                 const LogitsOptions& options, SideLosses* side = nullptr) const;
  // Answers, without gradients, among the words of batch.sentences, of the mounted rows that were read, and of the
  // closed class.
  ReasonerAnswers Run(const ReasonerBatch& batch, const RunOptions& options) const;
  // -log of the probability that one of the accepted answers is said: [items]. logits: [items, answer_slots, words];
  // targets: AnswerTargets.
  at::Tensor ItemLosses(const at::Tensor& logits, const at::Tensor& targets) const;
  // Its mean over items.
  at::Tensor Loss(const at::Tensor& logits, const at::Tensor& targets) const;
  // What the answer slots say after `loops` loops, to be compared with word vectors: [items, answer_slots, width of
  // vectors], unit length.
  at::Tensor Said(const QuestionBatch& questions, const Rows& rows, int64_t loops) const;

 private:
  // The items of a batch that are still thought about, and what their loops need.
  struct Active;
  // What is said of each active item after a loop, and how likely it has settled, where that decides.
  struct Judged;

  Active Start(const ReasonerBatch& batch, const RunOptions& options) const;
  // judges: by the halt head.
  Judged Judge(const Candidates& words, const RunOptions& options, int64_t loop, bool judges, Active& active) const;
  // The answer slots of a state, normalised: [items, answer_slots, width].
  at::Tensor Slots(const at::Tensor& state, const Segments& layout) const;
  // What such slots say, as Said.
  at::Tensor Say(const at::Tensor& slots) const { return Say(slots, out_bias_); }
  // bias: [slots, width of vectors], or [1, ..] of one slot as which all speak.
  at::Tensor Say(const at::Tensor& slots, const at::Tensor& bias) const;
  // The likeliest words, or choices, of what slots say.
  Spoken Speak(const at::Tensor& said, const Candidates& words, const Choices& choices) const;
  // SideLosses::thoughts, from the state that is read last.
  at::Tensor ThoughtLoss(const at::Tensor& state, const LoopContext& context, const Candidates& words,
                         const at::Tensor& conclusions) const;
  // [items, answer_slots, words]
  at::Tensor Compare(const at::Tensor& said, const Candidates& words) const;

  ReasonerConfig config_;
  RowEncoder encoder_;
  ClosedClass closed_class_;
  Controller controller_;
  RmsNorm out_norm_;
  at::Tensor out_weight_, out_bias_, log_scale_;
  HaltHead halt_head_;
};

}  // namespace trivium
