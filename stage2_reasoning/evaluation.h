// Grades a reasoner: free answers (no teacher forcing) on items it has never met, as result rows with 95 % intervals
// and floors. Only torch .cc files include this.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/games/game.h"
#include "stage2_reasoning/reasoner.h"
#include "stage2_reasoning/tasks/rendering.h"
#include "stage2_reasoning/tasks/world.h"

namespace trivium {

struct GradeOptions {
  Halting halting;
  int64_t top_k = 0;                                // 0: all rows; with shared_facts or mounted as Ask does
  bool withhold_facts = false;                      // the items' facts are taken away: what is known by heart?
  std::vector<std::string> choices;                 // forced choice among these; empty: free answer
  const std::vector<Fact>* shared_facts = nullptr;  // read these instead of the items' own facts and what is mounted
  const MountedRows* mounted = nullptr;             // read these beside the items' own facts; of the same reasoner
};

struct Grade {
  std::vector<bool> correct;
  std::vector<std::string> answers;
  std::vector<int64_t> loops;
  int64_t num_correct() const;
  double mean_loops() const;
};

// REQUIRES: items not empty. Errors as EncodeItems.
absl::StatusOr<Grade> GradeItems(const Reasoner& reasoner, const std::vector<Item>& items, const GradeOptions& options);

struct SuiteOptions {
  std::vector<std::string> families;
  int64_t items_per_cell = 200;
  int64_t extra_depths = 2;  // depths graded beyond the training depths of each family
  uint64_t seed = 1;
  int64_t min_facts = 8, max_facts = 16;
  Halting halting;
  Rendering rendering;  // how items are worded; with synonyms, held-out wording is graded too
  bool new_names = true, withheld = true, games = true, worlds = true;
};

// 40 of `names` with three relations each: 120 facts.
World MakeWorld(const std::vector<std::string>& names, const SeedTree& seeds);
std::vector<Fact> FactsOf(const World& world, const std::string& shard);

// Rows of settings held_out, new_names (of the lexicon, never met in stage 2), coined_names (made up, in no training
// item of any run), facts_withheld, graded_only (games), and, for a world of facts mounted as knowledge, world,
// swapped_world (other facts), swapped_world_new_names and swapped_world_coined_names. In the reworded
// rendering, which is not rendered for games and worlds, also new_words (the question's words are synonyms never met in
// stage 2, the facts' are known), new_templates and new_wording (both).
absl::StatusOr<std::vector<ResultRow>> GradeSuite(const Reasoner& reasoner, const SuiteOptions& options);

// Accuracy of chosen depths of one family against the number of loops: setting "loops".
absl::StatusOr<std::vector<ResultRow>> LoopTable(const Reasoner& reasoner, const std::string& family,
                                                 const std::vector<int64_t>& depths, const std::vector<int64_t>& loops,
                                                 const SuiteOptions& options);

// Items from a file, by task and depth: setting "items".
absl::StatusOr<std::vector<ResultRow>> GradeFile(const Reasoner& reasoner, const std::vector<Item>& items,
                                                 const GradeOptions& options, Grade* grade);

}  // namespace trivium
