// See ask.h: one question; given facts are encoded for it, mounted ones stand ready.
#include "stage2_reasoning/ask.h"

#include <algorithm>
#include <set>
#include <shared_mutex>
#include <utility>

#include "core/text/sentences.h"
#include "core/text/spelling.h"

namespace trivium {

namespace {

// The question's words that stand neither in training nor in any fact given or read, if they are most of them.
// sentences: the question, then the facts given.
std::vector<std::string> UnmetWords(const std::set<std::string>& met, const std::vector<std::string>& sentences,
                                    const Trace& trace) {
  if (met.empty()) return {};
  std::set<std::string> known = met;
  const auto add = [&](const std::string& sentence) {
    for (std::string& word : SplitWords(sentence)) known.insert(std::move(word));
  };
  std::for_each(sentences.begin() + 1, sentences.end(), add);
  for (const TraceStep& step : trace.steps) {
    for (const ReadRecord& read : step.reads) add(read.fact_text);
  }
  std::vector<std::string> words = SplitWords(sentences[0]), unmet;
  words.pop_back();  // the question mark
  for (const std::string& word : words) {
    if (known.count(word) == 0) unmet.push_back(word);
  }
  return 2 * unmet.size() > words.size() ? unmet : std::vector<std::string>();
}

}  // namespace

absl::StatusOr<Trace> Ask(const Pipeline& pipeline, const std::string& question, const AskOptions& options) {
  Item item;
  const Spelling spelling = pipeline.reasoner->encoder().encoder().spelling();
  item.question = SpellQuestion(question, spelling);
  if (item.question.empty()) return UsageError("the question is empty");
  std::vector<std::vector<Fact>> facts = {options.facts};
  for (Fact& fact : facts[0]) fact.text = SpellFact(fact.text, spelling);
  ASSIGN_OR_RETURN(const MountedRows* mounted, pipeline.Rows());
  {
    // By all facts: the question is to be the same whatever is left out.
    const std::shared_lock lock = mounted->Lock();
    item.question = PartOwners(item.question, [&](const std::string& word) {
      const auto has_word = [&](const Fact& fact) { return HasWord(fact.text, word); };
      return mounted->HasWord(word) || std::any_of(facts[0].begin(), facts[0].end(), has_word);
    });
  }
  std::erase_if(facts[0], [&](const Fact& fact) {
    return std::find(options.without.begin(), options.without.end(), fact.id) != options.without.end();
  });
  if (pipeline.training.questions_in_place) item.question = QuestionInPlace(item.question);
  const Reasoner& reasoner = *pipeline.reasoner;
  ASSIGN_OR_RETURN(ReasonerBatch batch, EncodeQuestions(reasoner.encoder(), {item}));
  batch.fact_of_row.resize(1);
  ASSIGN_OR_RETURN(batch.rows, EncodeFacts(reasoner.encoder(), facts[0], &batch.fact_of_row[0]));
  NumberFacts(batch.fact_of_row, batch.rows);
  for (const Fact& fact : facts[0]) batch.sentences[0].push_back(fact.text);
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
  Trace& trace = traces[0];
  trace.question = item.question;
  if (!trace.steps.empty()) {
    const TraceStep& last = trace.steps.back();
    trace.probability = last.probability;
    // Where it stopped by itself its answer has settled, whatever it said before.
    const bool changed =
        !trace.halted && trace.steps.size() > 1 && trace.steps[trace.steps.size() - 2].answer != last.answer;
    trace.settled = !changed && last.probability >= options.halting.confidence;
  }
  trace.unmet = UnmetWords(pipeline.training.words, batch.sentences[0], trace);
  return std::move(trace);
}

}  // namespace trivium
