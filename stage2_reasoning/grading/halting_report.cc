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

constexpr size_t kWatchedTogether = 100;
constexpr double kUnknownShare = 0.12;  // as in training

// One item, loop after loop.
struct Watched {
  std::vector<WatchedLoop> loops;
  std::vector<double> softmax, p_right;
  size_t settled_from = 0;  // no later loop said otherwise
};

std::vector<Watched> Watch(const Reasoner& reasoner, const std::vector<Item>& items, int64_t loops) {
  std::vector<Watched> seen;
  for (size_t begin = 0; begin < items.size(); begin += kWatchedTogether) {
    const size_t end = std::min(items.size(), begin + kWatchedTogether);
    const std::vector<Item> part(items.begin() + static_cast<int64_t>(begin),
                                 items.begin() + static_cast<int64_t>(end));
    std::vector<Watched> of_part(part.size());
    RunOptions run;
    run.halting.loops = WatchedLoops(loops);
    std::vector<std::vector<std::string>> answers(part.size());
    run.watch = [&](const LoopView& view) {
      for (size_t i = 0; i < part.size(); ++i) answers[i].push_back(view.answers[i]);
      if (view.loop > loops) return;
      const std::vector<double> p_right = reasoner.halt_head().right(view.features);
      const std::vector<double> p_settled = reasoner.halt_head().settled(view.features);
      for (size_t i = 0; i < part.size(); ++i) {
        of_part[i].loops.push_back({Verify(part[i], view.answers[i]), p_settled[i]});
        of_part[i].softmax.push_back(view.softmax[i]);
        of_part[i].p_right.push_back(p_right[i]);
      }
    };
    reasoner.Run(EncodeItems(reasoner.encoder(), part).value(), run);  // generated items always encode
    for (size_t i = 0; i < part.size(); ++i) of_part[i].settled_from = SettledFrom(answers[i]);
    seen.insert(seen.end(), of_part.begin(), of_part.end());
  }
  return seen;
}

// What all cells say together.
class Summary {
 public:
  explicit Summary(double threshold) : threshold_(threshold) {}

  HaltingCell Add(HaltingCell cell, const std::vector<Watched>& seen, bool several_depths) {
    const auto n = static_cast<double>(seen.size());
    cell.n = std::ssize(seen);
    cell.fixed.assign(seen.front().loops.size(), 0);
    for (const Watched& item : seen) {
      for (size_t loop = 0; loop < item.loops.size(); ++loop) {
        cell.fixed[loop] += item.loops[loop].right / n;
        right_.push_back(item.loops[loop].right);
        p_settled_.push_back(item.loops[loop].settled);
        settled_.push_back(loop >= item.settled_from);
      }
      softmax_.insert(softmax_.end(), item.softmax.begin(), item.softmax.end());
      p_right_.insert(p_right_.end(), item.p_right.begin(), item.p_right.end());
      const size_t stop = StopOf(item.loops, threshold_);
      cell.automatic += item.loops[stop - 1].right / n;
      cell.mean_loops += static_cast<double>(stop) / n;
      softmax_at_stop_.push_back(item.softmax[stop - 1]);
      p_right_at_stop_.push_back(item.p_right[stop - 1]);
      right_at_stop_.push_back(item.loops[stop - 1].right);
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
    report.threshold = threshold_;
    report.auroc = Auroc(p_right_, right_);
    report.softmax_auroc = Auroc(softmax_, right_);
    report.settled_auroc = Auroc(p_settled_, settled_);
    report.spearman = Spearman(loops_, depths_);
    report.softmax_error = CalibrationError(softmax_at_stop_, right_at_stop_);
    report.judgement_error = CalibrationError(p_right_at_stop_, right_at_stop_);
    report.cells = std::move(cells);
    return report;
  }

 private:
  double threshold_;
  std::vector<double> softmax_, p_right_, p_settled_, softmax_at_stop_, p_right_at_stop_, depths_, loops_;
  std::vector<bool> right_, settled_, right_at_stop_;
};

// Of fixed numbers, and of items that stop by themselves.
absl::StatusOr<int64_t> MostLoops(const SuiteOptions& options) {
  int64_t most = options.halting.loops;
  if (!options.more_loops) return most;
  for (const std::string& name : options.families) {
    ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
    for (int64_t depth : GradedDepths(*family, options.deeper_steps, options.extra_depths)) {
      most = std::max(most, family->LoopsFor(depth));
    }
  }
  return most;
}

}  // namespace

absl::StatusOr<HaltingReport> GradeHalting(const Reasoner& reasoner, const SuiteOptions& options) {
  if (!reasoner.halt_head().is_fitted())
    return UsageError("this pipeline has no halt head: its training did not come to its end");
  ASSIGN_OR_RETURN(const int64_t most_loops, MostLoops(options));
  Summary summary(reasoner.halt_head().threshold.item<float>());
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
          {"threshold", report.threshold},
          {"mean_loops", report.mean_loops},
          {"auroc", report.auroc},
          {"softmax_auroc", report.softmax_auroc},
          {"settled_auroc", report.settled_auroc},
          {"spearman", report.spearman},
          {"softmax_calibration_error", report.softmax_error},
          {"judgement_calibration_error", report.judgement_error}};
}

std::string RenderHalting(const HaltingReport& report) {
  char line[240];
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
  std::snprintf(
      line, sizeof(line),
      "stops when held settled with %.3f; AUROC: is the answer right %.3f (words' probability alone %.3f), has it "
      "settled %.3f; loops with depth: Spearman %.2f; calibration error when it stops: words' probability %.3f, judgement %.3f",
      report.threshold, report.auroc, report.softmax_auroc, report.settled_auroc, report.spearman, report.softmax_error,
      report.judgement_error);
  return text + line;
}

}  // namespace trivium
