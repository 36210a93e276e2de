// Printing: what goes where, the progress line, tables, durations.
#include "core/cli/console.h"

#include "tests/harness/captured_console.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {

TEST_CASE("results go to standard output and everything else to standard error", "[cli]") {
  CapturedConsole captured;
  Console& console = captured.console();
  console.Print("one");
  console.Stream("t");
  console.Stream("wo");
  console.Note("note");
  console.Warn("careful");
  console.Error("broken\n");
  REQUIRE(captured.Out() == "one\ntwo");
  REQUIRE(captured.Err() == "note\nwarning: careful\nerror: broken\n");
}

TEST_CASE("quiet leaves results, warnings and errors", "[cli]") {
  CapturedConsole captured;
  captured.console().set_quiet(true);
  captured.console().Print("result");
  captured.console().Note("note");
  captured.console().Progress(1, 1, "", "");
  captured.console().Warn("w");
  REQUIRE(captured.Out() == "result\n");
  REQUIRE(captured.Err() == "warning: w\n");
}

TEST_CASE("a log gets a progress line every 30 seconds and the last one, with the time left", "[cli]") {
  CapturedConsole captured;
  Console& console = captured.console();
  for (int step = 500; step <= 1000; ++step) {
    console.Progress(step, 1000, "2.0 steps/s", "loss 1.5");
    captured.seconds += 0.125;
  }
  console.EndProgress();
  REQUIRE(captured.Err() ==
          "74 %  740/1000  2.0 steps/s  33 s left  loss 1.5\n"
          "98 %  980/1000  2.0 steps/s  3 s left  loss 1.5\n"
          "100 %  1000/1000  2.0 steps/s  loss 1.5\n");
}

TEST_CASE("a terminal's progress line overwrites itself and makes way for other text", "[cli]") {
  CapturedConsole captured(/*terminal=*/true);
  Console& console = captured.console();
  console.Progress(1, 4, "", "");
  console.Progress(2, 4, "", "");  // too soon
  console.Note("saved");
  captured.seconds = 1;
  console.Progress(3, 4, "", "");
  console.EndProgress();
  REQUIRE(captured.Err() ==
          "\r[=====               ] 25 %  1/4\x1b[K"
          "\r\x1b[Ksaved\n"
          "\r[===============     ] 75 %  3/4  1 s left\x1b[K\n");
}

TEST_CASE("a job that ends early shows its last state", "[cli]") {
  CapturedConsole captured;
  captured.console().Progress(1, 4, "", "");
  captured.console().Progress(2, 0, "", "x");
  captured.console().EndProgress();
  captured.console().EndProgress();
  REQUIRE(captured.Err() == "0 %  2/0  x\n");
}

TEST_CASE("tables align words left and numbers right", "[cli]") {
  REQUIRE(FormatTable({"family", "n"}, {{"caf\xC3\xA9", "5"}, {"rules", "1000"}, {"x"}}) ==
          "family     n\n------------\ncaf\xC3\xA9       5\nrules   1000\nx\n");
  REQUIRE(FormatTable({}, {}) == "\n\n");
}

TEST_CASE("durations read naturally at every size", "[cli]") {
  REQUIRE(FormatDuration(0.2) == "0 s");
  REQUIRE(FormatDuration(59.4) == "59 s");
  REQUIRE(FormatDuration(59.6) == "1:00 min");
  REQUIRE(FormatDuration(187) == "3:07 min");
  REQUIRE(FormatDuration(7500) == "2:05 h");
  REQUIRE(FormatDuration(-1) == "?");
  REQUIRE(FormatDuration(std::numeric_limits<double>::quiet_NaN()) == "?");
}

}  // namespace trivium
