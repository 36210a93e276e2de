// One row per config key: where its value lives, its type, range, unit and help. The table drives YAML files, --set,
// --print-config, --help and the docs. Each component adds its own rows beside its config struct:
//   void AddKeys(KeyTable& table, const std::string& prefix, TrainerConfig& config) {
//     table.Add(prefix + "steps", &config.steps, {.help = "optimiser steps", .unit = "steps", .min = 1});
//   }
// The pointee's value at Add is the default. Paths are dotted: "train.steps".
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/base/status.h"

namespace trivium {

struct KeyInfo {
  std::string help = {};
  std::string unit = {};                                  // "tokens", "seconds"; "" for plain numbers and other types
  double min = -std::numeric_limits<double>::infinity();  // numbers, included
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};  // texts, and each entry of lists of texts; empty: any
};

using KeyTarget = std::variant<bool*, int64_t*, double*, std::string*, std::vector<std::string>*, std::vector<int64_t>*,
                               std::vector<double>*>;

struct Key {
  std::string path;
  KeyTarget target;
  KeyInfo info = {};
  std::string default_text = {};   // the default as YAML
  std::string origin = "default";  // "default", "FILE:LINE", "--set" or the flag that set it
};

// A value as written by the user: one text, or several for a list.
struct KeyInput {
  std::vector<std::string> texts = {};
  bool is_list = false;
  bool is_quoted = false;  // quoted in YAML: text, never a number or a truth value
};

// Not thread-safe. REQUIRES: the pointees outlive the table.
class KeyTable {
 public:
  void Add(std::string path, bool* value, KeyInfo info);
  void Add(std::string path, int64_t* value, KeyInfo info);
  void Add(std::string path, double* value, KeyInfo info);
  void Add(std::string path, std::string* value, KeyInfo info);
  void Add(std::string path, std::vector<std::string>* value, KeyInfo info);
  void Add(std::string path, std::vector<int64_t>* value, KeyInfo info);
  void Add(std::string path, std::vector<double>* value, KeyInfo info);

  // In the order of Add.
  const std::vector<Key>& keys() const { return keys_; }
  // nullptr if there is no such key.
  const Key* Find(const std::string& path) const;
  // True if some key lies below `path`: "train" for "train.steps".
  bool IsSection(const std::string& path) const;
  // Where the value came from; "" if there is no such key.
  std::string Origin(const std::string& path) const;

  // Assigns one value. UsageError, starting with `where` (a "FILE:LINE" or a flag), if the key is unknown (names the
  // nearest), the text is of another type, or the value is out of range; nothing is changed then.
  absl::Status Set(const std::string& path, const KeyInput& input, const std::string& where);

  // The nearest known key: by the whole path, else by its last part. "" if none is near.
  std::string NearestKey(const std::string& path) const;

  // Failed if the table itself is wrong: a path added twice or below another key, a default outside its own range.
  absl::Status CheckTable() const;

 private:
  void AddKey(std::string path, KeyTarget target, KeyInfo info);

  std::vector<Key> keys_;
  std::map<std::string, size_t> places_;
  std::string fault_;  // first wrong Add
};

// "integer", "number", "true or false", "text", "list of texts", "list of integers", "list of numbers".
std::string TypeName(const KeyTarget& target);
// The current value as YAML (one line) that loads back to exactly the same value.
std::string ValueText(const KeyTarget& target);
// "1 to 64", "at least 1", "at most 3", "one of a, b"; "" if anything goes.
std::string RangeText(const Key& key);

// The rows as aligned plain text for --help: path, type, default, unit, range, help.
std::string DescribeKeys(const KeyTable& table);
// The same as a Markdown table.
std::string DescribeKeysMarkdown(const KeyTable& table);

}  // namespace trivium
