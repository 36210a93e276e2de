// A Console whose two streams end in memory, with a clock that the test moves.
#pragma once

#include <cstdio>
#include <string>

#include "core/cli/console.h"

namespace trivium {

class CapturedConsole {
 public:
  explicit CapturedConsole(bool terminal = false)
      : out_(std::tmpfile()),
        err_(std::tmpfile()),
        console_({.out = out_, .err = err_, .terminal = terminal, .clock_seconds = [this] { return seconds; }}) {}
  CapturedConsole(const CapturedConsole&) = delete;
  CapturedConsole& operator=(const CapturedConsole&) = delete;

  Console& console() { return console_; }
  std::FILE* err_file() const { return err_.file; }
  std::string Out() const { return Content(out_.file); }
  std::string Err() const { return Content(err_.file); }

  double seconds = 0;

 private:
  struct File {
    explicit File(std::FILE* opened) : file(opened) {}
    ~File() { std::fclose(file); }
    operator std::FILE*() const { return file; }
    std::FILE* file;
  };

  static std::string Content(std::FILE* file) {
    std::fflush(file);
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    return text;
  }

  File out_;
  File err_;
  Console console_;  // last: it still writes while it is destroyed
};

}  // namespace trivium
