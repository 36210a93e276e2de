// See language_probes.h: JSON lines from anywhere, checked line by line.
#include "stage1_language/measures/language_probes.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "core/artifact/json_scan.h"
#include "stage1_language/corpus/text_lines.h"

namespace trivium {
namespace {

constexpr uint64_t kMaxProbeBytes = uint64_t{1} << 30;

using OnRow = std::function<absl::Status(const nlohmann::json& row, const std::string& where)>;

absl::Status ForEachRow(const std::string& file, const OnRow& on_row) {
  return ReadTextLines(file, {.most_bytes = kMaxProbeBytes},
                       [&](std::string_view line, int64_t number) -> absl::StatusOr<bool> {
                         if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
                         const std::string where = file + ":" + std::to_string(number);
                         const absl::StatusOr<nlohmann::json> row = ParseStrictJson(line);
                         if (!row.ok()) return UsageError(where + ": not a line of JSON: " + Message(row.status()));
                         if (!row->is_object()) return UsageError(where + ": a JSON object is needed");
                         RETURN_IF_ERROR(on_row(*row, where));
                         return true;
                       });
}

// The text of a field; "" if it may be missing and is.
absl::StatusOr<std::string> Field(const nlohmann::json& row, const std::string& name, bool needed,
                                  const std::string& where) {
  const auto field = row.find(name);
  if (field == row.end() && !needed) return std::string();
  if (field == row.end()) return UsageError(where + ": field \"" + name + "\" is missing");
  if (!field->is_string()) return UsageError(where + ": field \"" + name + "\" is not a string");
  std::string text = field->get<std::string>();
  if (needed && text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return UsageError(where + ": field \"" + name + "\" is empty");
  }
  return text;
}

}  // namespace

absl::StatusOr<std::vector<MinimalPair>> ReadPairs(const std::string& file) {
  std::vector<MinimalPair> pairs;
  RETURN_IF_ERROR(ForEachRow(file, [&](const nlohmann::json& row, const std::string& where) -> absl::Status {
    MinimalPair pair;
    ASSIGN_OR_RETURN(pair.good, Field(row, "good", true, where));
    ASSIGN_OR_RETURN(pair.bad, Field(row, "bad", true, where));
    ASSIGN_OR_RETURN(pair.uid, Field(row, "uid", false, where));
    ASSIGN_OR_RETURN(pair.term, Field(row, "term", false, where));
    pairs.push_back(std::move(pair));
    return absl::OkStatus();
  }));
  if (pairs.empty()) return UsageError(file + " holds no pairs; a line is {\"good\": \"...\", \"bad\": \"...\"}");
  return pairs;
}

absl::StatusOr<std::vector<ClozeItem>> ReadCloze(const std::string& file) {
  std::vector<ClozeItem> items;
  RETURN_IF_ERROR(ForEachRow(file, [&](const nlohmann::json& row, const std::string& where) -> absl::Status {
    ClozeItem item;
    ASSIGN_OR_RETURN(item.prompt, Field(row, "prompt", true, where));
    ASSIGN_OR_RETURN(item.target, Field(row, "target", true, where));
    items.push_back(std::move(item));
    return absl::OkStatus();
  }));
  if (items.empty())
    return UsageError(file + " holds no prompts; a line is {\"prompt\": \"...\", \"target\": \"...\"}");
  return items;
}

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace trivium
