// A trace as JSON and as text. See trace.h.
#include "memory/trace.h"

#include <algorithm>
#include <cmath>

#include "memory/display_text.h"

namespace trivium {
namespace {

constexpr double kSmallestShownWeight = 0.01;

std::string Padded(const std::string& text, size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string FactLine(const std::string& text, const std::string& id) {
  return DisplayText(text) + "  [" + DisplayText(id) + "]";
}

std::string Quoted(const std::string& text) { return "\"" + DisplayText(text) + "\""; }

// Where a fact lives, who said it, the day since when it reads so, and how far it is believed where that is not wholly.
std::string OriginText(const Fact& fact) {
  std::string text;
  const auto add = [&](const std::string& what, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : ", ") + what + DisplayText(value);
  };
  add("", fact.shard);
  add("from ", fact.source);
  add("since ", DayOf(fact.updated));
  if (fact.confidence != 1.0) add("confidence ", DisplayNumber(fact.confidence));
  return text.empty() ? "" : "  (" + text + ")";
}

// Of the fact with this id, among those that were read; "" if it is none of them.
std::string OriginOf(const Trace& trace, const std::string& id) {
  for (const UsedFact& used : trace.facts) {
    if (used.fact.id == id) return OriginText(used.fact);
  }
  return "";
}

std::string RenderSupport(const Support& support) {
  std::string text;
  for (const NeededFact& fact : support.facts) {
    text += "needed: " + FactLine(fact.text, fact.id) +
            "  without it: " + (fact.answer_without.empty() ? "no answer" : DisplayText(fact.answer_without)) + "\n";
  }
  if (support.facts.empty()) text += "needed: no single fact; the answer stays the same without any of those tried\n";
  return text + RenderTried(support) + "\n";
}

nlohmann::json ConflictsToJson(const Trace& trace) {
  nlohmann::json conflicts = nlohmann::json::array();
  for (const Conflict& conflict : trace.conflicts) {
    nlohmann::json sides = nlohmann::json::array();
    for (const ConflictSide& side : conflict.sides) {
      nlohmann::json ids = nlohmann::json::array();
      for (const size_t f : side.facts) ids.push_back(trace.facts[f].fact.id);
      sides.push_back({{"value", side.value}, {"confidence", side.confidence}, {"facts", ids}});
    }
    conflicts.push_back({{"about", conflict.about}, {"tie", conflict.IsTie()}, {"sides", sides}});
  }
  return conflicts;
}

std::string RenderReads(const Trace& trace, const TraceStep& step, int64_t max_reads) {
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
    const std::string& id = order[i]->fact_id;
    text += id.empty() ? "(no such fact)" : FactLine(order[i]->fact_text, id) + OriginOf(trace, id);
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
  nlohmann::json facts = nlohmann::json::array();
  for (const UsedFact& used : trace.facts) {
    facts.push_back({{"fact", used.fact.id},
                     {"text", used.fact.text},
                     {"confidence", used.fact.confidence},
                     {"shard", used.fact.shard},
                     {"source", used.fact.source},
                     {"created", used.fact.created},
                     {"updated", used.fact.updated},
                     {"weight", used.greatest},
                     {"total", used.total},
                     {"dropped", used.dropped}});
  }
  nlohmann::json json = {{"question", trace.question},
                         {"answer", trace.answer},
                         {"probability", trace.probability},
                         {"settled", trace.settled},
                         {"unmet_words", trace.unmet},
                         {"halted", trace.halted},
                         {"steps", steps},
                         {"facts", facts},
                         {"conflicts", ConflictsToJson(trace)}};
  if (trace.support) {
    nlohmann::json needed = nlohmann::json::array();
    for (const NeededFact& fact : trace.support->facts) {
      needed.push_back({{"fact", fact.id}, {"text", fact.text}, {"answer_without", fact.answer_without}});
    }
    json["support"] = {{"facts", needed}, {"tried", trace.support->tried}, {"not_tried", trace.support->not_tried}};
  }
  return json;
}

std::string RenderDoubts(const Trace& trace) {
  std::string text;
  if (!trace.settled) {
    const std::string doubt = trace.halted
                                  ? "the answer may be wrong"
                                  : "the answer is not settled after " + std::to_string(trace.steps.size()) + " loops";
    text += doubt + ": probability " + PercentText(trace.probability) + "\n";
  }
  if (!trace.unmet.empty()) {
    std::string words;
    for (const std::string& word : trace.unmet) words += (words.empty() ? "" : ", ") + DisplayText(word);
    text += "most words of the question were never met in training (" + words + "): probability " +
            PercentText(trace.probability) + "\n";
  }
  return text;
}

std::string RenderConflict(const Conflict& conflict) {
  std::string text = "conflict about \"" + DisplayText(conflict.about) + "\": ";
  const ConflictSide& first = conflict.sides[0];
  if (conflict.IsTie()) {
    for (size_t i = 0; i < conflict.sides.size(); ++i) {
      const ConflictSide& side = conflict.sides[i];
      if (side.confidence < conflict.sides[1].confidence) break;
      text += (i > 0 ? " or " : "") + Quoted(side.value);
    }
    return text + " (equal confidence " + DisplayNumber(first.confidence) + "); the first is followed";
  }
  text += Quoted(first.value) + " (confidence " + DisplayNumber(first.confidence) + ") is followed";
  for (size_t i = 1; i < conflict.sides.size(); ++i) {
    text += ", " + Quoted(conflict.sides[i].value) + " (" + DisplayNumber(conflict.sides[i].confidence) +
            ") says otherwise";
  }
  return text;
}

std::string RenderTried(const Support& support) {
  std::string text = "asked again without each of " + std::to_string(support.tried) + " facts";
  if (support.not_tried > 0) text += "; " + std::to_string(support.not_tried) + " more were read and not tried";
  return text;
}

std::string PercentText(double share) {
  if (!std::isfinite(share)) return "?";
  return std::to_string(static_cast<int>(std::lround(100.0 * std::clamp(share, 0.0, 1.0)))) + " %";
}

std::string RenderTrace(const Trace& trace, int64_t max_reads) {
  std::string text = "question: " + DisplayText(trace.question) + "\n";
  for (const TraceStep& step : trace.steps) {
    text += "  loop " + std::to_string(step.loop) + "\n" + RenderReads(trace, step, max_reads);
    text += "    answer " + step.answer + " (" + PercentText(step.probability) + ")\n";
  }
  text += "answer: " + trace.answer + "\n";
  const std::string loops = std::to_string(trace.steps.size()) + (trace.steps.size() == 1 ? " loop" : " loops");
  text += trace.halted ? "stopped by itself after " + loops + "\n" : "stopped by the limit after " + loops + "\n";
  for (const Conflict& conflict : trace.conflicts) text += RenderConflict(conflict) + "\n";
  if (trace.support) text += RenderSupport(*trace.support);
  return text;
}

std::string RenderEvidence(const Trace& trace, size_t max_facts) {
  if (trace.steps.empty()) return "";
  std::string text;
  size_t shown = 0;
  for (const UsedFact& used : trace.facts) {
    if (shown == max_facts) break;
    if (used.greatest < kUsedWeight) continue;
    const double mean = used.total / static_cast<double>(trace.steps.size());
    text += "read " + Padded(PercentText(mean), 5) + "  " + FactLine(used.fact.text, used.fact.id) +
            OriginText(used.fact) + "\n";
    ++shown;
  }
  if (shown == 0) text += "read no fact\n";
  for (const Conflict& conflict : trace.conflicts) text += RenderConflict(conflict) + "\n";
  if (trace.support) text += RenderSupport(*trace.support);
  return text;
}

}  // namespace trivium
