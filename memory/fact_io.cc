// Parsing and rendering of hand-written fact files. See fact_io.h.
#include "memory/fact_io.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/config/key_value.h"
#include "memory/delimited.h"

namespace trivium {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 30;

struct StringField {
  const char* name;
  std::string Fact::*member;
};

// The order is that of TSV columns and JSON keys; confidence, the only number, comes after the triple.
constexpr std::array<StringField, 9> kStringFields = {{{"id", &Fact::id},
                                                       {"text", &Fact::text},
                                                       {"subject", &Fact::subject},
                                                       {"relation", &Fact::relation},
                                                       {"object", &Fact::object},
                                                       {"source", &Fact::source},
                                                       {"time", &Fact::time},
                                                       {"created", &Fact::created},
                                                       {"updated", &Fact::updated}}};
constexpr size_t kConfidencePosition = 5;
constexpr char kConfidence[] = "confidence";

std::vector<std::string> FieldNames() {
  std::vector<std::string> names;
  for (const StringField& field : kStringFields) names.emplace_back(field.name);
  names.insert(names.begin() + kConfidencePosition, kConfidence);
  return names;
}

std::string Fact::*MemberOf(const std::string& name) {
  for (const StringField& field : kStringFields) {
    if (name == field.name) return field.member;
  }
  return nullptr;
}

absl::Status UnknownField(const std::string& name) {
  const std::string nearest = Nearest(name, FieldNames());
  const std::string shown = nlohmann::json(name).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return UsageError("unknown field " + shown + (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"));
}

absl::StatusOr<double> ParseConfidence(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return UsageError("the confidence is not a number");
  return value;
}

// Splits into lines without their ends ("\n" or "\r\n"); the last line may lack one.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.substr(0, 3) == "\xef\xbb\xbf") rest_.remove_prefix(3);  // a byte order mark, as Windows editors write
  }
  bool Next(std::string* line) {
    if (rest_.empty()) return false;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    *line = std::string(rest_.substr(0, end));
    if (!line->empty() && line->back() == '\r') line->pop_back();
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }
  int64_t number() const { return number_; }

 private:
  std::string_view rest_;
  int64_t number_ = 0;
};

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

absl::StatusOr<std::vector<std::string>> SplitCells(const std::string& line, FactFormat format) {
  if (format == FactFormat::kCsv) return SplitCommas(line);
  return SplitTabs(line);
}

std::string Cell(const std::string& text, FactFormat format) {
  return format == FactFormat::kCsv ? QuoteCell(text) : text;
}

absl::StatusOr<std::vector<std::string>> ParseHeader(const std::string& line, FactFormat format) {
  ASSIGN_OR_RETURN(std::vector<std::string> columns, SplitCells(line, format));
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    if (column != kConfidence && MemberOf(column) == nullptr) return UnknownField(column);
    if (!seen.insert(column).second) return UsageError("the column \"" + column + "\" is repeated");
  }
  if (seen.count("text") == 0) return UsageError("the first line must name the columns, and one must be \"text\"");
  return columns;
}

absl::StatusOr<Fact> ParseRow(const std::string& line, const std::vector<std::string>& columns, FactFormat format) {
  ASSIGN_OR_RETURN(std::vector<std::string> cells, SplitCells(line, format));
  if (cells.size() != columns.size()) {
    return UsageError(std::to_string(cells.size()) + " fields, but the first line names " +
                      std::to_string(columns.size()) + " columns");
  }
  Fact fact;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (std::string Fact::*const member = MemberOf(columns[i]); member != nullptr) {
      fact.*member = std::move(cells[i]);
    } else if (!cells[i].empty()) {
      ASSIGN_OR_RETURN(fact.confidence, ParseConfidence(cells[i]));
    }
  }
  return fact;
}

absl::StatusOr<Fact> ParseJsonLine(const std::string& line) {
  ASSIGN_OR_RETURN(const nlohmann::json object, ParseStrictJson(line));
  return FactFromJson(object);
}

// Collects facts; an equal sentence without an id of its own is the same fact again.
class Collector {
 public:
  explicit Collector(std::string source) : source_(std::move(source)) {}

  absl::Status Add(Fact fact, int64_t line) {
    RETURN_IF_ERROR(ValidateFact(fact));
    const bool has_id = !fact.id.empty();
    if (!has_id) fact.id = FactId(fact.text);
    if (fact.source.empty()) fact.source = source_;
    const auto [known, is_new] = lines_.try_emplace(fact.id, line);
    if (is_new) {
      facts_.push_back(std::move(fact));
    } else if (has_id) {
      return UsageError("the id \"" + fact.id + "\" stands on line " + std::to_string(known->second) + " already");
    }
    return absl::OkStatus();
  }

  std::vector<Fact> Take() { return std::move(facts_); }

