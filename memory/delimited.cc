// See delimited.h.
#include "memory/delimited.h"

namespace trivium {

std::vector<std::string> SplitTabs(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

absl::StatusOr<std::vector<std::string>> SplitCommas(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const bool is_mark = c == '"';
    if (is_mark && quoted && at + 1 < line.size() && line[at + 1] == '"') {
      cells.back() += line[at++];
    } else if (is_mark && (quoted || cells.back().empty())) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (quoted) return UsageError("a quotation mark is not closed");
  return cells;
}

std::string QuoteCell(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace trivium
