// Rows, look-ups and assignment. See key_table.h; values are parsed in key_value.cc.
#include "core/config/key_table.h"

#include <algorithm>
#include <utility>

#include "core/base/nearest.h"
#include "core/config/key_value.h"

namespace trivium {
namespace {

bool IsBelow(const std::string& path, const std::string& section) {
  return path.size() > section.size() + 1 && path.compare(0, section.size(), section) == 0 &&
         path[section.size()] == '.';
}

std::string LastPart(const std::string& path) {
  return path.substr(path.rfind('.') + 1);  // npos + 1 is 0
}

bool IsGoodPath(const std::string& path) {
  char before = '.';
  for (const char c : path) {
    if (c == '.' ? before == '.' : !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    before = c;
  }
  return before != '.';
}

}  // namespace

void KeyTable::Add(std::string path, bool* value, KeyInfo info) { AddKey(std::move(path), value, std::move(info)); }
void KeyTable::Add(std::string path, int64_t* value, KeyInfo info) { AddKey(std::move(path), value, std::move(info)); }
void KeyTable::Add(std::string path, double* value, KeyInfo info) { AddKey(std::move(path), value, std::move(info)); }
void KeyTable::Add(std::string path, std::string* value, KeyInfo info) {
  AddKey(std::move(path), value, std::move(info));
}
void KeyTable::Add(std::string path, std::vector<std::string>* value, KeyInfo info) {
  AddKey(std::move(path), value, std::move(info));
}
void KeyTable::Add(std::string path, std::vector<int64_t>* value, KeyInfo info) {
  AddKey(std::move(path), value, std::move(info));
}
void KeyTable::Add(std::string path, std::vector<double>* value, KeyInfo info) {
  AddKey(std::move(path), value, std::move(info));
}

void KeyTable::AddKey(std::string path, KeyTarget target, KeyInfo info) {
  if (!places_.emplace(path, keys_.size()).second) {
    if (fault_.empty()) fault_ = "key " + path + " is in the table twice";
    return;
  }
  if (!IsGoodPath(path) && fault_.empty()) fault_ = "key \"" + path + "\" is no dotted path of a-z, 0-9 and _";
  keys_.push_back(
      {.path = std::move(path), .target = target, .info = std::move(info), .default_text = ValueText(target)});
}

const Key* KeyTable::Find(const std::string& path) const {
  const auto place = places_.find(path);
  return place == places_.end() ? nullptr : &keys_[place->second];
}

bool KeyTable::IsSection(const std::string& path) const {
  const auto next = places_.lower_bound(path + ".");
  return next != places_.end() && IsBelow(next->first, path);
}

std::string KeyTable::Origin(const std::string& path) const {
  const Key* key = Find(path);
  return key == nullptr ? "" : key->origin;
}

absl::Status KeyTable::Set(const std::string& path, const KeyInput& input, const std::string& where) {
  const auto place = places_.find(path);
  if (place == places_.end()) {
    if (IsSection(path))
      return UsageError(where + ": " + path + " is a section; set a key in it, as " + NearestKey(path));
    const std::string near = NearestKey(path);
    return UsageError(where + ": unknown key " + QuoteYaml(path) +
                      (near.empty() ? "; --print-config lists all keys" : "; did you mean " + near + "?"));
  }
  Key& key = keys_[place->second];
  const absl::StatusOr<KeyValue> value = ParseValue(key.target, input);
  if (!value.ok()) return UsageError(where + ": " + path + " " + Message(value.status()));
  const std::string fault = RangeFault(key.info, *value);
  if (!fault.empty()) return UsageError(where + ": " + path + " " + fault);
  Store(key.target, *value);
  key.origin = where;
  return absl::OkStatus();
}

std::string KeyTable::NearestKey(const std::string& path) const {
  const std::string last = LastPart(path);
  std::vector<std::string> paths, last_parts, same_last;
  for (const Key& key : keys_) {
    if (IsBelow(key.path, path)) return key.path;
    paths.push_back(key.path);
    last_parts.push_back(LastPart(key.path));
    if (last_parts.back() == last) same_last.push_back(key.path);
  }
  // "steps" for "train.steps" is nearer to what was meant than any path a few letters away.
  for (const std::vector<std::string>* candidates : {&same_last, &paths}) {
    std::string near = Nearest(path, *candidates);
    if (!near.empty()) return near;
  }
  if (!same_last.empty()) return same_last.front();
  const std::string near_part = Nearest(last, last_parts);
  if (near_part.empty()) return "";
  return paths[static_cast<size_t>(std::find(last_parts.begin(), last_parts.end(), near_part) - last_parts.begin())];
}

absl::Status KeyTable::CheckTable() const {
  if (!fault_.empty()) return Failed(fault_);
  for (const Key& key : keys_) {
    if (IsSection(key.path)) return Failed("key " + key.path + " is also a section");
    const std::string fault = RangeFault(key.info, Load(key.target));
    if (key.origin == "default" && !fault.empty()) return Failed("the default of key " + key.path + " " + fault);
  }
  return absl::OkStatus();
}

}  // namespace trivium
