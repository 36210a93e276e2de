// The standard grading: every family at every depth, in settings that each ask one thing. Only torch .cc
// files include this.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/grading/item_answerer.h"
#include "stage2_reasoning/tasks/rendering.h"
#include "stage2_reasoning/tasks/world.h"

namespace trivium {

struct SuiteOptions {
  std::vector<std::string> families;
  int64_t items_per_cell = 200;
  int64_t deeper_steps = 0;  // so many depths beyond each family's training depths were met now and then
  int64_t extra_depths = 2;  // depths graded beyond those
  uint64_t seed = 1;
  int64_t min_facts = 8, max_facts = 16;
  Halting halting;
  bool more_loops = false;  // where a family's depth takes more than halting.loops, unless items stop by themselves
  Rendering rendering;      // how items are worded; with synonyms, held-out wording is graded too
  bool new_names = true, withheld = true, games = true, worlds = true;
};

// How items of a cell are generated. REQUIRES: names outlives the result.
GenerateOptions OptionsFor(const SuiteOptions& suite, int64_t depth, const std::vector<std::string>& names);

// Rows of these settings, with floors measured on the items of each:
//   held_out            items never met, over names and words of training
//   new_names           over names of the lexicon that stage 2 has never met
//   coined_names        over made-up names that stand in no training item of any run
//   new_words, new_templates, new_wording   in the reworded rendering: the question's words are synonyms never met in
//                       stage 2 (the facts' are known), the templates are, both are
//   held_out_rules      by sets of rules that training never draws, of families that have such
//   facts_withheld      no facts; one of the item's candidates must be named: what do the weights know?
//   needed_withheld     the needed facts are gone, the others stay; one of the candidates must be named: do the others
//                       tell?
//   abstention          a needed fact is gone: "unknown" is said
//   false_unknown       nothing is gone: "unknown" is said (less is better). No floors: who always says it has all of
//                       both.
//   graded_only         games and worlds of rules; and graded_only_legal: one of the choices must be named
//   world, swapped_world, swapped_world_new_names, swapped_world_coined_names   relations of 1-3 hops over a mounted
//                       world of 120 facts, and over others that take its place without training; five worlds each,
//                       intervals over worlds (MakeRowOfGroups)
// Errors as EncodeItems and Render.
absl::StatusOr<std::vector<ResultRow>> GradeSuite(const ItemAnswerer& answerer, const SuiteOptions& options);

// Accuracy of chosen depths of one family against the number of loops: setting "loops".
absl::StatusOr<std::vector<ResultRow>> LoopTable(const ItemAnswerer& answerer, const std::string& family,
                                                 const std::vector<int64_t>& depths, const std::vector<int64_t>& loops,
                                                 const SuiteOptions& options);

// 40 of `names` with three relations each: 120 facts.
World MakeWorld(const std::vector<std::string>& names, const SeedTree& seeds);
std::vector<Fact> FactsOf(const World& world, const std::string& shard);

}  // namespace trivium
