// Runs one command line: help and version, dispatch, exceptions and statuses to exit codes. See command.h.
#include "core/cli/command.h"

#include <exception>
#include <utility>

#include "core/base/exceptions.h"
#include "core/cli/command_line.h"

namespace trivium {
namespace {

// The run function, with every exception caught.
absl::Status RunGuarded(const Command& command, Invocation& invocation) {
  try {
    if (!command.run) return Failed("command " + command.name + " has no run function");
    return command.run(invocation);
  } catch (const std::exception& error) {
    return StatusOf(error);
  } catch (...) {
    return Failed("an unknown exception");
  }
}

absl::Status RunCommand(const FoundCommand& found, const std::vector<std::string>& words, Console& console) {
  Invocation invocation(console);
  invocation.command_line.assign(1, "trivium");
  invocation.command_line.insert(invocation.command_line.end(), words.begin(), words.end());
  const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(found.words), words.end());
  RETURN_IF_ERROR(ParseWords(rest, *found.command, &invocation));
  if (invocation.Has("help")) {
    console.Print(CommandHelp(*found.command));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(invocation.ParseCommon());
  console.set_quiet(invocation.common().quiet);
  if (invocation.common().device == "cuda" && !found.command->uses_cuda) {
    return UsageError("--device is \"cuda\", but " + found.command->name +
                      " computes on the CPU only: leave --device out");
  }
  absl::Status status = RunGuarded(*found.command, invocation);
  console.EndProgress();
  if (!status.ok()) return invocation.config_printed() ? absl::OkStatus() : status;
  const CommonOptions& common = invocation.common();
  if (!invocation.keys_loaded() && (!common.config.empty() || !common.sets.empty() || common.print_config)) {
    console.Warn(found.command->name + " has no config keys; --config, --set and --print-config had no effect");
  }
  return status;
}

// "help", "help COMMAND", "GROUP --help", "--help".
absl::Status ShowHelp(const std::vector<std::string>& names, const std::vector<Command>& commands, Console& console) {
  if (names.empty()) {
    console.Print(OverviewHelp(commands));
    return absl::OkStatus();
  }
  if (names.size() == 1 && IsGroup(names[0], commands)) {
    console.Print(GroupHelp(names[0], commands));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const FoundCommand found, FindCommand(names, commands));
  console.Print(CommandHelp(*found.command));
  return absl::OkStatus();
}

absl::Status Dispatch(const std::vector<std::string>& words, const std::vector<Command>& commands, Console& console) {
  if (words.empty()) {
    console.Note(OverviewHelp(commands));
    return UsageError("no command given");
  }
  const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
  if (words[0] == "--version") {
    console.Print(VersionText());
    return absl::OkStatus();
  }
  if (is_help(words[0]) || words[0] == "help") {
    std::vector<std::string> names(words.begin() + 1, words.end());
    if (!names.empty() && is_help(names.back())) names.pop_back();
    return ShowHelp(names, commands, console);
  }
  if (words.size() == 2 && is_help(words[1]) && IsGroup(words[0], commands)) {
    const bool is_command_too = FindCommand({words[0]}, commands).ok();
    if (!is_command_too) return ShowHelp({words[0]}, commands, console);
  }
  ASSIGN_OR_RETURN(const FoundCommand found, FindCommand(words, commands));
  return RunCommand(found, words, console);
}

}  // namespace

int RunCommands(const std::vector<std::string>& words, const std::vector<Command>& commands, Console& console) {
  absl::Status status = absl::OkStatus();
  try {
    status = Dispatch(words, commands, console);
    if (!console.Flush() && status.ok()) status = OutOfResource("cannot write to standard output");
    if (!status.ok()) console.Error(Message(status));
    return ExitCode(status);
  } catch (const std::bad_alloc&) {
    return ExitCode(OutOfResource(""));
  } catch (...) {
    return ExitCode(Failed(""));
  }
}

int RunCommands(int argc, char** argv, const std::vector<Command>& commands) {
  Console console;
  return RunCommands(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), commands, console);
}

}  // namespace trivium
