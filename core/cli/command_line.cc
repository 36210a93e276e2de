// A small argv parser whose errors say what to type. See command_line.h.
#include "core/cli/command_line.h"

#include <algorithm>
#include <optional>

#include "core/base/nearest.h"

namespace trivium {
namespace {

// The words of `name`, one or two.
std::vector<std::string> NameWords(const std::string& name) {
  const size_t space = name.find(' ');
  if (space == std::string::npos) return {name};
  return {name.substr(0, space), name.substr(space + 1)};
}

bool LooksLikeFlag(const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return false;
  // "-5" is a value.
  return !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

const Flag* FindFlag(const std::string& name, const Command& command) {
  for (const std::vector<Flag>* list : {&command.flags, &CommonFlags()}) {
    for (const Flag& flag : *list) {
      if (flag.name == name) return &flag;
    }
  }
  return nullptr;
}

std::string HelpHint(const Command& command) { return "see trivium " + command.name + " --help"; }

absl::Status UnknownFlag(const std::string& name, const Command& command) {
  std::vector<std::string> names;
  for (const Flag& flag : command.flags) names.push_back(flag.name);
  for (const Flag& flag : CommonFlags()) names.push_back(flag.name);
  std::string hint = Nearest(name, names);
  if (!hint.empty()) {
    hint = "did you mean --" + hint + "?";
  } else if (name.find('.') != std::string::npos) {
    hint = "config keys are set by --set " + name + "=VALUE";
  } else {
    hint = HelpHint(command);
  }
  return UsageError("unknown flag --" + name + " for " + command.name + "; " + hint);
}

absl::Status UnknownCommand(const std::string& typed, const std::vector<std::string>& candidates,
                            const std::string& hint) {
  const std::string near = Nearest(typed, candidates);
  return UsageError("unknown command \"" + typed + "\"; " + (near.empty() ? hint : "did you mean " + near + "?"));
}

// `--name`, `--name=value` or `-h` as (name, value).
std::pair<std::string, std::optional<std::string>> SplitFlag(const std::string& word) {
  if (word == "-h") return {"help", std::nullopt};
  const size_t start = word[1] == '-' ? 2 : 1;
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return {word.substr(start), std::nullopt};
  return {word.substr(start, equals - start), word.substr(equals + 1)};
}

absl::Status CheckPositionals(const std::vector<std::string>& positionals, const Command& command) {
  const size_t low = static_cast<size_t>(command.min_positionals);
  const size_t high = static_cast<size_t>(command.max_positionals);
  const std::string usage =
      "trivium " + command.name + (command.positional_help.empty() ? "" : " " + command.positional_help) + " [FLAGS]";
  if (positionals.size() < low) return UsageError(command.name + " needs more arguments; usage: " + usage);
  if (positionals.size() > high) {
    return UsageError("unexpected argument \"" + positionals[high] + "\"; usage: " + usage);
  }
  return absl::OkStatus();
}

}  // namespace

bool IsGroup(const std::string& word, const std::vector<Command>& commands) {
  return std::any_of(commands.begin(), commands.end(), [&](const Command& command) {
    const std::vector<std::string> name = NameWords(command.name);
    return name.size() == 2 && name[0] == word;
  });
}

absl::StatusOr<FoundCommand> FindCommand(const std::vector<std::string>& words, const std::vector<Command>& commands) {
  FoundCommand found;
  std::vector<std::string> all, in_group;
  for (const Command& command : commands) {
    const std::vector<std::string> name = NameWords(command.name);
    all.push_back(command.name);
    if (name.size() == 2 && !words.empty() && name[0] == words[0]) in_group.push_back(command.name);
    if (name.size() <= words.size() && name.size() > found.words &&
        std::equal(name.begin(), name.end(), words.begin())) {
      found = {.command = &command, .words = name.size()};
    }
  }
  if (found.command != nullptr) return found;
  if (words.empty()) return UsageError("no command given; see trivium --help");
  if (LooksLikeFlag(words[0])) return UsageError("flag " + words[0] + " stands before the command; put it after");
  if (!in_group.empty()) {
    std::string list;
    for (const std::string& name : in_group) list += (list.empty() ? "" : ", ") + name;
    if (words.size() < 2 || LooksLikeFlag(words[1])) {
      return UsageError("\"" + words[0] + "\" needs a second word: " + list);
    }
    return UnknownCommand(words[0] + " " + words[1], in_group, "known are " + list);
  }
  // "train" for "stage1 train", and a first word that is nearly a group.
  for (const Command& command : commands) {
    const std::vector<std::string> name = NameWords(command.name);
    if (name.back() == words[0])
      return UsageError("unknown command \"" + words[0] + "\"; did you mean " + command.name + "?");
  }
  if (words.size() >= 2) {
    const std::string near = Nearest(words[0] + " " + words[1], all);
    if (near.find(' ') != std::string::npos) {
      return UsageError("unknown command \"" + words[0] + " " + words[1] + "\"; did you mean " + near + "?");
    }
  }
  std::vector<std::string> first_words;
  for (const std::string& name : all) first_words.push_back(NameWords(name)[0]);
  return UnknownCommand(words[0], first_words, "see trivium --help");
}

absl::Status ParseWords(const std::vector<std::string>& words, const Command& command, Invocation* invocation) {
  bool flags_ended = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (flags_ended || !LooksLikeFlag(word)) {
      invocation->positionals.push_back(word);
      continue;
    }
    if (word == "--") {
      flags_ended = true;
      continue;
    }
    auto [name, value] = SplitFlag(word);
    const Flag* flag = FindFlag(name, command);
    // "-config" is more likely a slip than a flag of its own.
    if (flag == nullptr || (word[1] != '-' && word != "-h")) return UnknownFlag(name, command);
    if (flag->value_name.empty()) {
      if (value) return UsageError("--" + name + " takes no value; write --" + name);
      value = "";
    } else if (!value) {
      if (i + 1 >= words.size() || LooksLikeFlag(words[i + 1])) {
        return UsageError("--" + name + " needs a value: --" + name + " " + flag->value_name);
      }
      value = words[++i];
    }
    std::vector<std::string>& values = invocation->flags[name];
    if (!values.empty() && !flag->repeated && !flag->value_name.empty()) {
      return UsageError("--" + name + " is given twice");
    }
    values.push_back(*value);
  }
  if (invocation->Has("help")) return absl::OkStatus();
  return CheckPositionals(invocation->positionals, command);
}

}  // namespace trivium
