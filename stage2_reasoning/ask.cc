// See ask.h: one question, all mounted facts in one memory.
#include "stage2_reasoning/ask.h"

#include "core/text/sentences.h"

namespace trivium {
namespace {

// Over many rows a full softmax spreads its weight too thin; reading the best few keeps long chains sharp.
constexpr size_t kReadAllRows = 200;
constexpr int64_t kTopRows = 16;

}  // namespace

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
  std::vector<std::vector<Fact>> facts(1);
  for (const ShardFile& shard : pipeline.shards) {
    const std::vector<Fact> more = shard.Facts();
    facts[0].insert(facts[0].end(), more.begin(), more.end());
  }
  facts[0].insert(facts[0].end(), options.facts.begin(), options.facts.end());
  for (Fact& fact : facts[0]) fact.text = SpaceOut(fact.text);
  const Reasoner& reasoner = *pipeline.reasoner;
  std::vector<std::vector<int64_t>> fact_of_row(1);
  ASSIGN_OR_RETURN(const Rows rows, EncodeFacts(reasoner.encoder(), facts[0], &fact_of_row[0]));
  ASSIGN_OR_RETURN(const ReasonerBatch batch,
                   EncodeQuestions(reasoner.encoder(), {item}, reasoner.config().answer_slots));
  std::vector<Trace> traces;
  RunOptions run;
  run.halting = options.halting;
  run.top_k = options.top_k > 0 ? options.top_k : fact_of_row[0].size() > kReadAllRows ? kTopRows : 0;
  run.traces = &traces;
  run.facts = &facts;
  reasoner.Run(batch.questions, rows, fact_of_row, run);
  traces[0].question = item.question;
  return traces[0];
}

}  // namespace trivium
