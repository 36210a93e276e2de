// See memory_audit.h: asks before and after each change and counts.
#include "stage2_reasoning/grading/memory_audit.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "stage2_reasoning/grading/tally.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using Answers = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr size_t kMostSequenceQuestions = 200;

Answers Texts(const std::vector<AuditQuestion>& questions) {
  Answers texts;
  for (const AuditQuestion& question : questions) texts.push_back(question.text);
  return texts;
}

// The questions of all cases, asked at once of the unchanged facts; answers by case.
absl::StatusOr<std::vector<Answers>> AskBefore(const std::vector<ChangeCase>& cases, const AnswerOptions& options,
                                               Answerer& answerer) {
  Answers texts;
  for (const ChangeCase& one : cases) {
    for (const AuditQuestion& question : one.questions) texts.push_back(question.text);
  }
  ASSIGN_OR_RETURN(const Answers all, answerer.Answer(texts, options));
  std::vector<Answers> by_case;
  auto next = all.begin();
  for (const ChangeCase& one : cases) {
    const auto end = next + static_cast<int64_t>(one.questions.size());
    by_case.emplace_back(next, end);
    next = end;
  }
  return by_case;
}

std::string AfterSetting(QuestionKind kind) {
  switch (kind) {
    case QuestionKind::kDirect:
      return "efficacy";
    case QuestionKind::kParaphrase:
      return "paraphrase";
    case QuestionKind::kNewParaphrase:
      return "new_paraphrase";
    case QuestionKind::kSynonym:
      return "synonym";
    case QuestionKind::kChain:
      return "propagation";
    case QuestionKind::kOther:
      return "locality";
  }
  return "";
}

// Direct questions and chains: those in the wording that every reasoner is taught.
bool IsCanonical(QuestionKind kind) { return kind == QuestionKind::kDirect || kind == QuestionKind::kChain; }

void CountLocality(const AuditQuestion& question, const std::string& before, const std::string& after, Tally& tally) {
  for (int64_t depth : {question.hops, int64_t{0}}) tally.Count("locality", depth, after == before);
  if (before == question.before) tally.Count("locality_right", 0, after == before);
}

