// Between the text of a config value and its typed form: strict decimal numbers in, YAML that loads back exactly out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/status.h"
#include "core/config/key_table.h"

namespace trivium {

// [-]digits without leading zeros, fits in 64 bits; nullopt otherwise.
std::optional<int64_t> ParseInteger(const std::string& text);
// Decimal, with optional fraction and exponent; finite; the locale plays no part. nullopt otherwise.
std::optional<double> ParseNumber(const std::string& text);
// The shortest decimal text that gives `value` back and that every YAML reader takes for a number: "1.0e-05".
std::string NumberText(double value);

// True for the lists among the targets: their values are written "[a, b]".
bool IsList(const KeyTarget& target);

// The typed value of `input`, ready to be stored; a message says why not, without naming the key.
using KeyValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>, std::vector<int64_t>,
                              std::vector<double>>;
absl::StatusOr<KeyValue> ParseValue(const KeyTarget& target, const KeyInput& input);
// Why the value breaks the row's range or choices, as "is 0; allowed is 1 to 8"; "" if it does not.
std::string RangeFault(const KeyInfo& info, const KeyValue& value);
KeyValue Load(const KeyTarget& target);
// REQUIRES: `value` has the target's type, as ParseValue gives it.
void Store(const KeyTarget& target, const KeyValue& value);

// Plain if YAML reads it as that text, else in double quotes with escapes.
std::string QuoteYaml(const std::string& text);
// Valid UTF-8 (no surrogates, no overlong forms) without control characters except tab and line ends.
bool IsCleanText(const std::string& text);

}  // namespace trivium
