// Wilson intervals, rows and the text table. See result_row.h.
#include "core/metrics/result_row.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <numeric>

namespace trivium {
namespace {

constexpr double kNormalQuantile975 = 1.959963984540054;
// Of Student's t with 1, 2, .. degrees of freedom; more than ten are taken as ten, which is on the safe side.
constexpr double kStudentQuantiles975[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", 100.0 * share);
  return text;
}

}  // namespace

Interval Wilson(int64_t correct, int64_t n) {
  return n <= 0 ? Interval{} : WilsonOfShare(static_cast<double>(correct) / static_cast<double>(n), n);
}

Interval WilsonOfShare(double share, int64_t n) {
  if (n <= 0) return {};
  share = std::clamp(share, 0.0, 1.0);
  const double items = static_cast<double>(n);
  const double z2 = kNormalQuantile975 * kNormalQuantile975;
  const double centre = (share + z2 / (2 * items)) / (1 + z2 / items);
  const double half =
      kNormalQuantile975 / (1 + z2 / items) * std::sqrt(share * (1 - share) / items + z2 / (4 * items * items));
  // The bounds never exclude the share itself; rounding could at 0 and 1.
  return {std::max(0.0, std::min(centre - half, share)), std::min(1.0, std::max(centre + half, share))};
}

ResultRow MakeRow(const std::string& family, int64_t depth, const std::string& setting, const std::string& loops,
                  int64_t correct, int64_t n, double floor) {
  const Interval interval = Wilson(correct, n);
  const double accuracy = n > 0 ? static_cast<double>(correct) / static_cast<double>(n) : 0.0;
  return {family, depth, setting, loops, n, correct, accuracy, interval.low, interval.high, floor};
}

ResultRow MakeRow(const std::string& family, int64_t depth, const std::string& setting, const std::string& loops,
                  int64_t correct, int64_t n, const Floors& floors) {
  ResultRow row = MakeRow(family, depth, setting, loops, correct, n, floors.best());
  row.floors = floors;
  return row;
}

ResultRow MakeRowOfGroups(const std::string& family, int64_t depth, const std::string& setting,
                          const std::string& loops, const std::vector<int64_t>& correct, int64_t n,
                          const Floors& floors) {
  const auto groups = static_cast<double>(correct.size());
  ResultRow row = MakeRow(family, depth, setting, loops, std::accumulate(correct.begin(), correct.end(), int64_t{0}),
                          n * static_cast<int64_t>(correct.size()), floors);
  double squares = 0;
  for (int64_t c : correct) squares += std::pow(static_cast<double>(c) / static_cast<double>(n) - row.accuracy, 2);
  const size_t freedom = std::min(correct.size() - 1, std::size(kStudentQuantiles975));
  const double half = kStudentQuantiles975[freedom - 1] * std::sqrt(squares / (groups - 1) / groups);
  row.low = std::clamp(row.accuracy - half, 0.0, row.low);
  row.high = std::clamp(row.accuracy + half, row.high, 1.0);
  return row;
}

nlohmann::json ToJson(const ResultRow& row) {
  nlohmann::json json = {
      {"family", row.family}, {"depth", row.depth},     {"setting", row.setting}, {"loops", row.loops},
      {"n", row.n},           {"correct", row.correct}, {"low", row.low},         {"accuracy", row.accuracy},
      {"high", row.high},     {"floor", row.floor}};
  if (!row.floors.clue.empty()) {
    json["floors"] = {{"random", row.floors.random},
                      {"commonest", row.floors.commonest},
                      {"single_clue", row.floors.single_clue},
                      {"clue", row.floors.clue}};
  }
  return json;
}

std::string RenderTable(const std::vector<ResultRow>& rows) {
  constexpr size_t kColumns = 8;
  constexpr size_t kTextColumns[] = {0, 2};  // left-aligned: family and setting
  using Cells = std::array<std::string, kColumns>;
  std::vector<Cells> lines = {{"family", "depth", "setting", "loops", "n", "accuracy %", "95 % interval", "floor %"}};
  for (const ResultRow& row : rows) {
    lines.push_back({row.family, std::to_string(row.depth), row.setting, row.loops, std::to_string(row.n),
                     row.n > 0 ? Percent(row.accuracy) : "-",
                     row.n > 0 ? Percent(row.low) + " - " + Percent(row.high) : "-", Percent(row.floor)});
  }
  std::array<size_t, kColumns> widths{};
  for (const Cells& cells : lines) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string table;
  for (const Cells& cells : lines) {
    for (size_t i = 0; i < kColumns; ++i) {
      const std::string padding(widths[i] - cells[i].size(), ' ');
      const bool left = std::find(std::begin(kTextColumns), std::end(kTextColumns), i) != std::end(kTextColumns);
      table += (i == 0 ? "" : "  ") + (left ? cells[i] + padding : padding + cells[i]);
    }
    table += "\n";
  }
  return table;
}

}  // namespace trivium
