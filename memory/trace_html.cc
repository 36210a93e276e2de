// See trace_html.h. The page's parts in order: head, answer, conflicts, support, heat map.
#include "memory/trace_html.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <vector>

#include "memory/display_text.h"

namespace trivium {
namespace {

constexpr size_t kAnswerCharacters = 24;
constexpr size_t kMapCharacters = 100;    // of a fact in the map: a few lines
constexpr double kLightestShown = 0.005;  // rounds to 1 %
constexpr double kDarkCell = 0.66;        // from here on letters of the other colour are read better

// The policy lets the page load and run nothing, even if a fact got through the escaping.
constexpr char kHead[] = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trivium: an answer and its facts</title>
<style>
:root { color-scheme: light dark; --page: #fff; --ink: #1c2024; --soft: #5f6770; --line: #dde1e5; --note: #fff6df; --edge: #d99a1c;
  --heat: 29 92 176; --on-heat: #fff; --mark: #17734a; }
@media (prefers-color-scheme: dark) { :root { --page: #15181b; --ink: #e6e8ea; --soft: #98a1aa; --line: #30363c; --note: #2d2713;
  --edge: #c08a1e; --heat: 122 176 245; --on-heat: #0c1116; --mark: #6fd3a2; } }
body { margin: 2rem auto; padding: 0 1.5rem; max-width: 96rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1rem; font-weight: 400; color: var(--soft); }
h2 { margin: 2rem 0 .5rem; font-size: 1rem; }
.answer { margin: .1rem 0; font-size: 2rem; font-weight: 600; line-height: 1.2; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
h1, p, li, td, th { overflow-wrap: anywhere; }
p { margin: .25rem 0; } ul { margin: .25rem 0; padding-left: 1.2rem; }
.conflict { margin: .75rem 0; padding: .5rem .8rem; border-left: 3px solid var(--edge); background: var(--note); }
.map { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 1px; }
th { font-weight: 400; text-align: left; vertical-align: top; }
.fact { position: sticky; left: 0; background: var(--page); min-width: 17rem; max-width: 24rem; padding: .15rem .6rem .15rem 0; }
.fact small { display: block; color: var(--soft); font-size: .75rem; line-height: 1.3; }
.needed { color: var(--mark); font-weight: 600; }
td, .loop { width: 2.1rem; min-width: 2.1rem; max-width: 2.1rem; height: 1.7rem; padding: 0; text-align: center; vertical-align: middle;
  font-size: .75rem; font-variant-numeric: tabular-nums; overflow: hidden; }
td { background: rgb(var(--heat) / var(--w, .03)); } td.dark { color: var(--on-heat); }
.said { height: auto; padding: .3rem 0; vertical-align: bottom; }
.said span { writing-mode: vertical-rl; white-space: nowrap; max-height: 9rem; overflow: hidden; }
.none .fact { color: var(--soft); font-style: italic; }
</style></head><body>
)";

// Text of others: one line, cut, escaped, its direction kept to itself.
std::string Safe(const std::string& text, size_t most = kDisplayedCharacters) {
  return "<bdi>" + EscapeHtml(DisplayText(text, most)) + "</bdi>";
}

std::string SafePlain(const std::string& text, size_t most = kDisplayedCharacters) {
  return EscapeHtml(DisplayText(text, most));
}

// One row of the heat map: a fact, or the NULL row.
struct HeatRow {
  const UsedFact* used = nullptr;  // null: "no such fact"
  std::vector<double> weights;     // by step
};

std::vector<size_t> ShownSteps(size_t count) {
  std::vector<size_t> shown;
  for (size_t s = 0; s < count; ++s) {
    if (count <= kPageLoops || s < kPageLoops / 2 || s >= count - kPageLoops / 2) shown.push_back(s);
  }
  return shown;
}

// Facts by greatest weight, then the NULL row.
std::vector<HeatRow> HeatRows(const Trace& trace) {
  std::map<std::string, std::vector<double>> weights;
  for (size_t s = 0; s < trace.steps.size(); ++s) {
    for (const ReadRecord& read : trace.steps[s].reads) {
      std::vector<double>& row = weights[read.fact_id];
      row.resize(trace.steps.size(), 0.0);
      if (std::isfinite(read.weight)) row[s] += read.weight;
    }
  }
  std::vector<HeatRow> rows;
  for (const UsedFact& used : trace.facts) rows.push_back({&used, weights[used.fact.id]});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const HeatRow& a, const HeatRow& b) { return a.used->greatest > b.used->greatest; });
  if (rows.size() > kPageFacts) rows.resize(kPageFacts);
  rows.push_back({nullptr, weights[""]});
  for (HeatRow& row : rows) row.weights.resize(trace.steps.size(), 0.0);
  return rows;
}

std::string FactHeader(const UsedFact& used, bool is_needed) {
  const Fact& fact = used.fact;
  return "<th class=\"fact\" scope=\"row\">" + std::string(is_needed ? "<span class=\"needed\">needed</span> " : "") +
         (used.dropped ? "<span class=\"soft\">left out</span> " : "") + Safe(fact.text, kMapCharacters) + "<small>" +
         SafePlain(fact.id, kAnswerCharacters) + " · " +
         (fact.shard.empty() ? "given" : "shard " + Safe(fact.shard, kAnswerCharacters)) +
         (fact.source.empty() ? "" : " · from " + Safe(fact.source, kAnswerCharacters)) +
         (fact.updated.empty() ? "" : " · since " + SafePlain(DayOf(fact.updated), kAnswerCharacters)) +
         " · confidence " + DisplayNumber(fact.confidence) + "</small></th>";
}

std::string Cell(double weight, const std::string& title) {
  const double share = std::clamp(weight, 0.0, 1.0);
  if (share < kLightestShown) return "<td></td>";
  char style[32];
  std::snprintf(style, sizeof(style), "%.2f", std::max(share, 0.04));
  return std::string("<td") + (share > kDarkCell ? " class=\"dark\"" : "") + " style=\"--w:" + style + "\" title=\"" +
         title + "\">" + std::to_string(std::lround(100.0 * share)) + "</td>";
}

std::string MapHead(const Trace& trace, const std::vector<size_t>& shown) {
  std::string loops = "<tr><th class=\"fact soft\">loop</th>",
              answers = "<tr><th class=\"fact soft\">answer so far</th>",
              chances = "<tr><th class=\"fact soft\">its probability, %</th>";
  for (const size_t s : shown) {
    const TraceStep& step = trace.steps[s];
    loops += "<th class=\"loop soft\" scope=\"col\">" + std::to_string(step.loop) + "</th>";
    answers += "<th class=\"loop said\"><span>" + Safe(step.answer, kAnswerCharacters) + "</span></th>";
    std::string chance = PercentText(step.probability);
    chances += "<th class=\"loop soft\">" + chance.substr(0, chance.find(' ')) + "</th>";
  }
  return "<thead>" + loops + "</tr>\n" + answers + "</tr>\n" + chances + "</tr></thead>\n";
}

std::string HeatMap(const Trace& trace) {
  std::set<std::string> needed;
  if (trace.support) {
    for (const NeededFact& fact : trace.support->facts) needed.insert(fact.id);
  }
  const std::vector<size_t> shown = ShownSteps(trace.steps.size());
  std::string html =
      "<h2>What was read in each loop</h2>\n<p class=\"soft\">Share of the loop's attention in per cent; the facts "
      "most read stand first.</p>\n";
  if (trace.facts.size() > kPageFacts) {
    html += "<p class=\"soft\">" + std::to_string(trace.facts.size() - kPageFacts) +
            " more facts, read less, are left out.</p>\n";
  }
  if (shown.size() < trace.steps.size()) {
    html += "<p class=\"soft\">" + std::to_string(trace.steps.size() - shown.size()) +
            " loops in the middle are left out.</p>\n";
  }
  html += "<div class=\"map\"><table>" + MapHead(trace, shown) + "<tbody>\n";
  for (const HeatRow& row : HeatRows(trace)) {
    html += row.used == nullptr ? "<tr class=\"none\"><th class=\"fact\" scope=\"row\">no such fact</th>"
                                : "<tr>" + FactHeader(*row.used, needed.count(row.used->fact.id) != 0);
    for (const size_t s : shown) {
      const double weight = row.weights[s];
      html += Cell(weight, "loop " + std::to_string(trace.steps[s].loop) + ": " + PercentText(weight));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string SupportPart(const Trace& trace) {
  if (!trace.support) return "";
  std::string html = "<h2>What the answer needs</h2>\n";
  if (trace.support->facts.empty()) {
    html += "<p>No single fact: the answer stays the same without any of those tried.</p>\n";
  } else {
    html += "<ul>";
    for (const NeededFact& fact : trace.support->facts) {
      html += "<li>" + Safe(fact.text) + " <span class=\"soft\">— without it: " +
              (fact.answer_without.empty() ? "no answer" : Safe(fact.answer_without)) + "</span></li>\n";
    }
    html += "</ul>\n";
  }
  return html + "<p class=\"soft\">" + EscapeHtml(RenderTried(*trace.support)) + "</p>\n";
}

}  // namespace

std::string RenderTracePage(const Trace& trace) {
  const std::string loops = std::to_string(trace.steps.size()) + (trace.steps.size() == 1 ? " loop" : " loops");
  std::string html = kHead;
  html += "<h1>" + Safe(trace.question) + "</h1>\n<p class=\"answer\">" +
          (trace.answer.empty() ? "<span class=\"soft\">no answer</span>" : Safe(trace.answer)) +
          "</p>\n<p class=\"soft\">";
  if (!trace.steps.empty()) html += PercentText(trace.steps.back().probability) + " · ";
  html += (trace.halted ? "stopped by itself after " : "stopped by the limit after ") + loops + "</p>\n";
  for (const Conflict& conflict : trace.conflicts) {
    html += "<p class=\"conflict\">" + EscapeHtml(RenderConflict(conflict)) + "</p>\n";
  }
  return html + SupportPart(trace) + HeatMap(trace) + "</body></html>\n";
}

}  // namespace trivium
