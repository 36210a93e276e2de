// Stage 2: trains a reasoner around a frozen language model on freshly generated items. Used by `trivium stage2 train`
// and by the demo. Torch-free header.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/train/trainer_config.h"
#include "stage2_reasoning/reasoner_config.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

class KeyTable;
class Reasoner;
class TextEncoder;
struct TrainOptions;
struct TrainSummary;
struct TrainPlan;

// A world step draws one world of up to 160 relation facts, mounted for all of its items as a shard would be: an item's
// own 8-16 facts do not teach reading from many. It belongs to the family relations in canonical wording, and begins
// after a quarter of training.
struct DataConfig {
  std::vector<std::string> families = {"lookup", "relations", "comparisons", "rules", "operators"};
  std::string order = "adaptive";  // shuffle, adaptive, easy_first
  std::string items;               // a JSONL file of the user's own items, "" for none
  double items_share = 0.3;        // of every batch, where `items` is given
  int64_t min_facts = 8, max_facts = 16;
  double borrowed_names = 0.5;        // share of items in which any content word of the lexicon may serve as a name
  double unknown_share = 0.08;        // items with a needed fact deleted
  double world_share = 0.06;          // steps whose items ask about one shared world of many facts, see below
  double twin_share = 0.1;            // items followed by a counterfactual twin in the same batch
  std::string wording = "canonical";  // in which items are said: canonical, reworded, constructed (tasks/rendering.h)
};

struct ReasonerTrainingConfig {
  ReasonerTrainingConfig();  // the defaults of stage 2, see configs/stage2/tiny.yaml

  int64_t seed = 1;
  int64_t batch_items = 64;
  int64_t min_loops = 4, max_loops = 8;  // the loop count of a step is drawn evenly, whatever the items' depth
  double early_loss = 0.3;               // weight of the loss at an earlier, random loop
  int64_t evaluate_items = 0;            // items a family, depth and setting at train.evaluate_every; 0: none
  double support_loss = 0.3;             // weight of "each needed fact is read somewhere, some time", where it is known
  DataConfig data;
  ReasonerConfig reasoner;
  TrainerConfig train;

  absl::Status Validate() const;
};

// seed, data.*, reasoner.*, train.* (with train.batch_items, train.min_loops, train.max_loops, train.early_loss,
// train.support_loss, train.evaluate_items).
void AddKeys(KeyTable& table, ReasonerTrainingConfig& config);

// Trains `reasoner`, made from config.reasoner, in options.run_dir. The encoder's weights are checked to be unchanged
// before and after. Errors as Train; UsageError for unknown families or unreadable items.
absl::StatusOr<TrainSummary> TrainReasoner(const ReasonerTrainingConfig& config, const TextEncoder& encoder,
                                           Reasoner& reasoner, const TrainOptions& options);
// Times a few steps; writes nothing.
absl::StatusOr<TrainPlan> PlanReasonerTraining(const ReasonerTrainingConfig& config, const TextEncoder& encoder,
                                               Reasoner& reasoner, const TrainOptions& options);

// Forward operations of one item: projections of its rows once, then `loops` loops over its positions; without the
// frozen model. A multiply-add is two operations.
double ReasonerFlops(const ReasonerConfig& config, int64_t vector_width, int64_t vocab, double words, double rows,
                     double loops);

}  // namespace trivium
