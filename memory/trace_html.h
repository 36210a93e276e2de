// A trace as one page: what was read when, as a heat map of facts by loops.
#pragma once

#include <cstddef>
#include <string>

#include "memory/trace.h"

namespace trivium {

// Greater traces are cut, and the page says so.
inline constexpr size_t kPageFacts = 200;
inline constexpr size_t kPageLoops = 128;

// A self-contained HTML page: no script, nothing loaded, light and dark. Facts with the greatest weight in any loop
// stand first; what facts say is escaped and shortened (display_text.h). REQUIRES: AddEvidence was called.
std::string RenderTracePage(const Trace& trace);

}  // namespace trivium
