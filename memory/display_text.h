// Text that others wrote, made safe to show in a line of a terminal or a page: facts may be long and hostile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trivium {

inline constexpr size_t kDisplayedCharacters = 160;

// Well-formed UTF-8 of at most `most` code points, a cut shown by a final "…". What is no UTF-8, control characters,
// line separators and marks that turn the direction of writing (UAX #9) become U+FFFD.
std::string DisplayText(std::string_view text, size_t most = kDisplayedCharacters);

// Text as it may stand between tags and inside quoted attributes: & < > " ' escaped.
std::string EscapeHtml(std::string_view text);

// A confidence or weight with at most three significant digits: "0.3", "1".
std::string DisplayNumber(double number);

// The day of a time as in "2026-01-31T12:00:00Z", as it stands there, cut after ten bytes.
std::string DayOf(const std::string& time);

}  // namespace trivium
