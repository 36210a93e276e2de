// What a training step of stage 2 is made of: items drawn from families and from the user's own file, in the order and
// wording that the config asks for. Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "stage2_reasoning/curriculum/ordering.h"
#include "stage2_reasoning/tasks/rendering.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

class KeyTable;

// Without a few deeper items a long training learns what holds for the depths that it meets and nothing beyond them.
inline constexpr int64_t kDeeperSteps = 3;

// A world step draws one world of up to world_facts relation facts, mounted for all of its items as a shard would be:
// an item's own 8-16 facts do not teach reading from many. It belongs to the family relations with canonical facts, and
// begins after a quarter of training.
struct DataConfig {
  std::vector<std::string> families = DefaultFamilyNames();
  std::string order = "adaptive";  // shuffle, adaptive, easy_first
  std::string items;               // a JSONL file of the user's own items, "" for none
  double items_share = 0.3;        // of every batch, where `items` is given
  int64_t min_facts = 8, max_facts = 16;
  double borrowed_names = 0.5;        // share of items in which any content word of the lexicon may serve as a name
  double coined_names = 0.35;         // share of items and worlds over names that are made up for them
  double long_names = 0;              // share of the others over names of one or more words, some of them made up
  double unknown_share = 0.12;        // items with a needed fact deleted
  double deeper_share = 0.04;         // items deeper than their family's training depths by up to kDeeperSteps
  double world_share = 0.06;          // steps whose items ask about one shared world of many facts, see below
  int64_t world_facts = 160;          // most facts of such a world
  double world_gaps = 0;              // facts of such a world that are missing: chains over them end unknown
  double twin_share = 0.1;            // items followed by a counterfactual twin in the same batch
  double rival_share = 0;             // items with two facts that contradict each other (AddRival)
  std::string wording = "canonical";  // in which items are said (tasks/rendering.h)
  double canonical_share = 0;         // items that stay canonical whatever `wording` says
  double loose_share = 0;             // of the others, whose questions are said loosely (Wording::SayLoosely)

  // How far beyond a family's training depths items go.
  int64_t deeper_steps() const { return deeper_share > 0 ? kDeeperSteps : 0; }
  // Whether all questions have the canonical forms, so that others are put so (QuestionInPlace).
  bool questions_in_place() const { return wording == "canonical"; }
};

// data.*
void AddKeys(KeyTable& table, DataConfig& config);

// One drawn item and the curriculum cell that it came from; -1: the user's own, about a world, or a deeper one.
struct DrawnItem {
  Item item;
  int64_t cell = -1;
};

struct DrawnBatch {
  std::vector<DrawnItem> items;
  std::vector<std::string> world;  // the sentences that all items read, in a world step
};

class ItemSource {
 public:
  // Reads the user's items, which are spelled as the language model reads them. UsageError for an unknown family, order
  // or wording, or unreadable items.
  static absl::StatusOr<ItemSource> Create(const DataConfig& config, const Spelling& spelling);

  // Words of a large sample of items and of all of the user's own, coined names left out.
  static absl::StatusOr<std::set<std::string>> Words(DataConfig config, const Spelling& spelling);

  const std::vector<Item>& own() const { return own_; }
  const Rendering& rendering() const { return rendering_; }
  const Ordering& ordering() const { return ordering_; }
  Ordering& ordering() { return ordering_; }

  // `count` items. seeds: of this step; progress in [0, 1] of the whole run.
  DrawnBatch Draw(const SeedTree& seeds, double progress, int64_t count) const;
  // The same, but the families' depths equally often, those deeper than in training too, whatever the order and whether
  // mastered or not; no world. The user's own items keep their share.
  std::vector<DrawnItem> DrawEvenly(const SeedTree& seeds, int64_t count) const;

 private:
  ItemSource(const DataConfig& config, const Rendering& rendering, Ordering ordering,
             std::vector<const TaskFamily*> families, std::vector<Item> own);

  // A cell, and how much deeper than the deepest of its family; 0: as deep as the cell.
  struct Choice {
    size_t cell = 0;
    int64_t deeper = 0;
  };
  std::vector<DrawnItem> DrawItems(const SeedTree& seeds, int64_t count,
                                   const std::function<Choice(Rng&)>& choose) const;
  bool IsWorldStep(const SeedTree& seeds, double progress) const;
  // A world of many facts and questions about it over one to four hops.
  DrawnBatch DrawWorld(const SeedTree& seeds, int64_t count) const;
  Rendering DrawRendering(Rng& rng) const;
  // Whether some of the cell's items may be deeper than its family's training depths: once the deepest is mastered.
  // Before, they would take time from what is being learned.
  bool GoesDeeper(size_t cell) const;
  // What an item's names are drawn from; `made` keeps names that are made up for it.
  const std::vector<std::string>& DrawNames(Rng& rng, size_t most, std::vector<std::string>* made) const;

  DataConfig config_;
  Rendering rendering_;
  Ordering ordering_;
  std::vector<const TaskFamily*> families_;  // of each cell
  std::vector<Item> own_;
  std::vector<std::string> any_names_;  // what may be borrowed as a name
};

}  // namespace trivium
