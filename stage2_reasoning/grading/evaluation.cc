// See evaluation.h: items in batches, verdicts by the family's own verifier.
#include "stage2_reasoning/grading/evaluation.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "stage2_reasoning/grading/floors.h"

namespace trivium {
namespace {

constexpr size_t kBatchItems = 100;

// Of each item, for traces.
std::vector<std::vector<Fact>> FactsOf(const std::vector<Item>& items) {
  std::vector<std::vector<Fact>> facts(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t f = 0; f < items[i].facts.size(); ++f) {
      facts[i].push_back(MakeFact(items[i].facts[f]));
      facts[i].back().confidence = items[i].confidence(f);
    }
  }
  return facts;
}

}  // namespace

int64_t Grade::num_correct() const { return std::count(correct.begin(), correct.end(), true); }

double Grade::mean_loops() const {
  double sum = 0;
  for (int64_t l : loops) sum += static_cast<double>(l);
  return loops.empty() ? 0 : sum / static_cast<double>(loops.size());
}

absl::StatusOr<std::vector<ItemAnswer>> ReasonerItems::AnswerItems(const std::vector<Item>& items,
                                                                   const GradeOptions& options) const {
  std::vector<ItemAnswer> answers;
  MountedRows shared(reasoner_.encoder(), reasoner_.reader());
  if (options.shared_facts != nullptr) RETURN_IF_ERROR(shared.Update(*options.shared_facts).status());
  RunOptions run;
  run.mounted = options.shared_facts != nullptr ? &shared : options.mounted;
  run.choose_top_k = options.top_k == 0;
  run.halting = options.halting;
  run.top_k = options.top_k;
  for (size_t begin = 0; begin < items.size(); begin += kBatchItems) {
    const size_t end = std::min(items.size(), begin + kBatchItems);
    std::vector<Item> part(items.begin() + static_cast<int64_t>(begin), items.begin() + static_cast<int64_t>(end));
    if (!options.choices.empty()) {
      run.choices.assign(options.choices.begin() + static_cast<int64_t>(begin),
                         options.choices.begin() + static_cast<int64_t>(end));
    }
    if (options.shared_facts != nullptr) {
      for (Item& item : part) {
        item.facts.clear();
        item.confidences.clear();
      }
    }
    const std::vector<std::vector<Fact>> facts = options.traces ? FactsOf(part) : std::vector<std::vector<Fact>>();
    std::vector<Trace> traces;
    run.facts = options.traces ? &facts : nullptr;
    run.traces = options.traces ? &traces : nullptr;
    ASSIGN_OR_RETURN(const ReasonerBatch batch, EncodeItems(reasoner_.encoder(), part));
    const ReasonerAnswers found = reasoner_.Run(batch, run);
    for (size_t i = 0; i < part.size(); ++i) {
      answers.push_back({found.texts[i], found.probabilities[i], found.loops[i]});
      if (options.traces) answers.back().trace = std::move(traces[i]);
    }
  }
  return answers;
}

absl::StatusOr<Grade> GradeItems(const ItemAnswerer& answerer, const std::vector<Item>& items,
                                 const GradeOptions& options) {
  ASSIGN_OR_RETURN(std::vector<ItemAnswer> answers, answerer.AnswerItems(items, options));
  Grade grade;
  for (size_t i = 0; i < items.size(); ++i) {
    grade.correct.push_back(Verify(items[i], answers[i].text));
    grade.answers.push_back(answers[i].text);
    grade.loops.push_back(answers[i].loops);
    if (options.traces) grade.traces.push_back(std::move(answers[i].trace));
  }
  return grade;
}

absl::StatusOr<std::vector<ResultRow>> GradeFile(const ItemAnswerer& answerer, const std::vector<Item>& items,
                                                 const GradeOptions& options, Grade* grade) {
  ASSIGN_OR_RETURN(*grade, GradeItems(answerer, items, options));
  std::map<std::pair<std::string, int64_t>, std::vector<size_t>> cells;
  for (size_t i = 0; i < items.size(); ++i) cells[{items[i].task, items[i].depth}].push_back(i);
  std::vector<ResultRow> rows;
  for (const auto& [cell, members] : cells) {
    std::vector<Item> part;
    int64_t correct = 0;
    for (size_t i : members) {
      part.push_back(items[i]);
      correct += grade->correct[i];
    }
    rows.push_back(MakeRow(cell.first, cell.second, "items", options.halting.ToString(), correct,
                           static_cast<int64_t>(members.size()), MeasureFloors(part)));
  }
  return rows;
}

}  // namespace trivium
