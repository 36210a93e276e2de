// Whether items stop when their answer stands: accuracy after every fixed number of loops beside that of items that
// stop by themselves, and how well the judgements tell right answers and those that have settled. Only torch .cc files
// include this.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "stage2_reasoning/grading/grade_suite.h"

namespace trivium {

// Items of one family and depth.
struct HaltingCell {
  std::string family;
  int64_t depth = 0;
  int64_t n = 0;
  std::vector<double> fixed;  // accuracy after 1, 2, .. loops
  double automatic = 0;       // accuracy where each item stops by itself ...
  double mean_loops = 0;      // ... after so many loops
};

struct HaltingReport {
  std::vector<HaltingCell> cells;
  int64_t best_loops = 0;      // the fixed number of greatest mean accuracy over the cells, the least of several
  double best = 0;             // that accuracy
  double threshold = 0;        // of the judgement "settled", by which items stop
  double automatic = 0;        // mean over the cells
  double mean_loops = 0;       // likewise
  double auroc = 0;            // of the judgement, over all items and loops: is the answer right now?
  double softmax_auroc = 0;    // likewise, of the words' probability
  double settled_auroc = 0;    // likewise: does no later loop change the answer? (1.5 times the loops are run)
  double spearman = 0;         // of loops used with depth, over all items of families of several depths
  double softmax_error = 0;    // calibration error of the words' probability when an item stops
  double judgement_error = 0;  // and of the judgement
};

// Held-out items of options.families at their graded depths, in some of which a needed fact is gone, so that "unknown"
// is among the right answers. Fixed numbers and items that stop by themselves go up to options.halting.loops, with
// options.more_loops further where a graded depth of any family takes more. UsageError if the reasoner has no halt
// head.
absl::StatusOr<HaltingReport> GradeHalting(const Reasoner& reasoner, const SuiteOptions& options);

nlohmann::json ToJson(const HaltingReport& report);
std::string RenderHalting(const HaltingReport& report);

}  // namespace trivium
