// Parsing, range checks and YAML text of single config values. See key_value.h.
#include "core/config/key_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>
#include <type_traits>

#include "core/base/nearest.h"
#include "core/base/utf8.h"

namespace trivium {
namespace {

bool HasLeadingZero(const std::string& text) {
  const size_t first = text.size() > 1 && text[0] == '-' ? 1 : 0;
  return text.size() > first + 1 && text[first] == '0' && text[first + 1] >= '0' && text[first + 1] <= '9';
}

template <class T>
bool ParseWhole(const std::string& text, T* value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *value);
  return result.ec == std::errc() && result.ptr == end;
}

std::string Shown(const std::string& text) {
  constexpr size_t kLongest = 60;
  std::string shown;
  for (const char c : text.substr(0, kLongest)) shown += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  // Never cut inside a UTF-8 sequence.
  if (text.size() > kLongest) {
    while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xC0) == 0x80) shown.pop_back();
    if (!shown.empty() && static_cast<unsigned char>(shown.back()) >= 0xC0) shown.pop_back();
    shown += "...";
  }
  return "\"" + shown + "\"";
}

std::string Expects(const KeyTarget& target) {
  const std::string name = TypeName(target);
  if (std::holds_alternative<bool*>(target)) return "expects " + name;
  return (name.front() == 'i' ? "expects an " : "expects a ") + name;
}

absl::Status Mistyped(const KeyTarget& target, const std::string& text, const std::string& hint) {
  return UsageError(Expects(target) + ", got " + Shown(text) + hint);
}

std::string IntegerHint(const std::string& text) {
  const std::optional<double> number = ParseNumber(text);
  if (number && std::floor(*number) == *number && std::abs(*number) < 1e15) {
    return "; write " + std::to_string(static_cast<int64_t>(*number));
  }
  return HasLeadingZero(text) ? "; write it without leading zeros" : "";
}

std::string BoolHint(const std::string& text) {
  for (const char* yes : {"yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE", "1", "y"}) {
    if (text == yes) return "; write true";
  }
  for (const char* no : {"no", "No", "NO", "off", "Off", "OFF", "False", "FALSE", "0", "n"}) {
    if (text == no) return "; write false";
  }
  return "";
}

absl::StatusOr<KeyValue> ParseScalar(const KeyTarget& target, const KeyInput& input) {
  const std::string& text = input.texts.front();
  if (std::holds_alternative<std::string*>(target)) return KeyValue(text);
  if (input.is_quoted) return Mistyped(target, text, "; write it without quotes");
  if (std::holds_alternative<bool*>(target)) {
    if (text == "true") return KeyValue(true);
    if (text == "false") return KeyValue(false);
    return Mistyped(target, text, BoolHint(text));
  }
  if (std::holds_alternative<double*>(target)) {
    if (const std::optional<double> value = ParseNumber(text)) return KeyValue(*value);
    return Mistyped(target, text, HasLeadingZero(text) ? "; write it without leading zeros" : "");
  }
  if (const std::optional<int64_t> value = ParseInteger(text)) return KeyValue(*value);
  return Mistyped(target, text, IntegerHint(text));
}

std::string NumberFault(const KeyInfo& info, double value, const std::string& shown) {
  if (value >= info.min && value <= info.max) return "";
  const Key key{.path = "", .target = static_cast<double*>(nullptr), .info = info};
  return "is " + shown + "; allowed is " + RangeText(key);
}

std::string ChoiceFault(const KeyInfo& info, const std::string& text) {
  if (info.choices.empty()) return "";
  std::string all;
  for (const std::string& choice : info.choices) {
    if (choice == text) return "";
    all += (all.empty() ? "" : ", ") + choice;
  }
  const std::string near = Nearest(text, info.choices);
  return "is " + Shown(text) + "; allowed is one of " + all + (near.empty() ? "" : " (did you mean " + near + "?)");
}

}  // namespace

