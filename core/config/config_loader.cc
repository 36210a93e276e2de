// YAML events to key assignments, and --set. See config_loader.h. yaml-cpp's node tree accepts duplicate keys, octal
// numbers and expands aliases, so this reads its event stream instead, where every mark, anchor and quote is seen.
#include "core/config/config_loader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "core/base/file_io.h"
#include "core/config/key_value.h"

namespace trivium {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxDepth = 16;

// Carries a message out of yaml-cpp's parser; caught in LoadConfigText.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class KeyHandler : public YAML::EventHandler {
 public:
  KeyHandler(KeyTable& table, std::string name) : table_(table), name_(std::move(name)) {}

  size_t num_keys() const { return lines_.size(); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) Refuse(mark, "a second document (\"---\"); keep one in the file");
  }
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Refuse(mark, "aliases (\"*\") are not supported"); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { RefuseAnchor(mark); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor != 0) RefuseAnchor(mark);
    if (levels_.empty()) return;  // an empty document
    if (levels_.back().is_list) Refuse(mark, levels_.back().path + " has an empty list entry");
    if (!pending_key_) Refuse(mark, "an empty key");
    const std::string path = TakePath();
    // A section whose keys are all commented out.
    if (table_.IsSection(path)) return;
    if (table_.Find(path) == nullptr) Assign(path, {.texts = {""}});  // refused as unknown
    Refuse(line_of_key_, path + " has no value; write \"\" for an empty text");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (anchor != 0) RefuseAnchor(mark);
    if (tag != "?" && tag != "!" && !tag.empty()) Refuse(mark, "tags (\"" + tag + "\") are not supported");
    if (levels_.empty()) Refuse(mark, "expects \"key: value\" lines");
    if (levels_.back().is_list) {
      list_.texts.push_back(value);
      return;
    }
    if (!pending_key_) {
      TakeKey(mark, value);
      return;
    }
    const std::string path = TakePath();
    Assign(path, {.texts = {value}, .is_quoted = tag == "!"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (anchor != 0) RefuseAnchor(mark);
    if (tag != "?" && !tag.empty()) Refuse(mark, "tags (\"" + tag + "\") are not supported");
    if (levels_.empty() || (!pending_key_ && !levels_.back().is_list)) Refuse(mark, "expects \"key: value\" lines");
    if (levels_.back().is_list) Refuse(mark, levels_.back().path + " holds a list in a list");
    list_ = {.is_list = true};
    levels_.push_back({.path = TakePath(), .is_list = true});
  }
  void OnSequenceEnd() override {
    const std::string path = levels_.back().path;
    levels_.pop_back();
    Assign(path, list_);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (anchor != 0) RefuseAnchor(mark);
    if (tag != "?" && !tag.empty()) Refuse(mark, "tags (\"" + tag + "\") are not supported");
    if (levels_.size() >= kMaxDepth) Refuse(mark, "nested too deeply");
    if (levels_.empty()) {
      levels_.push_back({});
      return;
    }
    if (levels_.back().is_list) Refuse(mark, levels_.back().path + " holds a map in a list");
    if (!pending_key_) Refuse(mark, "a map as a key");
    const std::string path = TakePath();
    if (table_.Find(path) != nullptr) Refuse(mark, path + " is a key, not a section; write " + path + ": VALUE");
    levels_.push_back({.path = path});
  }
  void OnMapEnd() override { levels_.pop_back(); }

 private:
  struct Level {
    std::string path = {};
    bool is_list = false;
  };

  [[noreturn]] void Refuse(int line, const std::string& what) const {
    throw Refused(name_ + ":" + std::to_string(line) + ": " + what);
  }
  [[noreturn]] void Refuse(const YAML::Mark& mark, const std::string& what) const { Refuse(mark.line + 1, what); }
  [[noreturn]] void RefuseAnchor(const YAML::Mark& mark) const {
    Refuse(mark, "anchors (\"&\") are not supported; write the values out");
  }

  void TakeKey(const YAML::Mark& mark, const std::string& key) {
    if (key == "<<") Refuse(mark, "merge keys (\"<<\") are not supported; write the values out");
    if (!IsCleanText(key)) Refuse(mark, "a key holds a control character");
    pending_key_ = key;
    line_of_key_ = mark.line + 1;
  }
  // The full path of the key whose value starts now.
  std::string TakePath() {
    const std::string& section = levels_.back().path;
    std::string path = section.empty() ? *pending_key_ : section + "." + *pending_key_;
    pending_key_.reset();
    return path;
  }
  void Assign(const std::string& path, const KeyInput& input) {
    const auto [first, is_new] = lines_.emplace(path, line_of_key_);
    if (!is_new) Refuse(line_of_key_, path + " is set twice; first in line " + std::to_string(first->second));
    const absl::Status status = table_.Set(path, input, name_ + ":" + std::to_string(line_of_key_));
    if (!status.ok()) throw Refused(Message(status));
  }

  KeyTable& table_;
  const std::string name_;
  std::vector<Level> levels_;
  std::optional<std::string> pending_key_;
  int line_of_key_ = 0;
  KeyInput list_;
  std::map<std::string, int> lines_;  // where each key was set
  int documents_ = 0;
};

