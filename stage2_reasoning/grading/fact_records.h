// Edits of facts from a file, for the audit on real names:
//   relations  {"NAME": {"templates": ["The capital of {} is", ...], ...}, ...}
//   edits      one JSON object a line: {"kind": add | edit | delete | swap,
//                "base": [[subject, relation, object], ...], "ops": [[kind, ...]],
//                "changed":   [{"query", "s", "r", "before", "expect"}], "unchanged": [{"query", "s", "r", "expect"}]}
//              before null: not known yet; expect null: must no longer be answered
// A triple becomes the sentence "TEMPLATE OBJECT ." and a query the question "QUERY what ?". Torch-free.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/metrics/result_row.h"
#include "stage2_reasoning/grading/memory_cases.h"

namespace trivium {

struct RecordCase {
  std::string kind;
  std::vector<std::string> facts;
  std::vector<AuditChange> changes;
  std::vector<AuditQuestion> questions;  // kDirect: changed, kOther: unchanged
};

// How the answerers' language writes a text, for example in lower case.
using SpellFunction = std::function<std::string(const std::string&)>;

class RecordReader {
 public:
  // relations: the JSON of a relations file. join_names: subjects and objects of several words become one word
  // (core/text/sentences.h, JoinName). UsageError naming the relation that has no template with {}.
  static absl::StatusOr<RecordReader> Create(const std::string& relations, SpellFunction spelling,
                                             bool join_names = false);
  // One line of an edits file. UsageError naming the field.
  absl::StatusOr<RecordCase> Read(const std::string& line) const;

 private:
  std::string Statement(const std::string& relation, const std::string& subject, const std::string& object) const;
  // The text as the answerers' language writes it, the names in it joined if they are to be.
  std::string Spell(const std::string& text, const std::vector<std::string>& names) const;

  std::map<std::string, std::string> templates_;  // relation -> its first template
  SpellFunction spelling_;
  bool join_names_ = false;
};

// Rows of family facts_KIND, all of depth 1:
//   before         right before the change, of the questions that it changes
//   efficacy       right after it; of a deletion: "unknown" is said
//   old_answer     the old answer is still given (less is better; not for additions)
//   locality       answers to the other questions that are what they were; others_right: that are right after it
//   X_sayable      efficacy and others_right among the items whose right answer has no more pieces than the answerer
//   has
//                  room for: the others are counted as wrong above, not dropped
// Floors: a random object of the facts, or the commonest right answer.
absl::StatusOr<std::vector<ResultRow>> AuditRecords(const std::vector<RecordCase>& cases, const std::string& loops,
                                                    Answerer& answerer);

}  // namespace trivium