absl::Status AuditEdits(const MemoryCases& cases, Answerer& answerer, Tally& tally, MemoryAudit& audit) {
  RETURN_IF_ERROR(answerer.Mount(cases.facts));
  ASSIGN_OR_RETURN(const std::vector<Answers> before, AskBefore(cases.edits, {}, answerer));
  const ChangeCost cost_before = answerer.cost();
  std::vector<double> milliseconds;
  for (size_t i = 0; i < cases.edits.size(); ++i) {
    const ChangeCase& one = cases.edits[i];
    const Clock::time_point start = Clock::now();
    RETURN_IF_ERROR(answerer.Change(one.change));
    RETURN_IF_ERROR(answerer.Answer({one.change.question}, {}).status());
    milliseconds.push_back(1000 * std::chrono::duration<double>(Clock::now() - start).count());
    ASSIGN_OR_RETURN(const Answers after, answerer.Answer(Texts(one.questions), {}));
    RETURN_IF_ERROR(answerer.Reset());
    for (size_t q = 0; q < one.questions.size(); ++q) {
      const AuditQuestion& question = one.questions[q];
      if (question.kind == QuestionKind::kOther) {
        CountLocality(question, before[i][q], after[q], tally);
        continue;
      }
      const std::string setting = AfterSetting(question.kind);
      tally.Count(setting, question.hops, after[q] == question.after, question.after);
      tally.Count(IsCanonical(question.kind) ? "before" : "before_" + setting, question.hops,
                  before[i][q] == question.before, question.before);
      if (!IsCanonical(question.kind)) continue;
      tally.Count("old_answer", question.hops, after[q] == question.before, "", question.chance);
    }
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  if (!milliseconds.empty()) audit.edit_milliseconds = milliseconds[milliseconds.size() / 2];
  const ChangeCost cost_after = answerer.cost();
  audit.edit_cost = {cost_after.changes - cost_before.changes, cost_after.gradient_steps - cost_before.gradient_steps,
                     cost_after.flops - cost_before.flops};
  return absl::OkStatus();
}

absl::Status AuditDeletions(const MemoryCases& cases, Answerer& answerer, Tally& tally) {
  const AnswerOptions free, forced{false, cases.people}, off{true, {}}, off_forced{true, cases.people};
  RETURN_IF_ERROR(answerer.Mount(cases.facts));
  ASSIGN_OR_RETURN(const std::vector<Answers> before, AskBefore(cases.deletions, free, answerer));
  std::vector<ChangeCase> needing = cases.deletions;  // only the questions that need the fact
  for (ChangeCase& one : needing) {
    std::erase_if(one.questions, [](const AuditQuestion& question) { return question.kind == QuestionKind::kOther; });
  }
  ASSIGN_OR_RETURN(const std::vector<Answers> before_forced, AskBefore(needing, forced, answerer));
  for (size_t i = 0; i < cases.deletions.size(); ++i) {
    const ChangeCase& one = cases.deletions[i];
    RETURN_IF_ERROR(answerer.Change(one.change));
    const Answers texts = Texts(needing[i].questions);
    ASSIGN_OR_RETURN(const Answers after, answerer.Answer(Texts(one.questions), free));
    ASSIGN_OR_RETURN(const Answers after_forced, answerer.Answer(texts, forced));
    ASSIGN_OR_RETURN(const Answers without, answerer.Answer(texts, off));
    ASSIGN_OR_RETURN(const Answers without_forced, answerer.Answer(texts, off_forced));
    RETURN_IF_ERROR(answerer.Reset());
    size_t need = 0;
    for (size_t q = 0; q < one.questions.size(); ++q) {
      const AuditQuestion& question = one.questions[q];
      const std::string& old = question.before;
      if (question.kind == QuestionKind::kOther) {
        tally.Count("false_unknown", question.hops, after[q] == kUnknown);
        CountLocality(question, before[i][q], after[q], tally);
        continue;
      }
      tally.Count("full", question.hops, before[i][q] == old);
      tally.Count("deleted", question.hops, after[q] == old, "", question.chance);
      tally.Count("memory_off", question.hops, without[need] == old);
      tally.Count("full_forced", question.hops, before_forced[i][need] == old);
      tally.Count("deleted_forced", question.hops, after_forced[need] == old, "", question.chance);
      tally.Count("memory_off_forced", question.hops, without_forced[need] == old);
      tally.Count("abstention", question.hops, after[q] == kUnknown);
      tally.Count("false_unknown", question.hops, before[i][q] == kUnknown);
      ++need;
    }
  }
  return absl::OkStatus();
}

absl::Status AuditSwap(const MemoryCases& cases, const std::string& loops, Answerer& answerer, MemoryAudit& audit) {
  std::map<int64_t, double> right[2];
  const auto grade = [&](const std::string& setting, const std::vector<std::string>& people,
                         const std::vector<std::string>& facts, const std::vector<AuditQuestion>& questions,
                         std::map<int64_t, double>& by_hops) -> absl::Status {
    RETURN_IF_ERROR(answerer.Mount(facts));
    ASSIGN_OR_RETURN(const Answers answers, answerer.Answer(Texts(questions), {}));
    ASSIGN_OR_RETURN(const Answers forced, answerer.Answer(Texts(questions), {false, people}));
    Tally tally("swap", loops, 1.0 / static_cast<double>(people.size()));
    for (size_t q = 0; q < questions.size(); ++q) {
      const bool good = answers[q] == questions[q].after;
      tally.Count(setting, questions[q].hops, good, questions[q].after);
      tally.Count(setting + "_forced", questions[q].hops, forced[q] == questions[q].after, questions[q].after);
      by_hops[questions[q].hops] += good;
    }
    for (const ResultRow& row : tally.Rows()) audit.rows.push_back(row);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(grade("old_world", cases.people, cases.facts, cases.world_questions, right[0]));
  RETURN_IF_ERROR(grade("new_world", cases.swapped_people, cases.swapped_facts, cases.swapped_questions, right[1]));
  for (const auto& [hops, old_right] : right[0])
    audit.swap_share[hops] = old_right > 0 ? right[1][hops] / old_right : 0;
  return absl::OkStatus();
}

absl::Status AuditSequence(const MemoryCases& cases, Answerer& answerer, Tally& tally) {
  const EditSequence& sequence = cases.sequence;
  const auto total = static_cast<int64_t>(sequence.changes.size());
  std::set<int64_t> stops = {total};
  for (int64_t stop = 1; stop < total; stop *= 10) stops.insert(stop);
  RETURN_IF_ERROR(answerer.Mount(cases.facts));
  const Answers other_texts = Texts(sequence.others);
  ASSIGN_OR_RETURN(const Answers before, answerer.Answer(other_texts, {}));
  for (int64_t done = 1; done <= total; ++done) {
    RETURN_IF_ERROR(answerer.Change(sequence.changes[static_cast<size_t>(done) - 1]));
    if (stops.count(done) == 0) continue;
    // A fact that was edited twice is asked for once, with its newest answer.
    std::map<std::string, std::string> newest;
    Answers texts;
    for (int64_t i = done - 1; i >= 0 && texts.size() < kMostSequenceQuestions; --i) {
      const AuditChange& change = sequence.changes[static_cast<size_t>(i)];
      if (newest.try_emplace(change.question, change.answer).second) texts.push_back(change.question);
    }
    const std::string after = "_" + std::to_string(done);
    ASSIGN_OR_RETURN(const Answers edited, answerer.Answer(texts, {}));
    for (size_t q = 0; q < texts.size(); ++q) {
      tally.Count("efficacy" + after, 1, edited[q] == newest[texts[q]], newest[texts[q]]);
    }
    ASSIGN_OR_RETURN(const Answers others, answerer.Answer(other_texts, {}));
    for (size_t q = 0; q < others.size(); ++q) tally.Count("locality" + after, 0, others[q] == before[q]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MemoryAudit> AuditMemory(const MemoryCases& cases, const std::string& loops, Answerer& answerer) {
  MemoryAudit audit;
  RETURN_IF_ERROR(answerer.Mount(cases.facts));
  ASSIGN_OR_RETURN(audit.weights_sha256, answerer.WeightsSha256());
  const double chance = 1.0 / static_cast<double>(cases.people.size());
  Tally edits("edit", loops, chance), deletions("delete", loops, chance), sequence("sequence", loops, chance);
  RETURN_IF_ERROR(AuditEdits(cases, answerer, edits, audit));
  RETURN_IF_ERROR(AuditDeletions(cases, answerer, deletions));
  for (const Tally* tally : {&edits, &deletions}) {
    for (const ResultRow& row : tally->Rows()) audit.rows.push_back(row);
  }
  RETURN_IF_ERROR(AuditSwap(cases, loops, answerer, audit));
  RETURN_IF_ERROR(AuditSequence(cases, answerer, sequence));
  for (const ResultRow& row : sequence.Rows()) audit.rows.push_back(row);
  ASSIGN_OR_RETURN(const std::string after, answerer.WeightsSha256());
  audit.weights_unchanged = after == audit.weights_sha256;
  return audit;
}

nlohmann::json ToJson(const MemoryAudit& audit, const std::string& answerer) {
  const double edits = static_cast<double>(std::max<int64_t>(audit.edit_cost.changes, 1));
  nlohmann::json json = {{"answerer", answerer},
                         {"accuracy", nlohmann::json::array()},
                         {"edit",
                          {{"milliseconds", audit.edit_milliseconds},
                           {"gradient_steps", static_cast<double>(audit.edit_cost.gradient_steps) / edits},
                           {"flops", audit.edit_cost.flops / edits}}},
                         {"swap_share", nlohmann::json::object()},
                         {"weights_sha256", audit.weights_sha256},
                         {"weights_unchanged", audit.weights_unchanged}};
  for (const ResultRow& row : audit.rows) json["accuracy"].push_back(ToJson(row));
  for (const auto& [hops, share] : audit.swap_share) json["swap_share"][std::to_string(hops)] = share;
  return json;
}

std::string RenderAudit(const MemoryAudit& audit, const std::string& answerer) {
  const nlohmann::json json = ToJson(audit, answerer);
  std::string text = answerer + "\n" + RenderTable(audit.rows);
  char line[200];
  std::snprintf(
      line, sizeof(line), "an edit takes %.1f ms to the next answer, %.1f gradient steps and %.2e operations\n",
      audit.edit_milliseconds, json["edit"]["gradient_steps"].get<double>(), json["edit"]["flops"].get<double>());
  text += line;
  for (const auto& [hops, share] : audit.swap_share) {
    std::snprintf(line, sizeof(line), "swapped world, %d hops: %.1f %% of the accuracy about the old one\n", int(hops),
                  100 * share);
    text += line;
  }
  return text + "weights " + audit.weights_sha256.substr(0, 16) + "... " +
         (audit.weights_unchanged ? "are the same after all changes\n" : "are others after the changes\n");
}

}  // namespace trivium
