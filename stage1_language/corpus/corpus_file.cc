// See corpus_file.h.
#include "stage1_language/corpus/corpus_file.h"

#include <string_view>
#include <utility>
#include <vector>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/base/utf8.h"
#include "stage1_language/corpus/text_lines.h"

namespace trivium {
namespace {

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Offset of the first byte that is not part of well-formed UTF-8.
size_t FirstBadByte(std::string_view text) {
  size_t good = 0;
  while (good < text.size()) {
    size_t length = 1;
    while (length <= 4 && !IsUtf8(text.substr(good, length))) ++length;
    if (length > 4) break;
    good += length;
  }
  return good;
}

absl::StatusOr<std::string> TextOfJson(std::string_view line, const std::string& field, const std::string& where) {
  const absl::StatusOr<nlohmann::json> object = ParseStrictJson(line);
  if (!object.ok()) return UsageError(where + ": not a line of JSON: " + Message(object.status()));
  if (!object->is_object())
    return UsageError(where + ": a JSON object is needed, for example {\"" + field + "\": \"...\"}");
  const auto text = object->find(field);
  if (text == object->end()) {
    std::vector<std::string> fields;
    for (const auto& [name, value] : object->items()) fields.push_back(name);
    const std::string near = Nearest(field, fields);
    return UsageError(where + ": field \"" + field + "\" is missing" +
                      (near.empty() ? "" : "; did you mean corpus.field=" + near + "?") +
                      " (corpus.field names the field that holds the text)");
  }
  if (!text->is_string()) return UsageError(where + ": field \"" + field + "\" is not a string");
  return text->get<std::string>();
}

bool IsJson(const std::string& ending) {
  return ending == ".jsonl" || ending == ".jsonlines" || ending == ".ndjson" || ending == ".json";
}

// SentencePiece ends the program at a longer one.
absl::Status CheckWords(std::string_view text, const std::string& where) {
  constexpr size_t kLongestWord = 65535;
  size_t begin = 0;
  while (text.size() - begin > kLongestWord) {
    const size_t space = text.substr(begin, kLongestWord + 1).find_last_of(" \t\r\n");
    if (space == std::string_view::npos) {
      return UsageError(where + ": a word of more than " + std::to_string(kLongestWord) + " bytes, beginning with '" +
                        std::string(text.substr(begin, 20)) + "'; cut it or leave it out");
    }
    begin += space + 1;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadDocuments(const CorpusFile& file, const DocumentFunction& document) {
  const std::string ending = ExtensionOf(WithoutCompression(file.path));
  if (ending == ".csv" || ending == ".tsv") {
    return UsageError(file.path + ": a table is no corpus; write the text as one document a line, or as .jsonl");
  }
  const bool is_json = IsJson(ending);
  const bool joins_lines = !is_json && file.documents_by != "line";
  std::string joined;  // lines of a document that is not whole yet
  const auto hand_over = [&document](std::string text) {
    return IsBlank(text) || document(text.front() == ' ' ? std::move(text) : " " + text);
  };
  const auto hand_over_joined = [&] {
    while (!joined.empty() && joined.back() == '\n') joined.pop_back();
    return hand_over(std::exchange(joined, {}));
  };
  bool more = true;
  RETURN_IF_ERROR(ReadTextLines(file.path, {}, [&](std::string_view line, int64_t number) -> absl::StatusOr<bool> {
    const std::string where = file.path + ":" + std::to_string(number);
    if (!IsUtf8(line)) {
      return UsageError(where + ": byte " + std::to_string(FirstBadByte(line) + 1) +
                        " is not UTF-8; convert the file, for example: iconv -f LATIN1 -t UTF-8 FILE");
    }
    RETURN_IF_ERROR(CheckWords(line, where));
    if (joins_lines) {
      const bool ends = file.documents_by == "blank_line" && IsBlank(line);
      if (ends) return more = hand_over_joined();
      if (!joined.empty() || !IsBlank(line)) joined.append(line).push_back('\n');
      return true;
    }
    if (IsBlank(line)) return true;
    if (!is_json) return more = hand_over(std::string(line));
    ASSIGN_OR_RETURN(std::string text, TextOfJson(line, file.field, where));
    return more = hand_over(std::move(text));
  }));
  if (more) hand_over_joined();
  return absl::OkStatus();
}

}  // namespace trivium
