// See run_dir.h.
#include "core/train/run_dir.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <sstream>
#include <system_error>

#include "core/artifact/artifact_dir.h"
#include "core/base/file_io.h"
#include "core/base/json_file.h"
#include "core/cli/console.h"
#include "core/train/machine.h"

namespace trivium {
namespace {

constexpr const char* kFreeKeys[] = {"checkpoint_every", "keep_checkpoints", "log_every", "evaluate_every", "threads"};

std::string Indent(int spaces) { return std::string(static_cast<size_t>(spaces), ' '); }

// ResolvedYaml's form (sections and one line a key) as dotted path -> value.
std::map<std::string, std::string> Flatten(const std::string& yaml) {
  std::map<std::string, std::string> values;
  std::vector<std::pair<size_t, std::string>> sections;  // indent, dotted path
  std::istringstream lines(yaml);
  for (std::string line; std::getline(lines, line);) {
    const size_t indent = line.find_first_not_of(' '), colon = line.find(':');
    if (indent == std::string::npos || colon == std::string::npos || line[indent] == '#') continue;
    while (!sections.empty() && sections.back().first >= indent) sections.pop_back();
    const std::string path =
        (sections.empty() ? "" : sections.back().second + ".") + line.substr(indent, colon - indent);
    const size_t value = line.find_first_not_of(' ', colon + 1);
    if (value == std::string::npos) {
      sections.emplace_back(indent, path);
    } else {
      values[path] = line.substr(value);
    }
  }
  return values;
}

bool IsFree(const std::string& path) {
  const std::string last = path.substr(path.rfind('.') + 1);
  return std::any_of(std::begin(kFreeKeys), std::end(kFreeKeys), [&](const char* key) { return last == key; });
}

std::string Words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" \"'$&;|<>*?()\\`\n") == std::string::npos;
    text += (text.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return text;
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", value);
  return text;
}

}  // namespace

absl::Status OpenRunDir(const TrainOptions& options, const std::map<std::string, std::string>& files) {
  std::error_code error;
  const std::filesystem::path config_file = options.run_dir / kRunConfigFile;
  const bool has_run = std::filesystem::exists(config_file, error);
  const std::string dir = options.run_dir.string();
  if (options.run_dir.empty()) return UsageError("no run folder is given; name one with --out");
  if (options.resume && !has_run) {
    return UsageError("--resume: there is no run in " + dir +
                      "; name its folder with --out, or begin without --resume");
  }
  if (!options.resume && (has_run || std::filesystem::exists(options.run_dir / "checkpoints", error))) {
    return UsageError(dir + " already holds a run; continue it with --resume, or choose another folder with --out");
  }
  // A checkpoint says what its run was begun with; before the first one the run's files do.
  const bool has_checkpoint = std::filesystem::exists(options.run_dir / "checkpoints", error);
  for (const auto& [name, bytes] : files) {
    if (!options.resume || has_checkpoint) break;
    const absl::StatusOr<std::string> begun_with = ReadFile(options.run_dir / name, bytes.size() + 1);
    if (!begun_with.ok() || *begun_with != bytes) {
      return UsageError("cannot resume: " + (options.run_dir / name).string() +
                        " is not what the run would begin with now; restore the corpus, or begin a new run with "
                        "another --out");
    }
  }
  RETURN_IF_ERROR(MakeDirectories(options.run_dir));
  SweepOrphans(options.run_dir);  // temporary files of a killed process
  nlohmann::json environment = DescribeMachine();
  environment["command"] = options.command_line;
  environment["seed"] = options.seed;
  RETURN_IF_ERROR(WriteJson(options.run_dir / "environment.json", environment));
  if (options.resume) return absl::OkStatus();
  for (const auto& [name, bytes] : files) RETURN_IF_ERROR(WriteFileAtomic(options.run_dir / name, bytes));
  // Last: its presence is what makes the folder a run.
  return WriteFileAtomic(config_file, options.config_yaml);
}

std::vector<std::string> ConfigDifferences(const std::string& before, const std::string& after,
                                           const std::string& defaults) {
  std::map<std::string, std::string> old_values = Flatten(before);
  const std::map<std::string, std::string> new_values = Flatten(after);
  old_values.merge(Flatten(defaults));
  std::map<std::string, std::string> all = old_values;
  all.insert(new_values.begin(), new_values.end());
  const auto text = [](const std::map<std::string, std::string>& values, const std::string& path) {
    const auto place = values.find(path);
    return place == values.end() ? std::string("not there") : place->second;
  };
  std::vector<std::string> differences;
  for (const auto& [path, unused] : all) {
    const std::string was = text(old_values, path), is = text(new_values, path);
    if (was != is && !IsFree(path)) differences.push_back(path + ": was " + was + ", is " + is);
  }
  return differences;
}

absl::Status WriteModelCard(const TrainOptions& options, const TrainerConfig& config, const TrainSummary& summary,
                            const std::string& unit_name) {
  std::string text = "# " + options.title + "\n\n";
  if (!options.card.empty()) text += options.card + "\n\n";
  text += summary.steps < config.steps ? "Unfinished: stopped after step " : "Finished: step ";
  text += std::to_string(summary.steps) + " of " + std::to_string(config.steps) + ".\n\n";
  text += "| | |\n|---|---|\n";
  const auto row = [&text](const std::string& name, const std::string& value) {
    text += "| " + name + " | " + value + " |\n";
  };
  row("trained weights", std::to_string(summary.num_weights));
  row(unit_name, Number(summary.units));
  row("training time", FormatDuration(summary.seconds));
  row("operations", Number(summary.flops / 1e12) + " TFLOP, counted analytically");
  row("peak memory", Number(static_cast<double>(summary.peak_memory_bytes) / (1 << 20)) + " MB");
  for (const auto& [name, value] : summary.metrics) row(name, Number(value));
  if (!options.command_line.empty()) text += "\nMade by\n\n" + Indent(4) + Words(options.command_line) + "\n";
  text +=
      "\nconfig.yaml holds every setting, environment.json the machine, metrics.jsonl the course of training "
      "(also for `tensorboard --logdir`), checkpoints/ the state to resume from.\n";
  return WriteFileAtomic(options.run_dir / "README.md", text);
}

}  // namespace trivium
