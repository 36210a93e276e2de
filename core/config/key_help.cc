// Texts about keys: types, ranges, YAML values, and the key lists of --help and the docs. See key_table.h.
#include <algorithm>
#include <array>
#include <cmath>

#include "core/config/key_table.h"
#include "core/config/key_value.h"

namespace trivium {
namespace {

std::string BoundText(double bound) {
  return std::abs(bound) < 1e15 && std::floor(bound) == bound ? std::to_string(static_cast<int64_t>(bound))
                                                              : NumberText(bound);
}

// Columns of one key: path, type, default, unit and range.
std::array<std::string, 4> Columns(const Key& key) {
  const std::string range = RangeText(key);
  const std::string joint = !key.info.unit.empty() && !range.empty() ? ", " : "";
  return {key.path, TypeName(key.target), key.default_text, key.info.unit + joint + range};
}

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

}  // namespace

std::string TypeName(const KeyTarget& target) {
  static const std::array<std::string, 7> kNames = {"true or false", "integer",          "number",         "text",
                                                    "list of texts", "list of integers", "list of numbers"};
  return kNames[target.index()];
}

std::string ValueText(const KeyTarget& target) {
  const KeyValue value = Load(target);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&value)) return NumberText(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return QuoteYaml(*text);
  std::string list;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& text : *texts) list += (list.empty() ? "" : ", ") + QuoteYaml(text);
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&value)) {
    for (const int64_t integer : *integers) list += (list.empty() ? "" : ", ") + std::to_string(integer);
  } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    for (const double real : *reals) list += (list.empty() ? "" : ", ") + NumberText(real);
  }
  return "[" + list + "]";
}

std::string RangeText(const Key& key) {
  if (!key.info.choices.empty()) {
    std::string all;
    for (const std::string& choice : key.info.choices) all += (all.empty() ? "one of " : ", ") + choice;
    return all;
  }
  const bool low = std::isfinite(key.info.min);
  const bool high = std::isfinite(key.info.max);
  if (low && high) return BoundText(key.info.min) + " to " + BoundText(key.info.max);
  if (low) return "at least " + BoundText(key.info.min);
  return high ? "at most " + BoundText(key.info.max) : "";
}

std::string DescribeKeys(const KeyTable& table) {
  std::array<size_t, 3> widths{};
  for (const Key& key : table.keys()) {
    const auto columns = Columns(key);
    // One very long default must not push all help texts off the screen.
    constexpr size_t kWidest = 32;
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], std::min(columns[i].size(), kWidest));
  }
  std::string text;
  for (const Key& key : table.keys()) {
    const auto columns = Columns(key);
    std::string line = "  ";
    for (size_t i = 0; i < widths.size(); ++i) {
      line += columns[i] + std::string(widths[i] > columns[i].size() ? widths[i] - columns[i].size() : 0, ' ') + "  ";
    }
    text += line + key.info.help + (columns[3].empty() ? "" : " (" + columns[3] + ")") + "\n";
  }
  return text;
}

std::string DescribeKeysMarkdown(const KeyTable& table) {
  std::string text = "| key | type | default | unit, range | meaning |\n|---|---|---|---|---|\n";
  for (const Key& key : table.keys()) {
    const auto columns = Columns(key);
    text += "| `" + columns[0] + "` | " + columns[1] + " | `" + Escaped(columns[2]) + "` | " + Escaped(columns[3]) +
            " | " + Escaped(key.info.help) + " |\n";
  }
  return text;
}

}  // namespace trivium
