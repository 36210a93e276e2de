// The items that `trivium stage1 eval` asks a language model about besides plain text: minimal pairs (a sentence and
// a worse one, as in BLiMP, arXiv 1912.00582) and cloze prompts (as in LAMBADA, arXiv 1606.06031). Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

struct MinimalPair {
  std::string good, bad;
  std::string uid;   // the paradigm
  std::string term;  // the phenomenon that the paradigm belongs to
};

struct ClozeItem {
  std::string prompt;
  std::string target;  // the word expected next
};

// JSON lines, plain or compressed, {"good","bad","uid","term"}; uid and term may be missing. Blank lines and further
// fields are passed over. UsageError naming file, line and field.
absl::StatusOr<std::vector<MinimalPair>> ReadPairs(const std::string& file);
// JSON lines {"prompt","target"}, as above.
absl::StatusOr<std::vector<ClozeItem>> ReadCloze(const std::string& file);

// A-Z made small; other characters stay.
std::string LowerCase(std::string text);

}  // namespace trivium
