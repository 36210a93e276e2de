// Prose to facts: one sentence a fact.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "memory/fact.h"

namespace trivium {

// The sentences of English prose, in order, white space made single spaces. A sentence ends at . ! or ? (with closing
// quotes or brackets) before white space and anything but a small letter, and at an empty line; not after an
// abbreviation such as "Dr." or an initial, and not inside "3.5". Text set apart by spaces ("ann is red . bob is kind
// .") ends at a stop that stands alone.
std::vector<std::string> SplitProse(std::string_view text);

// The file's sentences as facts, each once, with the file's name as source. UsageError naming file and sentence where
// one is no valid fact; errors as ReadFile (at most 1 GB).
absl::StatusOr<std::vector<Fact>> ReadProse(const std::filesystem::path& path);

}  // namespace trivium
