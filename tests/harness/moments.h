// What a child process tells of its progress, so that a test can kill it at the n-th moment of its work, by no clock.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

#include "tests/test.h"

namespace trivium {

// A pipe from one child. Make one for each child, before the fork.
class Moments {
 public:
  Moments() { REQUIRE(pipe(ends_) == 0); }
  Moments(const Moments&) = delete;
  Moments& operator=(const Moments&) = delete;
  ~Moments() {
    close(ends_[0]);
    CloseWriting();
  }

  // In the child. The descriptor also stays open in what it executes.
  int descriptor() const { return ends_[1]; }
  void Tell() const { TellTo(ends_[1]); }
  static void TellTo(int descriptor) {
    const char moment = 0;
    if (write(descriptor, &moment, 1) != 1) _exit(1);
  }

  // In the parent: kills the child after so many more moments and so many turns of a loop, some 0.1 us each, in which
  // it goes on. False if the child ended before.
  bool KillAfter(pid_t child, int64_t moments, int64_t turns = 0) {
    CloseWriting();
    char moment = 0;
    for (int64_t i = 0; i < moments; ++i) {
      if (read(ends_[0], &moment, 1) != 1) {
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        return false;
      }
    }
    for (int64_t i = 0; i < turns; ++i) (void)getppid();
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
  }

 private:
  void CloseWriting() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

  int ends_[2] = {-1, -1};
};

}  // namespace trivium
