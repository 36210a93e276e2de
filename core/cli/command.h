// The frame of the command line: a command is a row (names, flags, help, run function); RunCommands parses argv, finds
// the row, runs it and turns its status into text on standard error and an exit code. Commands live beside what they
// run; stage2_reasoning/main.cc joins their lists.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/cli/console.h"
#include "core/cli/invocation.h"

namespace trivium {

struct Flag {
  std::string name;             // without "--"
  std::string value_name = {};  // "FILE", "N"; "": the flag takes no value
  std::string help = {};
  bool repeated = false;  // may be given several times
};

struct Command {
  std::string name;          // one word, or group and word: "stage1 train"
  std::string summary = {};  // one line, no full stop
  std::string help = {};     // what it reads and writes, examples
  std::vector<Flag> flags = {};
  bool uses_cuda = false;  // otherwise --device cuda is refused, not ignored
  int min_positionals = 0;
  int max_positionals = 0;
  std::string positional_help = {};  // as in the usage line: "PIPELINE \"QUESTION\""
  std::function<absl::Status(Invocation&)> run = {};
  // The config keys shown by --help: usually DescribeKeys of a table over default structs. May be empty.
  std::function<std::string()> describe_keys = {};
};

// The flags added to every command.
const std::vector<Flag>& CommonFlags();

// Runs one command line and returns the process's exit code: 0 ok, 1 failed, 2 usage or config, 3 bad artefact, 4 disk
// or memory, 130 interrupted after saving. Never throws: exceptions of a run function become 1 (out of memory: 4).
// Also answers --help, --version, "help [COMMAND]" and "GROUP --help".
int RunCommands(int argc, char** argv, const std::vector<Command>& commands);
// The same with another console: for tests.
int RunCommands(const std::vector<std::string>& words, const std::vector<Command>& commands, Console& console);

// The text of "trivium --help", of "trivium COMMAND --help" and of "trivium GROUP --help".
std::string OverviewHelp(const std::vector<Command>& commands);
std::string CommandHelp(const Command& command);
std::string GroupHelp(const std::string& group, const std::vector<Command>& commands);
// "trivium 0.1.0"
std::string VersionText();

}  // namespace trivium
