// Printing, the progress line, tables and result files. See console.h.
#include "core/cli/console.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace trivium {
namespace {

constexpr double kTerminalSeconds = 0.1;
constexpr double kLogSeconds = 30.0;
constexpr size_t kBarWidth = 20;

ConsoleOptions StandardOptions() {
  const char* term = std::getenv("TERM");
  return {.terminal = isatty(STDERR_FILENO) == 1 && term != nullptr && std::string(term) != "dumb"};
}

// Columns on the screen, counting one for each code point.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool IsNumeric(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,+-%eE ") == std::string::npos &&
         cell.find_first_of("0123456789") != std::string::npos;
}

}  // namespace

std::string WithNewline(const std::string& text) { return !text.empty() && text.back() == '\n' ? text : text + "\n"; }

Console::Console() : Console(StandardOptions()) {}
Console::Console(ConsoleOptions options) : options_(std::move(options)) {}
Console::~Console() {
  EndProgress();
  Flush();
}

double Console::Now() const {
  if (options_.clock_seconds) return options_.clock_seconds();
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Console::Write(std::FILE* stream, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size() && stream == options_.out) write_failed_ = true;
}

void Console::ClearProgressLine() {
  if (!line_shown_) return;
  Write(options_.err, "\r\x1b[K");
  std::fflush(options_.err);
  line_shown_ = false;
}

void Console::Print(const std::string& text) { Stream(WithNewline(text)); }

void Console::Stream(const std::string& piece) {
  ClearProgressLine();
  Write(options_.out, piece);
  Flush();
}

void Console::Note(const std::string& text) {
  if (options_.quiet) return;
  ClearProgressLine();
  Flush();
  Write(options_.err, WithNewline(text));
}

void Console::Warn(const std::string& text) {
  ClearProgressLine();
  Flush();
  Write(options_.err, WithNewline("warning: " + text));
}

void Console::Error(const std::string& text) {
  ClearProgressLine();
  Flush();
  Write(options_.err, WithNewline("error: " + text));
}

void Console::Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  Print(FormatTable(header, rows));
}

void Console::Progress(int64_t done, int64_t total, const std::string& rate_text, const std::string& extra) {
  if (options_.quiet) return;
  const double now = Now();
  if (!in_progress_) {
    in_progress_ = true;
    first_done_ = done;
    first_seconds_ = now;
    // A terminal shows the first line at once; a log waits, so that short jobs leave one line.
    shown_seconds_ = options_.terminal ? now - kTerminalSeconds : now;
  }
  const double share = total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 0.0;
  std::string line;
  if (options_.terminal) {
    const auto filled = static_cast<size_t>(share * kBarWidth);
    line += "[" + std::string(filled, '=') + std::string(kBarWidth - filled, ' ') + "] ";
  }
  line += std::to_string(static_cast<int>(share * 100)) + " %  " + std::to_string(done) + "/" + std::to_string(total);
  if (!rate_text.empty()) line += "  " + rate_text;
  if (done > first_done_ && done < total) {
    const double seconds_each = (now - first_seconds_) / static_cast<double>(done - first_done_);
    line += "  " + FormatDuration(seconds_each * static_cast<double>(total - done)) + " left";
  }
  if (!extra.empty()) line += "  " + extra;
  pending_line_ = line;
  const bool last = done >= total;
  if (!last && now - shown_seconds_ < (options_.terminal ? kTerminalSeconds : kLogSeconds)) return;
  shown_seconds_ = now;
  Flush();
  Write(options_.err, options_.terminal ? "\r" + line + "\x1b[K" : line + "\n");
  std::fflush(options_.err);
  line_shown_ = options_.terminal;
  pending_line_.clear();
}

void Console::EndProgress() {
  if (!in_progress_) return;
  in_progress_ = false;
  if (options_.terminal && (line_shown_ || !pending_line_.empty())) {
    Write(options_.err, pending_line_.empty() ? "\n" : "\r" + pending_line_ + "\x1b[K\n");
  } else if (!pending_line_.empty()) {
    Write(options_.err, pending_line_ + "\n");
  }
  std::fflush(options_.err);
  line_shown_ = false;
  pending_line_.clear();
}

bool Console::Flush() {
  if (std::fflush(options_.out) != 0) write_failed_ = true;
  return !write_failed_;
}

std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  std::vector<bool> numeric;
  for (size_t column = 0; column < header.size(); ++column) {
    widths.push_back(Width(header[column]));
    numeric.push_back(!rows.empty());
    for (const std::vector<std::string>& row : rows) {
      const std::string cell = column < row.size() ? row[column] : "";
      widths[column] = std::max(widths[column], Width(cell));
      if (!cell.empty() && cell != "-" && !IsNumeric(cell)) numeric[column] = false;
    }
  }
  std::string text;
  const auto add_row = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t column = 0; column < widths.size(); ++column) {
      const std::string cell = column < cells.size() ? cells[column] : "";
      const std::string padding(widths[column] - Width(cell), ' ');
      line += (column == 0 ? "" : "  ") + (numeric[column] ? padding + cell : cell + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_row(header);
  size_t total = 0;
  for (const size_t width : widths) total += width + 2;
  text += std::string(total < 2 ? 0 : total - 2, '-') + "\n";
  for (const std::vector<std::string>& row : rows) add_row(row);
  return text;
}

std::string FormatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) return "?";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  const bool hours = whole >= 3600;
  const int64_t small = hours ? whole / 60 % 60 : whole % 60;
  return std::to_string(hours ? whole / 3600 : whole / 60) + (small < 10 ? ":0" : ":") + std::to_string(small) +
         (hours ? " h" : " min");
}

}  // namespace trivium
