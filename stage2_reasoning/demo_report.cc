// The demo's result as text, and the command.
#include <cstdio>
#include <map>
#include <set>

#include "stage2_reasoning/commands.h"
#include "stage2_reasoning/demo.h"
#include "stage2_reasoning/reasoner/halting.h"

namespace trivium {
namespace {

using nlohmann::json;

std::string Percent(const json& row) {
  char text[64];
  std::snprintf(text, sizeof text, "%5.1f (%.1f-%.1f)", 100 * row["accuracy"].get<double>(),
                100 * row["low"].get<double>(), 100 * row["high"].get<double>());
  return text;
}

std::string Number(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

const json* FindRow(const json& rows, const std::string& family, int64_t depth, const std::string& setting,
                    const std::string& loops) {
  for (const json& row : rows) {
    if (row["family"] == family && row["depth"] == depth && row["setting"] == setting && row["loops"] == loops)
      return &row;
  }
  return nullptr;
}

std::string Share(const json& value) { return Number(100 * value.get<double>(), "%.1f"); }

// The held-out rows of all trained families, with what else is known of each cell.
template <class Line>
std::vector<std::vector<std::string>> ByCell(const json& rows, const Line& line) {
  std::vector<std::vector<std::string>> lines;
  for (const json& row : rows) {
    if (row["setting"] == "held_out" && row["loops"] == kUsualLoops) lines.push_back(line(row));
  }
  return lines;
}

std::string Cell(const json& rows, const json& row, const std::string& setting, const std::string& loops = kUsualLoops,
                 bool with_floor = false) {
  const json* found = rows.is_null() ? nullptr : FindRow(rows, row["family"], row["depth"], setting, loops);
  if (found == nullptr) return "-";
  return Percent(*found) + (with_floor ? ", " + Share((*found)["floor"]) : "");
}

std::string AccuracyTable(const json& rows, const json& control) {
  const auto line = [&](const json& row) -> std::vector<std::string> {
    const json& floors = row["floors"];
    return {row["family"],
            row["depth"].dump(),
            Percent(row),
            Cell(rows, row, "held_out", "auto"),
            Cell(rows, row, "new_names"),
            Cell(rows, row, "coined_names"),
            Share(floors["random"]),
            Share(floors["commonest"]),
            Share(floors["single_clue"]),
            Cell(control, row, "held_out")};
  };
  return FormatTable({"family", "depth", "held out", "loops auto", "new names", "coined names", "random", "commonest",
                      "one clue", "control"},
                     ByCell(rows, line));
}

std::string WithheldTable(const json& rows) {
  const auto line = [&](const json& row) -> std::vector<std::string> {
    return {row["family"],
            row["depth"].dump(),
            Cell(rows, row, "facts_withheld", kUsualLoops, true),
            Cell(rows, row, "needed_withheld", kUsualLoops, true),
            Cell(rows, row, "abstention"),
            Cell(rows, row, "false_unknown")};
  };
  return FormatTable({"family", "depth", "no facts, floor", "needed ones gone, floor", "unknown: one is gone",
                      "unknown: none is gone"},
                     ByCell(rows, line));
}

std::string SettingTable(const json& rows, const std::vector<std::string>& settings) {
  std::vector<std::vector<std::string>> lines;
  for (const json& row : rows) {
    for (const std::string& setting : settings) {
      if (row["setting"] == setting) {
        lines.push_back(
            {row["family"], std::to_string(row["depth"].get<int64_t>()), setting, Percent(row), Share(row["floor"])});
      }
    }
  }
  return FormatTable({"family", "depth", "setting", "accuracy", "floor"}, lines);
}

std::string LoopGrid(const json& rows) {
  std::set<int64_t> depths, loops;
  std::map<std::pair<int64_t, int64_t>, std::string> cells;
  for (const json& row : rows) {
    if (row["setting"] != "loops") continue;
    const int64_t depth = row["depth"], loop = std::stoll(row["loops"].get<std::string>());
    depths.insert(depth);
    loops.insert(loop);
    cells[{depth, loop}] = Share(row["accuracy"]);
  }
  std::vector<std::string> header = {"hops"};
  for (int64_t loop : loops) header.push_back(std::to_string(loop) + (loop == 1 ? " loop" : " loops"));
  std::vector<std::vector<std::string>> lines;
  for (int64_t depth : depths) {
    lines.push_back({std::to_string(depth)});
    for (int64_t loop : loops) lines.back().push_back(cells[{depth, loop}]);
  }
  return FormatTable(header, lines);
}

absl::Status RunDemoCommand(Invocation& inv) {
  DemoOptions options;
  ASSIGN_OR_RETURN(options.minutes, inv.GetDouble("minutes", 10));
  if (!(options.minutes > 0 && options.minutes <= 100000)) return UsageError("--minutes must be a positive number");
  options.control = inv.Has("control");
  options.seed = inv.common().seed.value_or(1);
  options.threads = inv.common().threads;
  options.out = inv.Get("out", "runs/demo");
  options.command_line = inv.command_line;
  options.console = &inv.console;
  if (inv.common().dry_run) {
    const DemoSteps steps = StepsOf(options.minutes);
    inv.console.Print("would train stage 1 for " + std::to_string(steps.stage1) + " steps and stage 2 for " +
                      std::to_string(steps.stage2) + ", grade, and write " + options.out.string());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const json result, RunDemo(options));
  inv.console.Print(RenderDemo(result));
  inv.console.Print("What to type next:\n  trivium ask " + (options.out / "pipeline").string() + " \"" +
                    result["trace"]["question"].get<std::string>() + "\" --facts " +
                    (options.out / "facts.txt").string() + " --trace\n  trivium stage2 eval " +
                    (options.out / "pipeline").string() + " --loops auto\n  trivium verify " +
                    (options.out / "pipeline").string() + "\n  trivium --help");
  return inv.WriteResult(result);
}

}  // namespace

std::string RenderDemo(const json& result) {
  const json& rows = result["accuracy"];
  const json control = result.contains("control") ? result["control"]["accuracy"] : json();
  std::string text;
  const json &one = result["stage1"], &two = result["stage2"], &edit = result["edit"], &trace = result["trace"];
  text += "Stage 1: a language model of " + Number(one["params"], "%.0f") + " weights, " +
          Number(one["tokens"], "%.3g") + " tokens in " + FormatDuration(one["seconds"]) + ", held-out " +
          Number(one["bits_per_byte"], "%.3f") + " bits per byte; sealed.\n";
  text += "Stage 2: a reasoner of " + Number(two["params"], "%.0f") + " weights, " + Number(two["examples"], "%.0f") +
          " items in " + FormatDuration(two["seconds"]) + ".\n";
  const json& sha = result["frozen_lm_sha256"];
  text += std::string("Frozen LM ") + (sha["before"] == sha["after"] ? "unchanged" : "CHANGED") + ": " +
          sha["after"].get<std::string>() + "\n\n";
  text +=
      "Accuracy in per cent (95 % interval) beside three guessers on the same items; the last two depths of each family\n"
      "are beyond training:\n" +
      AccuracyTable(rows, control) + "\n";
  text +=
      "Without facts, and without the needed ones, one of the item's candidates forced (per cent, with the best guesser's\n"
      "share): it should be at the floor. And how often \"unknown\" is said:\n" +
      WithheldTable(rows) + "\n";
  text +=
      "Mounted worlds of facts, others swapped in without training (five of each, intervals over worlds), and the game that\n"
      "is graded only, its last rows among legal moves:\n" +
      SettingTable(rows, {"world", "swapped_world", "swapped_world_new_names", "swapped_world_coined_names",
                          "graded_only", "graded_only_legal"}) +
      "\n";
  text +=
      "Relations: hops against loops, accuracy in per cent (trained on 1-4 hops, now and then 5-7, and 4-8 loops):\n" +
      LoopGrid(rows) + "\n";
  text += "One fact edited, 0 gradient steps, " + Number(edit["milliseconds"], "%.1f") + " ms to the next answer:\n  " +
          edit["fact_before"].get<std::string>() + "  ->  " + edit["fact_after"].get<std::string>() + "\n  " +
          edit["question"].get<std::string>() + "  before: " + edit["before"].get<std::string>() +
          ", after: " + edit["after"].get<std::string>() + " (expected " + edit["expected"].get<std::string>() + "); " +
          edit["others_changed"].dump() + " of " + edit["others_checked"].dump() + " other answers changed\n\n";
  text += "One answer explained (expected: " + trace["expected"].get<std::string>() + "):\n" +
          trace["text"].get<std::string>() + "\n";
  text += "Total " + FormatDuration(result["seconds"]) + ".\n";
  return text;
}

std::vector<Command> DemoCommands() {
  return {
      {.name = "demo",
       .summary = "train both stages from nothing, grade them, swap and edit facts, explain an answer",
       .help =
           "Trains a minimal language model and seals it, trains a reasoner around it, grades it on items it has never met,\n"
           "swaps a world of facts, edits one fact, and explains one answer loop by loop. Everything lands in --out:\n"
           "demo.json, summary.txt, stage1/, frozen_lm/, stage2/, pipeline/.\n\n"
           "  trivium demo\n  trivium demo --minutes 30 --control --json out.json\n",
       .flags =
           {{"minutes", "N",
             "scales the steps of both stages (default 10: about ten minutes on two cores); the steps decide the result"},
            {"control", "", "train once more around a never-trained frozen model and show it beside"},
            {"out", "FOLDER", "where to write (default runs/demo); an earlier demo there is replaced"}},
       .run = RunDemoCommand}};
}

}  // namespace trivium
