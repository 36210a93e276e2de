// The reasoner: read this file first. A question enters as frozen features; the controller loops over memory until the
// answer slots are settled; the slots are decoded through the frozen embedding.
//   facts -> RowEncoder -> Rows ---------------> Memory -+
//   question -> RowEncoder -> QuestionBatch -> LoopContext -> Loop, Loop, Loop ... -> slots -> pieces of the answer
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "memory/mounted_rows.h"
#include "memory/row_encoder.h"
#include "memory/trace.h"
#include "stage2_reasoning/controller.h"
#include "stage2_reasoning/halting.h"
#include "stage2_reasoning/reasoner_batch.h"
#include "stage2_reasoning/reasoner_config.h"

namespace trivium {

// What the loops gave for a batch.
struct ReasonerAnswers {
  std::vector<std::string> texts;     // the answer of each item, "" if the slots say nothing
  std::vector<double> probabilities;  // of the answer's first piece
  std::vector<int64_t> loops;         // used by each item
  std::vector<bool> halted;           // stopped by itself
};

struct RunOptions {
  Halting halting;                        // how many loops
  int64_t top_k = 0;                      // rows read per query; 0: all
  bool choose_top_k = false;              // instead: DefaultTopRows of the rows there are, mounted ones counted
  std::vector<std::string> allowed = {};  // if not empty, only answers that begin with one of these may be given
  std::vector<Trace>* traces = nullptr;   // one per item, if not null
  const std::vector<std::vector<Fact>>* facts = nullptr;  // of the rows, for traces; one list if rows are shared
  // Read by all items beside their own rows: of this reasoner's encoder() and reader(). Locked against changes
  // meanwhile.
  const MountedRows* mounted = nullptr;
  std::vector<std::string> without = {};  // ids of mounted facts that are not read
};

// Copies share their weights. Const calls are thread-safe.
class Reasoner {
 public:
  // Random weights, a pure function of (config, encoder widths, seeds). REQUIRES: encoder outlives this.
  Reasoner(const ReasonerConfig& config, const TextEncoder& encoder, const SeedTree& seeds);

  const ReasonerConfig& config() const { return config_; }
  const RowEncoder& encoder() const { return encoder_; }
  const Reader& reader() const { return controller_.reader(); }
  // The algorithm weights; nothing of the frozen model and no knowledge is among them.
  NamedTensors Parameters() const;

  // Logits after chosen loops, for training: loops ascending, counted from 1 -> [items, answer_slots, vocab + words of
  // rows.words] each; those words are classes of the first slot alone, and of the items in whose facts they stand.
  // If `support` is defined (ReasonerBatch::support), *support_loss becomes the mean over needed facts of -log of the
  // most that any position read it in any loop: what must be read at some time, not when or where.
  std::vector<at::Tensor> Logits(const QuestionBatch& questions, const Rows& rows, const std::vector<int64_t>& loops,
                                 const at::Tensor& support = {}, at::Tensor* support_loss = nullptr) const;
  // Answers, without gradients.
  ReasonerAnswers Run(const QuestionBatch& questions, const Rows& rows,
                      const std::vector<std::vector<int64_t>>& fact_of_row, const RunOptions& options) const;
  // Mean cross-entropy of answers ([items, answer_slots], padding ignored) under logits, weighted: first piece 1.
  at::Tensor Loss(const at::Tensor& logits, const at::Tensor& answers) const;

 private:
  // [items, positions, width] -> [items, answer_slots, vocab + words]
  at::Tensor Decode(const at::Tensor& state, const OpenWords& words) const;

  ReasonerConfig config_;
  RowEncoder encoder_;
  Controller controller_;
  RmsNorm out_norm_;
  at::Tensor out_weight_, out_bias_, log_scale_;
  at::Tensor piece_directions_;  // [vocab, width_of_vectors], unit length, frozen
};

}  // namespace trivium
