// See halting_report.h: every item is watched through all loops once; what each rule would have done is read off.
#include "stage2_reasoning/grading/halting_report.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/metrics/association.h"
#include "core/text/lexicon.h"
#include "stage2_reasoning/grading/suite_items.h"

namespace trivium {
namespace {

constexpr size_t kBatchItems = 100;
constexpr double kUnknownShare = 0.12;  // as in training

// One item after one loop.
struct Moment {
  std::string answer;
  bool right = false;
  double softmax = 0, judged = 0, settled = 0;
};

// Of each item, loop after loop.
std::vector<std::vector<Moment>> Watch(const Reasoner& reasoner, const std::vector<Item>& items, int64_t loops) {
  std::vector<std::vector<Moment>> seen;
  for (size_t begin = 0; begin < items.size(); begin += kBatchItems) {
    const size_t end = std::min(items.size(), begin + kBatchItems);
    const std::vector<Item> part(items.begin() + static_cast<int64_t>(begin),
                                 items.begin() + static_cast<int64_t>(end));
    std::vector<std::vector<Moment>> of_part(part.size());
    RunOptions run;
    run.halting.loops = loops;
    run.watch = [&](const LoopView& view) {
      const std::vector<double> judged = reasoner.halt_head().right(view.features);
      const std::vector<double> settled = reasoner.halt_head().settled(view.features);
      for (size_t i = 0; i < part.size(); ++i) {
        of_part[i].push_back(
            {view.answers[i], Verify(part[i], view.answers[i]), view.softmax[i], judged[i], settled[i]});
      }
    };
    reasoner.Run(EncodeItems(reasoner.encoder(), part).value(), run);  // generated items always encode
    seen.insert(seen.end(), of_part.begin(), of_part.end());
  }
  return seen;
}

// After how many loops the rule of `--loops auto` stops; all of them if never.
size_t StopOf(const std::vector<Moment>& moments) {
  Halting rule;
  rule.automatic = true;
  const HaltingTracker tracker(rule);
  for (size_t loop = 1; loop <= moments.size(); ++loop) {
    if (tracker.Settled(moments[loop - 1].settled)) return loop;
  }
  return moments.size();
}

// What all cells say together.
class Summary {
 public:
  HaltingCell Add(HaltingCell cell, const std::vector<std::vector<Moment>>& seen, bool several_depths) {
    const auto n = static_cast<double>(seen.size());
    cell.n = std::ssize(seen);
    cell.fixed.assign(seen.front().size(), 0);
    for (const std::vector<Moment>& moments : seen) {
      size_t stands_from = moments.size() - 1;
      while (stands_from > 0 && moments[stands_from - 1].answer == moments.back().answer) --stands_from;
      for (size_t loop = 0; loop < moments.size(); ++loop) {
        cell.fixed[loop] += moments[loop].right / n;
        judged_.push_back(moments[loop].judged);
        right_.push_back(moments[loop].right);
        settled_.push_back(moments[loop].settled);
        stands_.push_back(loop >= stands_from);
      }
      const size_t stop = StopOf(moments);
      const Moment& last = moments[stop - 1];
      cell.automatic += last.right / n;
      cell.mean_loops += static_cast<double>(stop) / n;
      softmax_at_stop_.push_back(last.softmax);
      judged_at_stop_.push_back(last.judged);
      right_at_stop_.push_back(last.right);
      if (!several_depths) continue;
      depths_.push_back(static_cast<double>(cell.depth));
      loops_.push_back(static_cast<double>(stop));
    }
    return cell;
  }

  HaltingReport Report(std::vector<HaltingCell> cells) const {
    HaltingReport report;
    const auto n = static_cast<double>(cells.size());
    std::vector<double> fixed(cells.front().fixed.size(), 0);
    for (const HaltingCell& cell : cells) {
      for (size_t loop = 0; loop < fixed.size(); ++loop) fixed[loop] += cell.fixed[loop] / n;
      report.automatic += cell.automatic / n;
      report.mean_loops += cell.mean_loops / n;
    }
    const auto best = std::max_element(fixed.begin(), fixed.end());
    report.best_loops = best - fixed.begin() + 1;
    report.best = *best;
    report.auroc = Auroc(judged_, right_);
    report.settled_auroc = Auroc(settled_, stands_);
    report.spearman = Spearman(loops_, depths_);
    report.softmax_error = CalibrationError(softmax_at_stop_, right_at_stop_);
    report.judgement_error = CalibrationError(judged_at_stop_, right_at_stop_);
    report.cells = std::move(cells);
    return report;
  }

