// The only part of Trivium that prints. Results go to standard output; notes, warnings and progress to standard error.
// --quiet silences notes and progress, never results, warnings or errors. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

struct ConsoleOptions {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  bool terminal = false;  // err is a terminal: the progress line overwrites itself
  bool quiet = false;
  std::function<double()> clock_seconds = {};  // monotonic; the real one if empty
};

// `text`, and a newline unless it ends with one.
std::string WithNewline(const std::string& text);

class Console {
 public:
  // Standard streams; looks whether standard error is a terminal.
  Console();
  explicit Console(ConsoleOptions options);
  // Leaves no half-drawn progress line behind.
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // A result: `text` and, unless it ends with one, a newline.
  void Print(const std::string& text);
  // A piece of a result as it is, shown at once: streamed generation.
  void Stream(const std::string& piece);
  // What is going on: "wrote run/report.html". Ends with a newline as Print does.
  void Note(const std::string& text);
  // "warning: ..."
  void Warn(const std::string& text);
  // "error: ..."
  void Error(const std::string& text);
  // A result as aligned columns.
  void Table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

  // One line on how far a long job is: bar, done/total, rate, time left, extra. May be called every step: a terminal
  // shows at most 10 lines a second over each other, anything else gets one line every 30 seconds and the last one.
  // The time left is judged from the first call since EndProgress, so a resumed job may begin at any `done`.
  void Progress(int64_t done, int64_t total, const std::string& rate_text, const std::string& extra);
  // Ends the line; the next Progress is another job.
  void EndProgress();

  void set_quiet(bool quiet) { options_.quiet = quiet; }
  bool quiet() const { return options_.quiet; }
  // False once a write failed, e.g. because the disk is full.
  bool Flush();

 private:
  void Write(std::FILE* stream, const std::string& text);
  void ClearProgressLine();
  double Now() const;

  ConsoleOptions options_;
  bool write_failed_ = false;
  bool line_shown_ = false;   // a progress line stands unfinished on the terminal
  bool in_progress_ = false;  // between the first Progress of a job and EndProgress
  std::string pending_line_;  // the newest progress line, not shown yet
  int64_t first_done_ = 0;
  double first_seconds_ = 0;  // clock at the first Progress of the job
  double shown_seconds_ = 0;  // clock at the last line shown
};

// Aligned columns, two spaces apart, a rule under the header; columns of numbers are right-aligned.
std::string FormatTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
// "45 s", "3:07 min", "2:05 h".
std::string FormatDuration(double seconds);

}  // namespace trivium
