// The resolved config as nested YAML, with and without the origin of each value. See config_loader.h.
#include <algorithm>
#include <utility>

#include "core/config/config_loader.h"

namespace trivium {
namespace {

struct Line {
  std::string yaml;
  std::string origin;  // "" for section headings
};

// `keys` all lie in one section, whose path takes `skip` characters of theirs.
void AddSection(const std::vector<const Key*>& keys, size_t skip, const std::string& indent, std::vector<Line>* lines) {
  // YAML wants a section's keys together, in whatever order they were added.
  std::vector<std::pair<std::string, std::vector<const Key*>>> sections;
  for (const Key* key : keys) {
    const size_t dot = key->path.find('.', skip);
    const std::string part = key->path.substr(skip, dot == std::string::npos ? dot : dot - skip);
    if (dot == std::string::npos) {
      lines->push_back({indent + part + ": " + ValueText(key->target), key->origin});
      continue;
    }
    auto section = std::find_if(sections.begin(), sections.end(), [&](const auto& s) { return s.first == part; });
    if (section == sections.end()) section = sections.insert(sections.end(), {part, {}});
    section->second.push_back(key);
  }
  for (const auto& [name, members] : sections) {
    lines->push_back({indent + name + ":", ""});
    AddSection(members, skip + name.size() + 1, indent + "  ", lines);
  }
}

std::vector<Line> AllLines(const KeyTable& table) {
  std::vector<const Key*> keys;
  for (const Key& key : table.keys()) keys.push_back(&key);
  std::vector<Line> lines;
  AddSection(keys, 0, "", &lines);
  return lines;
}

}  // namespace

std::string PrintConfig(const KeyTable& table) {
  const std::vector<Line> lines = AllLines(table);
  size_t width = 0;
  for (const Line& line : lines) width = std::max(width, std::min<size_t>(line.yaml.size(), 48));
  std::string text;
  for (const Line& line : lines) {
    text += line.yaml;
    if (!line.origin.empty()) {
      text += std::string(width > line.yaml.size() ? width - line.yaml.size() : 0, ' ') + "  # " + line.origin;
    }
    text += "\n";
  }
  return text;
}

std::string ResolvedYaml(const KeyTable& table) {
  std::string text;
  for (const Line& line : AllLines(table)) text += line.yaml + "\n";
  return text;
}

}  // namespace trivium
