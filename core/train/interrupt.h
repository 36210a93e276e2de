// SIGINT and SIGTERM as a question that the training loop asks after each step. A second signal ends the process at
// once.
#pragma once

namespace trivium {

// Handles the two signals while it lives and puts the former handlers back. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // True once a signal came.
  bool interrupted() const;
};

}  // namespace trivium
