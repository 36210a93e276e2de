// See interrupt.h.
#include "core/train/interrupt.h"

#include <csignal>
#include <iterator>

namespace trivium {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t signal_came = 0;
struct sigaction former[std::size(kSignals)];

// The first signal leaves a note; SA_RESETHAND has put the default action back, so that a second one ends the process.
void OnSignal(int) { signal_came = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  signal_came = 0;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  // Restarted calls: a checkpoint being written must not see EINTR.
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &former[i]);
}

InterruptGuard::~InterruptGuard() {
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &former[i], nullptr);
}

bool InterruptGuard::interrupted() const { return signal_came != 0; }

}  // namespace trivium
