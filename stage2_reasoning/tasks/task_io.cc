// JSON lines <-> items. Everything read is hostile: each field is checked and named with its line.
#include <fstream>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxFileBytes = uint64_t{4} << 30;

absl::StatusOr<std::string> StringField(const json& object, const std::string& key, const std::string& where) {
  const auto it = object.find(key);
  if (it == object.end()) return UsageError(where + ": field \"" + key + "\" is missing");
  if (!it->is_string()) return UsageError(where + ": field \"" + key + "\" must be a string");
  if (it->get<std::string>().empty()) return UsageError(where + ": field \"" + key + "\" is empty");
  return it->get<std::string>();
}

absl::StatusOr<std::vector<std::string>> StringsField(const json& object, const std::string& key,
                                                      const std::string& where) {
  const auto it = object.find(key);
  if (it == object.end()) return UsageError(where + ": field \"" + key + "\" is missing");
  if (!it->is_array()) return UsageError(where + ": field \"" + key + "\" must be a list of strings");
  std::vector<std::string> strings;
  for (const json& element : *it) {
    if (!element.is_string()) return UsageError(where + ": field \"" + key + "\" must hold strings only");
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

absl::StatusOr<std::vector<int64_t>> SupportField(const json& list, size_t num_facts, const std::string& where) {
  const std::string expected = where + ": field \"meta.support\" must be a list of positions in \"facts\", from 0";
  if (!list.is_array()) return UsageError(expected);
  std::vector<int64_t> support;
  for (const json& element : list) {
    if (!element.is_number_unsigned() || element.get<uint64_t>() >= num_facts) return UsageError(expected);
    support.push_back(element.get<int64_t>());
  }
  return support;
}

absl::StatusOr<std::vector<double>> ConfidencesField(const json& list, size_t num_facts, const std::string& where) {
  const std::string expected = where +
                               ": field \"confidences\" must be a list of numbers above 0 and at most 1, one "
                               "for each of \"facts\"";
  if (!list.is_array() || list.size() != num_facts) return UsageError(expected);
  std::vector<double> confidences;
  for (const json& element : list) {
    if (!element.is_number()) return UsageError(expected);
    confidences.push_back(element.get<double>());
    if (!(confidences.back() > 0) || confidences.back() > 1) return UsageError(expected);
  }
  return confidences;
}

absl::StatusOr<Item> ParseItem(const json& object, const std::string& where) {
  if (!object.is_object()) return UsageError(where + ": expected one JSON object a line");
  Item item;
  ASSIGN_OR_RETURN(item.facts, StringsField(object, "facts", where));
  ASSIGN_OR_RETURN(item.question, StringField(object, "question", where));
  ASSIGN_OR_RETURN(item.answer, StringField(object, "answer", where));
  if (object.contains("confidences")) {
    ASSIGN_OR_RETURN(item.confidences, ConfidencesField(object["confidences"], item.facts.size(), where));
  }
  item.task = "custom";
  if (object.contains("task")) {
    ASSIGN_OR_RETURN(item.task, StringField(object, "task", where));
  }
  if (object.contains("id")) {
    ASSIGN_OR_RETURN(item.id, StringField(object, "id", where));
  }
  item.answers = {item.answer};
  if (object.contains("answers")) {
    ASSIGN_OR_RETURN(item.answers, StringsField(object, "answers", where));
    if (!Accepts(item, item.answer)) {
      return UsageError(where + ": field \"answers\" must contain the \"answer\" itself");
    }
  }
  if (object.contains("tier")) {
    if (!object["tier"].is_number_integer()) return UsageError(where + ": field \"tier\" must be an integer");
    item.tier = object["tier"].get<int64_t>();
  }
  if (object.contains("meta")) {
    item.meta = object["meta"];
    if (!item.meta.is_object()) return UsageError(where + ": field \"meta\" must be an object");
    if (item.meta.contains("depth")) {
      if (!item.meta["depth"].is_number_integer())
        return UsageError(where + ": field \"meta.depth\" must be an integer");
      item.depth = item.meta["depth"].get<int64_t>();
      item.meta.erase("depth");
    }
    if (item.meta.contains("support")) {
      ASSIGN_OR_RETURN(item.support, SupportField(item.meta["support"], item.facts.size(), where));
      item.meta.erase("support");
    }
  }
  return item;
}

}  // namespace

std::string ToJsonLine(const Item& item) {
  json meta = item.meta;
  meta["depth"] = item.depth;
  if (!item.support.empty()) meta["support"] = item.support;
  json object = {{"task", item.task},     {"tier", item.tier},       {"facts", item.facts}, {"question", item.question},
                 {"answer", item.answer}, {"answers", item.answers}, {"meta", meta}};
  if (!item.confidences.empty()) object["confidences"] = item.confidences;
  if (!item.id.empty()) object["id"] = item.id;  // a reader numbers the items that have none
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<std::vector<Item>> ReadItems(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFileBytes));
  std::vector<Item> items;
  size_t begin = 0;
  for (int64_t line = 1; begin < text.size(); ++line) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    const std::string row = text.substr(begin, end - begin);
    begin = end + 1;
    if (row.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = path.string() + ":" + std::to_string(line);
    absl::StatusOr<json> object = ParseStrictJson(row);
    if (!object.ok()) return UsageError(where + ": not valid JSON: " + Message(object.status()));
    ASSIGN_OR_RETURN(Item item, ParseItem(*object, where));
    if (item.id.empty()) item.id = item.task + "-" + std::to_string(line);
    item.where = where;
    items.push_back(std::move(item));
  }
  if (items.empty()) return UsageError(path.string() + ": holds no items; expected one JSON object a line");
  return items;
}

}  // namespace trivium