 private:
  std::string source_;
  std::vector<Fact> facts_;
  std::map<std::string, int64_t> lines_;
};

}  // namespace

FactFormat FormatOf(const std::filesystem::path& path) {
  const std::string extension = ExtensionOf(path);
  if (extension == ".tsv") return FactFormat::kTsv;
  if (extension == ".csv") return FactFormat::kCsv;
  for (const char* json : {".jsonl", ".ndjson", ".jsonlines", ".json"}) {
    if (extension == json) return FactFormat::kJsonl;
  }
  return FactFormat::kText;
}

nlohmann::ordered_json FactToJson(const Fact& fact) {
  nlohmann::ordered_json object;
  size_t position = 0;
  for (const StringField& field : kStringFields) {
    if (position++ == kConfidencePosition && fact.confidence != 1.0) object[kConfidence] = fact.confidence;
    const std::string& value = fact.*field.member;
    if (!value.empty() || field.member == &Fact::id || field.member == &Fact::text) object[field.name] = value;
  }
  return object;
}

absl::StatusOr<Fact> FactFromJson(const nlohmann::json& object) {
  if (!object.is_object()) return UsageError("a fact must be a JSON object, {\"text\": ...}");
  if (!object.contains("text")) return UsageError("the field \"text\" is missing");
  Fact fact;
  for (const auto& [name, value] : object.items()) {
    std::string Fact::*const member = MemberOf(name);
    if (member != nullptr) {
      if (!value.is_string()) return UsageError("the field \"" + name + "\" must be a string");
      fact.*member = value.get<std::string>();
    } else if (name == kConfidence) {
      if (!value.is_number()) return UsageError("the field \"confidence\" must be a number");
      fact.confidence = value.get<double>();
    } else {
      return UnknownField(name);
    }
  }
  RETURN_IF_ERROR(ValidateFact(fact));
  return fact;
}

absl::StatusOr<std::vector<Fact>> ParseFacts(std::string_view bytes, FactFormat format, const std::string& where) {
  Collector collector(std::filesystem::path(where).filename().string());
  std::vector<std::string> columns;
  std::string line;
  for (Lines lines(bytes); lines.Next(&line);) {
    const std::string place = where + ":" + std::to_string(lines.number()) + ": ";
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    absl::StatusOr<Fact> fact;
    if (format == FactFormat::kText) {
      if (line == "#" || line.rfind("# ", 0) == 0) continue;
      fact = Fact();
      fact->text = Trim(line);
    } else if (format == FactFormat::kJsonl) {
      fact = ParseJsonLine(line);
    } else if (columns.empty()) {
      absl::StatusOr<std::vector<std::string>> header = ParseHeader(line, format);
      if (!header.ok()) return Annotate(header.status(), place);
      columns = *std::move(header);
      continue;
    } else {
      fact = ParseRow(line, columns, format);
    }
    if (!fact.ok()) return Annotate(fact.status(), place);
    RETURN_IF_ERROR(Annotate(collector.Add(*std::move(fact), lines.number()), place));
  }
  return collector.Take();
}

absl::StatusOr<std::vector<Fact>> ReadFacts(const std::filesystem::path& path) {
  if (path.extension() == ".shard") {
    return UsageError(path.string() + ": is a shard; mount it with --shard instead of reading it as a list of facts");
  }
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileBytes));
  ASSIGN_OR_RETURN(std::vector<Fact> facts, ParseFacts(bytes, FormatOf(path), path.string()));
  if (facts.empty()) return UsageError(path.string() + ": holds no facts");
  return facts;
}

absl::StatusOr<std::string> RenderFacts(const std::vector<Fact>& facts, FactFormat format) {
  std::string text;
  const std::string between = format == FactFormat::kCsv ? "," : "\t";
  if (format == FactFormat::kTsv || format == FactFormat::kCsv) {
    for (const std::string& name : FieldNames()) text += (text.empty() ? "" : between) + name;
    text += "\n";
  }
  for (const Fact& fact : facts) {
    RETURN_IF_ERROR(Annotate(ValidateFact(fact), "fact " + fact.id + ": "));
    if (format == FactFormat::kText) {
      text += fact.text;
    } else if (format == FactFormat::kJsonl) {
      text += FactToJson(fact).dump();
    } else {
      for (size_t i = 0; i < kStringFields.size(); ++i) {
        if (i == kConfidencePosition) text += between + NumberText(fact.confidence);
        text += (i == 0 ? "" : between) + Cell(fact.*kStringFields[i].member, format);
      }
    }
    text += "\n";
  }
  return text;
}

absl::Status WriteFacts(const std::filesystem::path& path, const std::vector<Fact>& facts) {
  ASSIGN_OR_RETURN(const std::string text, RenderFacts(facts, FormatOf(path)));
  return WriteFileAtomic(path, text);
}

}  // namespace trivium
