// A trace as JSON and as text. See trace.h.
#include "memory/trace.h"

#include <algorithm>
#include <cmath>

namespace trivium {
namespace {

constexpr double kSmallestShownWeight = 0.01;

std::string PercentText(double share) {
  if (!std::isfinite(share)) return "?";
  return std::to_string(static_cast<int>(std::lround(100.0 * std::clamp(share, 0.0, 1.0)))) + " %";
}

std::string Padded(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string RenderReads(const TraceStep& step, int64_t max_reads) {
  std::vector<const ReadRecord*> order;
  for (const ReadRecord& read : step.reads) {
    if (read.weight >= kSmallestShownWeight) order.push_back(&read);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const ReadRecord* a, const ReadRecord* b) { return a->weight > b->weight; });
  std::string text;
  const size_t shown = std::min(order.size(), static_cast<size_t>(std::max<int64_t>(0, max_reads)));
  for (size_t i = 0; i < shown; ++i) {
    text += "    read " + Padded(PercentText(order[i]->weight), 5) + "  ";
    text += order[i]->fact_id.empty() ? std::string("(no such fact)")
                                      : order[i]->fact_text + "  [" + order[i]->fact_id + "]";
    text += "\n";
  }
  return text.empty() ? "    read nothing\n" : text;
}

}  // namespace

nlohmann::json ToJson(const Trace& trace) {
  nlohmann::json steps = nlohmann::json::array();
  for (const TraceStep& step : trace.steps) {
    nlohmann::json reads = nlohmann::json::array();
    for (const ReadRecord& read : step.reads) {
      reads.push_back({{"fact", read.fact_id}, {"text", read.fact_text}, {"weight", read.weight}});
    }
    steps.push_back(
        {{"loop", step.loop}, {"answer", step.answer}, {"probability", step.probability}, {"reads", reads}});
  }
  return {{"question", trace.question}, {"answer", trace.answer}, {"halted", trace.halted}, {"steps", steps}};
}

std::string RenderTrace(const Trace& trace, int64_t max_reads) {
  std::string text = "question: " + trace.question + "\n";
  for (const TraceStep& step : trace.steps) {
    text += "  loop " + std::to_string(step.loop) + "\n" + RenderReads(step, max_reads);
    text += "    answer " + step.answer + " (" + PercentText(step.probability) + ")\n";
  }
  text += "answer: " + trace.answer + "\n";
  const std::string loops = std::to_string(trace.steps.size()) + (trace.steps.size() == 1 ? " loop" : " loops");
  text += trace.halted ? "stopped by itself after " + loops + "\n" : "stopped by the limit after " + loops + "\n";
  return text;
}

}  // namespace trivium
