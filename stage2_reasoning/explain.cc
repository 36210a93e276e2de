// See explain.h.
#include "stage2_reasoning/explain.h"

#include "core/nn/torch_pch.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "memory/mounted_rows.h"

namespace trivium {

absl::StatusOr<Trace> Explain(const Pipeline& pipeline, const std::string& question, const AskOptions& options,
                              const ExplainOptions& explain) {
  ASSIGN_OR_RETURN(const MountedRows* mounted, pipeline.Rows());
  const FactById given = Among(options.facts);
  const auto known = [&](const std::string& id) {
    std::optional<Fact> fact = given(id);
    return fact.has_value() ? fact : mounted->FactOf(id);
  };
  const auto answerer = [&](const std::set<std::string>& without) {
    AskOptions fewer = options;
    fewer.without.insert(fewer.without.end(), without.begin(), without.end());
    return Ask(pipeline, question, fewer);
  };
  ASSIGN_OR_RETURN(Trace trace, AnswerByBelief(known, answerer));
  if (explain.support) {
    const auto answer_without = [&](const std::string& id) -> absl::StatusOr<std::string> {
      ASSIGN_OR_RETURN(Trace other, AnswerByBelief(known, answerer, {id}));
      return std::move(other.answer);
    };
    RETURN_IF_ERROR(AddSupport(answer_without, explain.search, trace));
  }
  return trace;
}

}  // namespace trivium