 private:
  std::vector<double> judged_, settled_, softmax_at_stop_, judged_at_stop_, depths_, loops_;
  std::vector<bool> right_, stands_, right_at_stop_;
};

}  // namespace

absl::StatusOr<HaltingReport> GradeHalting(const Reasoner& reasoner, const SuiteOptions& options, int64_t most_loops) {
  if (!reasoner.halt_head().is_fitted())
    return UsageError("this pipeline has no halt head: its training did not come to its end");
  Summary summary;
  std::vector<HaltingCell> cells;
  for (const std::string& name : options.families) {
    ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
    const std::vector<int64_t> depths = GradedDepths(*family, options.deeper_steps, options.extra_depths);
    for (int64_t depth : depths) {
      const SeedTree seeds = SeedTree(options.seed).Child("halting").Child(name).Child(static_cast<uint64_t>(depth));
      GenerateOptions generate = OptionsFor(options, depth, EnglishLexicon().training_names());
      generate.unknown_share = kUnknownShare;
      ASSIGN_OR_RETURN(const std::vector<Item> items,
                       RenderAll(HeldOutItems(*family, options.items_per_cell, seeds, generate), options.rendering,
                                 seeds.Child("wording")));
      HaltingCell cell;
      cell.family = name;
      cell.depth = depth;
      cells.push_back(summary.Add(std::move(cell), Watch(reasoner, items, most_loops), depths.size() > 1));
    }
  }
  if (cells.empty()) return UsageError("no family to grade");
  return summary.Report(std::move(cells));
}

nlohmann::json ToJson(const HaltingReport& report) {
  nlohmann::json cells = nlohmann::json::array();
  for (const HaltingCell& cell : report.cells) {
    cells.push_back({{"family", cell.family},
                     {"depth", cell.depth},
                     {"n", cell.n},
                     {"fixed", cell.fixed},
                     {"automatic", cell.automatic},
                     {"mean_loops", cell.mean_loops}});
  }
  return {{"cells", std::move(cells)},
          {"best_loops", report.best_loops},
          {"best", report.best},
          {"automatic", report.automatic},
          {"mean_loops", report.mean_loops},
          {"auroc", report.auroc},
          {"settled_auroc", report.settled_auroc},
          {"spearman", report.spearman},
          {"softmax_calibration_error", report.softmax_error},
          {"judgement_calibration_error", report.judgement_error}};
}

std::string RenderHalting(const HaltingReport& report) {
  char line[200];
  std::snprintf(line, sizeof(line), "%-14s %5s %6s %15s %10s %11s\n", "family", "depth", "n",
                ("after " + std::to_string(report.best_loops) + " loops").c_str(), "by itself", "mean loops");
  std::string text = line;
  for (const HaltingCell& cell : report.cells) {
    std::snprintf(line, sizeof(line), "%-14s %5d %6d %15.1f %10.1f %11.1f\n", cell.family.c_str(),
                  static_cast<int>(cell.depth), static_cast<int>(cell.n),
                  100 * cell.fixed[static_cast<size_t>(report.best_loops - 1)], 100 * cell.automatic, cell.mean_loops);
    text += line;
  }
  std::snprintf(line, sizeof(line), "%-14s %5s %6s %15.1f %10.1f %11.1f\n", "mean", "", "", 100 * report.best,
                100 * report.automatic, report.mean_loops);
  text += line;
  std::snprintf(line, sizeof(line),
                "AUROC: is the answer right %.3f, has it settled %.3f; loops with depth: Spearman %.2f; calibration "
                "error when it stops: words' probability %.3f, judgement %.3f",
                report.auroc, report.settled_auroc, report.spearman, report.softmax_error, report.judgement_error);
  return text + line;
}

}  // namespace trivium
