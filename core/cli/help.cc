// The texts of --help: the overview, a group, one command. See command.h.
#include <algorithm>
#include <utility>

#include "core/cli/command.h"
#include "core/cli/console.h"

namespace trivium {
namespace {

constexpr char kProgram[] = "trivium";

std::string Group(const Command& command) {
  const size_t space = command.name.find(' ');
  return space == std::string::npos ? "" : command.name.substr(0, space);
}

// Two columns, the same in every list of a page; a left side that is too wide gets a line of its own.
std::string TwoColumns(const std::vector<std::pair<std::string, std::string>>& rows) {
  constexpr size_t kWidth = 24;
  std::string text;
  for (const auto& [left, right] : rows) {
    text += "  " + left;
    text += left.size() <= kWidth ? std::string(kWidth - left.size() + 2, ' ') : "\n" + std::string(kWidth + 4, ' ');
    text += right + "\n";
  }
  return text;
}

std::string FlagList(const std::vector<Flag>& flags) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Flag& flag : flags) {
    const std::string value = flag.value_name.empty() ? "" : " " + flag.value_name;
    rows.push_back({"--" + flag.name + value, flag.help + (flag.repeated ? " (repeatable)" : "")});
  }
  return TwoColumns(rows);
}

std::string CommandList(const std::vector<Command>& commands, const std::string& group) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : commands) {
    if (Group(command) == group) rows.push_back({command.name, command.summary});
  }
  return TwoColumns(rows);
}

}  // namespace

const std::vector<Flag>& CommonFlags() {
  static const std::vector<Flag> kFlags = {
      {"config", "FILE", "read config keys from a YAML file"},
      {"set", "KEY=VALUE", "set one config key; wins over the file", true},
      {"print-config", "", "print every key with its value and where it came from, then stop"},
      {"dry-run", "", "check everything and say what would be done and what it costs; writes nothing"},
      {"resume", "", "go on from the newest checkpoint that verifies"},
      {"seed", "N", "root of all randomness; equal seeds give equal results"},
      {"threads", "N", "CPU threads; default: the machine's cores"},
      {"device", "DEVICE", "auto, cpu or, for training a stage, cuda; default: auto"},
      {"json", "FILE", "also write the result as JSON"},
      {"quiet", "", "no notes and no progress, only results, warnings and errors"},
      {"help", "", "this text"},
  };
  return kFlags;
}

std::string VersionText() { return std::string(kProgram) + " " + TRIVIUM_VERSION; }

std::string OverviewHelp(const std::vector<Command>& commands) {
  std::vector<std::string> groups;
  for (const Command& command : commands) {
    if (std::find(groups.begin(), groups.end(), Group(command)) == groups.end()) groups.push_back(Group(command));
  }
  // Commands of one word come first: they are where a newcomer starts.
  std::stable_partition(groups.begin(), groups.end(), [](const std::string& group) { return group.empty(); });
  std::string text =
      "Trivium: a frozen language model, a knowledge memory and a reasoning loop.\n\n"
      "Usage: trivium COMMAND [ARGUMENTS] [FLAGS]\n";
  for (const std::string& group : groups) {
    text += "\n" + (group.empty() ? std::string("Commands:") : group + ":") + "\n" + CommandList(commands, group);
  }
  text += "\nMore:\n" +
          TwoColumns({{"trivium COMMAND --help", "what a command reads and writes, its flags and config keys"},
                      {"trivium --version", "the version"}});
  return text;
}

std::string GroupHelp(const std::string& group, const std::vector<Command>& commands) {
  return "Usage: trivium " + group + " COMMAND [ARGUMENTS] [FLAGS]\n\n" + group + ":\n" + CommandList(commands, group) +
         "\nMore: trivium " + group + " COMMAND --help\n";
}

std::string CommandHelp(const Command& command) {
  std::string text = std::string(kProgram) + " " + command.name + " - " + command.summary + "\n\nUsage: trivium " +
                     command.name + (command.positional_help.empty() ? "" : " " + command.positional_help) +
                     " [FLAGS]\n";
  if (!command.help.empty()) text += "\n" + WithNewline(command.help);
  if (!command.flags.empty()) text += "\nFlags:\n" + FlagList(command.flags);
  text += "\nCommon flags:\n" + FlagList(CommonFlags());
  if (command.describe_keys) {
    text += "\nConfig keys, for --set and for the YAML file of --config:\n" + WithNewline(command.describe_keys());
  }
  text +=
      "\nExit codes: 0 done, 1 failed, 2 usage or config, 3 bad artefact, 4 disk or memory, 130 interrupted after saving\n";
  return text;
}

}  // namespace trivium
