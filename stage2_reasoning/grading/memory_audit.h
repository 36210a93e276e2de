// Audits a memory: what editing, deleting and swapping facts does to free answers, as result rows with 95 % intervals
// and floors. The measures are those of knowledge editing (EasyEdit, Yao et al. 2023, arXiv 2305.13172: efficacy,
// generalisation, locality, portability) and of deletion audits (facts full, deleted, memory off). Nothing is
// teacher-forced. Torch-free: who answers is an Answerer.
//
// Rows, by family and setting; depth is hops:
//   edit      before            right before the edit: the most that can be expected after it; before_paraphrase,
//                               before_new_paraphrase and before_synonym: of the questions in other words
//             efficacy          the direct question has the new answer
//             paraphrase, new_paraphrase, synonym   so has the question in other words (QuestionKind)
//             propagation       chains over the edited fact have the new answer
//             old_answer        the direct question or chain still has the old answer (less is better)
//             locality          answers to other questions that are what they were, right or wrong; depth 0: all hops
//             locality_right    the same among those that were right
//   delete    full              the old answer is given while the fact is there, which is then right
//             deleted           the old answer is given although a needed fact is gone (leak; less is better)
//             memory_off        the old answer is given with no fact at all (what the weights know; less is better)
//             *_forced          the same where one of the people must be named
//             abstention        "unknown" where a needed fact is gone
//             false_unknown     "unknown" where it is there (less is better)
//             locality          as above
//   swap      old_world, new_world   right answers before and after all facts are exchanged; *_forced: where one of
//                               the world's people must be named
//   sequence  efficacy_N, locality_N   after N edits one after another: the newest answers of up to 200 edited facts,
//                               and answers to 200 other questions that are what they were before the first edit
// Floors: of right answers the larger of naming a random person and always naming the commonest right answer; of
// leaks and locality a random person, and of leaks with memory on at least a random fact of the relation asked for
// last (in a chain the fact that stated the old answer is still there). An answerer that never changes its answer has
// all locality: read it beside `before`.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/grading/memory_cases.h"

namespace trivium {

struct MemoryAudit {
  std::vector<ResultRow> rows;
  double edit_milliseconds = 0;  // from the change to its direct question's answer, median over the edits
  ChangeCost edit_cost;          // of the independent edits
  // Accuracy about the new world as a share of that about the old one, by hops; 0 where the old one has none.
  std::map<int64_t, double> swap_share;
  bool weights_unchanged = false;  // by swap, edits and deletions: SHA-256 before and after
  std::string weights_sha256;      // before
};

// `loops` labels the rows. Errors as the answerer's.
absl::StatusOr<MemoryAudit> AuditMemory(const MemoryCases& cases, const std::string& loops, Answerer& answerer);

// {"answerer","accuracy":[rows],"edit":{"milliseconds","gradient_steps","flops"},"swap_share","weights_sha256",
// "weights_unchanged"}; steps and operations are means per edit.
nlohmann::json ToJson(const MemoryAudit& audit, const std::string& answerer);
// The rows as a table and the other figures as lines below it.
std::string RenderAudit(const MemoryAudit& audit, const std::string& answerer);

}  // namespace trivium
