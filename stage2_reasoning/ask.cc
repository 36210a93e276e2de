// See ask.h: one question; given facts are encoded for it, mounted ones stand ready.
#include "stage2_reasoning/ask.h"

#include <algorithm>

#include "core/text/sentences.h"

namespace trivium {

std::string SpaceOut(const std::string& text) {
  std::string spaced;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '.' || c == ',' || c == '?' || c == '!') {
      spaced += std::string(" ") + c + " ";
    } else {
      spaced += c;
    }
  }
  return JoinWords(SplitWords(spaced));
}

absl::StatusOr<Trace> Ask(const Pipeline& pipeline, const std::string& question, const AskOptions& options) {
  Item item;
  item.question = SpaceOut(question);
  if (item.question.empty()) return UsageError("the question is empty");
  std::vector<std::vector<Fact>> facts = {options.facts};
  std::erase_if(facts[0], [&](const Fact& fact) {
    return std::find(options.without.begin(), options.without.end(), fact.id) != options.without.end();
  });
  for (Fact& fact : facts[0]) fact.text = SpaceOut(fact.text);
  const Reasoner& reasoner = *pipeline.reasoner;
  ASSIGN_OR_RETURN(ReasonerBatch batch, EncodeQuestions(reasoner.encoder(), {item}));
  batch.fact_of_row.resize(1);
  ASSIGN_OR_RETURN(batch.rows, EncodeFacts(reasoner.encoder(), facts[0], &batch.fact_of_row[0]));
  for (const Fact& fact : facts[0]) batch.sentences[0].push_back(fact.text);
  ASSIGN_OR_RETURN(const MountedRows* mounted, pipeline.Rows());
  std::vector<Trace> traces;
  RunOptions run;
  run.halting = options.halting;
  run.top_k = options.top_k;
  run.choose_top_k = options.top_k == 0;
  run.traces = &traces;
  run.facts = &facts;
  run.mounted = mounted;
  run.without = options.without;
  reasoner.Run(batch, run);
  traces[0].question = item.question;
  return traces[0];
}

}  // namespace trivium
