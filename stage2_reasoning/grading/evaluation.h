// Grades answers to items never met, free (no teacher forcing) or among choices, as result rows with 95 % intervals and
// floors. Only torch .cc files include this.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/grading/item_answerer.h"
#include "stage2_reasoning/reasoner/reasoner.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// The reasoner as it answers items. REQUIRES: reasoner outlives this.
class ReasonerItems : public ItemAnswerer {
 public:
  explicit ReasonerItems(const Reasoner& reasoner) : reasoner_(reasoner) {}
  // Errors as EncodeItems.
  absl::StatusOr<std::vector<ItemAnswer>> AnswerItems(const std::vector<Item>& items,
                                                      const GradeOptions& options) const override;

 private:
  const Reasoner& reasoner_;
};

struct Grade {
  std::vector<bool> correct;
  std::vector<std::string> answers;
  std::vector<int64_t> loops;
  std::vector<Trace> traces;  // if asked for
  int64_t num_correct() const;
  double mean_loops() const;
};

// REQUIRES: items not empty. Errors as those of AnswerItems.
absl::StatusOr<Grade> GradeItems(const ItemAnswerer& answerer, const std::vector<Item>& items,
                                 const GradeOptions& options);
inline absl::StatusOr<Grade> GradeItems(const Reasoner& reasoner, const std::vector<Item>& items,
                                        const GradeOptions& options) {
  return GradeItems(ReasonerItems(reasoner), items, options);
}

// Items from a file, by task and depth: setting "items", with the floors measured on them.
absl::StatusOr<std::vector<ResultRow>> GradeFile(const ItemAnswerer& answerer, const std::vector<Item>& items,
                                                 const GradeOptions& options, Grade* grade);

}  // namespace trivium
