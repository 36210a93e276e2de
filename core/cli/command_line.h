// Words of the command line to a command and its Invocation; used by command.cc only.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/cli/command.h"

namespace trivium {

struct FoundCommand {
  const Command* command = nullptr;
  size_t words = 0;  // how many words its name took
};

// The command whose name `words` begins with, two words before one. UsageError with the nearest name if there is none.
absl::StatusOr<FoundCommand> FindCommand(const std::vector<std::string>& words, const std::vector<Command>& commands);
// True if some command's first of two words is `word`.
bool IsGroup(const std::string& word, const std::vector<Command>& commands);

// Sorts the words after the command's name into flags and positionals: "--flag VALUE", "--flag=VALUE", "--" ends the
// flags. UsageError for an unknown flag (names the nearest), a missing or superfluous value, a flag given twice, too
// few or too many positionals. With --help among the flags, positionals are not counted.
absl::Status ParseWords(const std::vector<std::string>& words, const Command& command, Invocation* invocation);

}  // namespace trivium