// What yaml-cpp would read in its own way or report badly: wrong bytes and tabs as indentation.
absl::Status CheckBytes(const std::string& yaml, const std::string& name) {
  std::istringstream lines(yaml);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string where = name + ":" + std::to_string(number) + ": ";
    if (!IsCleanText(line)) return UsageError(where + "not UTF-8 text, or a control character");
    const size_t first = line.find_first_not_of(" \r");
    if (first != std::string::npos && line[first] == '\t') {
      return UsageError(where + "a tab as indentation; use spaces");
    }
    if (first != std::string::npos && line[first] == '%')
      return UsageError(where + "YAML directives are not supported");
  }
  return absl::OkStatus();
}

// "a, b c,"d,e"" -> a | b c | d,e: quoted entries as in YAML, without its escapes.
absl::Status SplitEntries(const std::string& text, std::vector<std::string>* entries) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t first = std::min(text.find_first_not_of(' ', at), text.size());
    const bool quoted = first < text.size() && (text[first] == '"' || text[first] == '\'');
    const size_t close = quoted ? text.find(text[first], first + 1) : first;
    if (close == std::string::npos) return UsageError("--set: a quotation mark in " + text + " is not closed");
    const size_t comma = std::min(text.find(',', close), text.size());
    std::string entry = text.substr(first, comma - first);
    entry.resize(entry.find_last_not_of(' ') + 1);
    if (quoted && first + entry.size() != close + 1) {
      return UsageError("--set: a comma is missing after " + text.substr(first, close + 1 - first) + " in " + text);
    }
    entries->push_back(quoted ? entry.substr(1, entry.size() - 2) : entry);
    at = comma + 1;
  }
  return absl::OkStatus();
}

absl::Status ApplySet(KeyTable& table, const std::string& assignment, std::set<std::string>* seen) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    const std::string hint = table.Find(assignment) == nullptr ? "KEY=VALUE" : assignment + "=VALUE";
    return UsageError("--set " + assignment + ": expects " + hint);
  }
  const std::string path = assignment.substr(0, equals);
  std::string text = assignment.substr(equals + 1);
  if (!seen->insert(path).second) return UsageError("--set: " + path + " is set twice");
  const Key* key = table.Find(path);
  KeyInput input;
  input.is_list = key != nullptr && IsList(key->target);
  if (!input.is_list) {
    input.texts.push_back(text);
    return table.Set(path, input, "--set");
  }
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  RETURN_IF_ERROR(SplitEntries(text, &input.texts));
  return table.Set(path, input, "--set");
}

}  // namespace

absl::Status LoadConfigText(KeyTable& table, const std::string& yaml, const std::string& name) {
  RETURN_IF_ERROR(CheckBytes(yaml, name));
  try {
    // Without the last line end, yaml-cpp refuses a quote that is never closed; with it, it swallows the lines up to
    // the end of the file into the text.
    std::istringstream stream(yaml.substr(0, yaml.find_last_not_of(" \t\r\n") + 1));
    YAML::Parser parser(stream);
    KeyHandler handler(table, name);
    while (parser.HandleNextDocument(handler)) {
    }
    if (handler.num_keys() == 0) {
      return UsageError(name + ": holds no keys; leave --config away to use the defaults");
    }
  } catch (const Refused& refused) {
    return UsageError(refused.what());
  } catch (const YAML::Exception& error) {
    return UsageError(name + ":" + std::to_string(error.mark.line + 1) + ": not valid YAML: " + error.msg);
  } catch (const std::bad_alloc&) {
    return OutOfResource(name + ": out of memory while reading it");
  } catch (const std::exception& error) {
    return UsageError(name + ": not valid YAML: " + error.what());
  }
  return absl::OkStatus();
}

absl::Status LoadConfig(KeyTable& table, const ConfigSources& sources) {
  RETURN_IF_ERROR(table.CheckTable());
  if (!sources.file.empty()) {
    const absl::StatusOr<std::string> yaml = ReadFile(sources.file, kMaxFileBytes);
    if (!yaml.ok()) return Annotate(yaml.status(), "--config: ");
    RETURN_IF_ERROR(LoadConfigText(table, *yaml, sources.file));
  }
  std::set<std::string> seen;
  for (const std::string& assignment : sources.sets) RETURN_IF_ERROR(ApplySet(table, assignment, &seen));
  return absl::OkStatus();
}

}  // namespace trivium
