// Lines of TSV and CSV tables as cells. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

std::vector<std::string> SplitTabs(const std::string& line);
// RFC 4180, but a field cannot run over lines. UsageError for a quotation mark that is not closed.
absl::StatusOr<std::vector<std::string>> SplitCommas(const std::string& line);
// A cell of CSV: quoted if it has a comma or a quotation mark.
std::string QuoteCell(const std::string& text);

}  // namespace trivium
