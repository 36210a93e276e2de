// Grades a reasoner: free answers (no teacher forcing) on items it has never met, as result rows with 95 % intervals
// and floors. Only torch .cc files include this.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/reasoner/reasoner.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct GradeOptions {
  Halting halting;
  int64_t top_k = 0;                                // 0: all rows; with shared_facts or mounted as Ask does
  std::vector<std::vector<std::string>> choices;    // forced choice among these, one list an item; empty: free answers
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

// Items from a file, by task and depth: setting "items", with the floors measured on them.
absl::StatusOr<std::vector<ResultRow>> GradeFile(const Reasoner& reasoner, const std::vector<Item>& items,
                                                 const GradeOptions& options, Grade* grade);

}  // namespace trivium