std::optional<int64_t> ParseInteger(const std::string& text) {
  int64_t value = 0;
  if (HasLeadingZero(text) || !ParseWhole(text, &value)) return std::nullopt;
  return value;
}

std::optional<double> ParseNumber(const std::string& text) {
  double value = 0;
  if (HasLeadingZero(text) || !ParseWhole(text, &value) || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string NumberText(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), result.ptr);
  // YAML 1.1 readers such as PyYAML take "1e-05" for text but "1.0e-05" for a number.
  const size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
  return text;
}

bool IsList(const KeyTarget& target) {
  return std::holds_alternative<std::vector<std::string>*>(target) ||
         std::holds_alternative<std::vector<int64_t>*>(target) || std::holds_alternative<std::vector<double>*>(target);
}

absl::StatusOr<KeyValue> ParseValue(const KeyTarget& target, const KeyInput& input) {
  for (const std::string& text : input.texts) {
    if (!IsCleanText(text)) return UsageError("holds a control character or invalid UTF-8");
  }
  if (!IsList(target)) {
    if (input.is_list || input.texts.empty()) return UsageError(Expects(target) + ", got a list");
    return ParseScalar(target, input);
  }
  if (!input.is_list) return Mistyped(target, input.texts.front(), "; write [" + Shown(input.texts.front()) + "]");
  if (std::holds_alternative<std::vector<std::string>*>(target)) return KeyValue(input.texts);
  if (std::holds_alternative<std::vector<double>*>(target)) {
    std::vector<double> reals;
    for (const std::string& text : input.texts) {
      const std::optional<double> value = ParseNumber(text);
      if (!value) return Mistyped(target, text, HasLeadingZero(text) ? "; write it without leading zeros" : "");
      reals.push_back(*value);
    }
    return KeyValue(reals);
  }
  std::vector<int64_t> numbers;
  for (const std::string& text : input.texts) {
    const std::optional<int64_t> value = ParseInteger(text);
    if (!value) return Mistyped(target, text, IntegerHint(text));
    numbers.push_back(*value);
  }
  return KeyValue(numbers);
}

std::string RangeFault(const KeyInfo& info, const KeyValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return NumberFault(info, *number, NumberText(*number));
  if (const auto* text = std::get_if<std::string>(&value)) return ChoiceFault(info, *text);
  std::string fault;
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    fault = NumberFault(info, static_cast<double>(*integer), std::to_string(*integer));
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (size_t i = 0; i < texts->size() && fault.empty(); ++i) fault = ChoiceFault(info, (*texts)[i]);
  } else if (const auto* integers = std::get_if<std::vector<int64_t>>(&value)) {
    for (size_t i = 0; i < integers->size() && fault.empty(); ++i) {
      fault = NumberFault(info, static_cast<double>((*integers)[i]), std::to_string((*integers)[i]));
    }
  } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    for (size_t i = 0; i < reals->size() && fault.empty(); ++i) {
      fault = NumberFault(info, (*reals)[i], NumberText((*reals)[i]));
    }
  }
  return fault;
}

KeyValue Load(const KeyTarget& target) {
  return std::visit([](const auto* value) { return KeyValue(*value); }, target);
}

void Store(const KeyTarget& target, const KeyValue& value) {
  std::visit(
      [&value](auto* place) {
        if (const auto* typed = std::get_if<std::remove_pointer_t<decltype(place)>>(&value)) *place = *typed;
      },
      target);
}

std::string QuoteYaml(const std::string& text) {
  bool plain = !text.empty();
  for (size_t i = 0; i < text.size() && plain; ++i) {
    const char c = text[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    plain = letter || (i > 0 && ((c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/'));
  }
  for (const char* word : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    bool same = text.size() == std::char_traits<char>::length(word);
    for (size_t i = 0; i < text.size() && same; ++i) same = (text[i] | 0x20) == word[i];
    if (same) plain = false;
  }
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c == '\r') {
      quoted += "\\r";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

bool IsCleanText(const std::string& text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  });
  return !has_control && IsUtf8(text);
}

}  // namespace trivium
