// Fills a KeyTable from a YAML file and --set assignments (--set over file over default), strictly: an unknown,
// duplicate, mistyped or out-of-range key is a UsageError naming FILE:LINE, the key and the nearest known key.
// Accepted is a small YAML: maps of maps ("train:" / "  steps: 5", or "train.steps: 5"), scalars, flat lists, comments.
// Refused: anchors, aliases, merge keys, tags, tabs as indentation, several documents, files over 1 MB or without keys.
// Numbers are decimal (no octal, hex or "1_000"), truth values are true and false only; quoted values are text.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/config/key_table.h"

namespace trivium {

struct ConfigSources {
  std::string file = {};  // "" for none
  std::vector<std::string> sets =
      {};  // "key=value"; lists as "key=a,b" or "key=[a, b]"; the same key twice is an error
};

// Stops at the first error; values set before it stay set, so use the structs only if the result is ok.
absl::Status LoadConfig(KeyTable& table, const ConfigSources& sources);

// The same from YAML text; `name` stands for the file in messages and origins.
absl::Status LoadConfigText(KeyTable& table, const std::string& yaml, const std::string& name);

// All values as YAML, each with its origin as a comment. Loads back to the same values.
std::string PrintConfig(const KeyTable& table);

// All values as YAML without comments: what a run folder keeps as config.yaml. Loads back to the same values.
std::string ResolvedYaml(const KeyTable& table);

}  // namespace trivium
