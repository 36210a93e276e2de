// Stage 2: trains a reasoner around a frozen language model on freshly generated items. Used by `trivium stage2 train`
// and by the demo. Torch-free header.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/train/trainer_config.h"
#include "stage2_reasoning/curriculum/item_source.h"
#include "stage2_reasoning/reasoner/reasoner_config.h"

namespace trivium {

class KeyTable;
class Reasoner;
class TextEncoder;
struct TrainOptions;
struct TrainSummary;
struct TrainPlan;

struct ReasonerTrainingConfig {
  ReasonerTrainingConfig();  // the defaults of stage 2, see configs/stage2/tiny.yaml

  int64_t seed = 1;
  int64_t batch_items = 64;
  int64_t min_loops = 4, max_loops = 8;  // how many loops of a step are taught: drawn evenly, whatever the items' depth
  // Most loops that go before those in a quarter of the steps, without a gradient, so that answers may learn to stay
  // however long a question is thought about (what they bring is not shown, see grading/README.md); 0: none. After
  // Bansal et al. 2022, arXiv 2202.05826, algorithm 1, where every batch has such a loss beside the usual one, and
  // within the same most loops.
  int64_t untracked_loops = 0;
  double early_loss = 0.3;         // weight of the loss at an earlier, random loop
  int64_t evaluate_items = 0;      // items a family, depth and setting at train.evaluate_every; 0: none
  double support_loss = 0.1;       // weight of "each needed fact is read somewhere, some time", where it is known
  double thought_loss = 0;         // weight of "facts that think come to what follows", where that is known
  std::vector<std::string> rungs;  // ParseRungs: trained one after the other, in place of data.families
  DataConfig data;
  ReasonerConfig reasoner;
  TrainerConfig train;
  std::string from_sha256;  // the algorithm whose weights training begins with, "" for none; no key

  absl::Status Validate() const;
};

// seed, data.*, reasoner.*, train.* (with train.batch_items, train.min_loops, train.max_loops, train.untracked_loops,
// train.early_loss, train.support_loss, train.thought_loss, train.evaluate_items, train.rungs).
void AddKeys(KeyTable& table, ReasonerTrainingConfig& config);

// From the resolved YAML that a run or a pipeline keeps; the defaults from "". BadArtifact if it does not parse.
absl::StatusOr<ReasonerTrainingConfig> ParseTrainingConfig(const std::string& yaml);

// Adds to config.reasoner.closed_class what the families answer with (TaskFamily::ClosedAnswers), in the words of
// config.data.wording, and the words of the user's own answers that stand in neither facts nor question. REQUIRES:
// called before the reasoner is made. Errors as TrainReasoner.
absl::Status CompleteClosedClass(const Spelling& spelling, ReasonerTrainingConfig& config);

// Trains `reasoner`, made from config.reasoner, on config.data.families, in options.run_dir. The encoder's weights are
// checked to be unchanged before and after. Errors as Train; UsageError for unknown families or unreadable items.
absl::StatusOr<TrainSummary> TrainReasoner(const ReasonerTrainingConfig& config, const TextEncoder& encoder,
                                           Reasoner& reasoner, const TrainOptions& options);
// Times a few steps; writes nothing.
absl::StatusOr<TrainPlan> PlanReasonerTraining(const ReasonerTrainingConfig& config, const TextEncoder& encoder,
                                               Reasoner& reasoner, const TrainOptions& options);

// Forward operations of one item: projections of its rows once, then `loops` loops over its positions; without the
// frozen model. facts: those that think. A multiply-add is two operations.
double ReasonerFlops(const ReasonerConfig& config, int64_t vector_width, int64_t candidates, double words, double rows,
                     double facts, double loops);

}  // namespace trivium
