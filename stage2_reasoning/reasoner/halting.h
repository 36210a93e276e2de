// When to stop looping: after a fixed number of loops, or when the answer has settled. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

// Most loops of --loops auto.
inline constexpr int64_t kMostAutomaticLoops = 32;
// What commands take without --loops, so that all of them answer alike: half as many again as training loops at most.
// A chain of n links takes n loops and a few more, and a settled answer stays.
inline constexpr char kUsualLoops[] = "12";

struct Halting {
  bool automatic = false;  // stop an item when its answer has settled
  int64_t loops = 12;      // fixed: this many; automatic: at most this many
  // Automatic, without a halt head:
  int64_t min_loops = 6;    // never before; an answer may stand still while its facts are being gathered
  int64_t patience = 2;     // loops in a row with the same answer ...
  double confidence = 0.6;  // ... and at least this probability
  // Automatic, with a halt head: the answer has settled with this probability. Chosen on seed 1: less stops chains
  // beyond the trained lengths halfway.
  double settled = 0.9;

  // "8" or "auto" (at most `max_loops`). UsageError otherwise.
  static absl::StatusOr<Halting> Parse(const std::string& text, int64_t max_loops);
  std::string ToString() const;
  bool StopsAt(double probability_settled) const { return automatic && probability_settled >= settled; }
};

// The first loop, from 0, from which on all answers are the last one. REQUIRES: answers, loop by loop, are not empty.
size_t SettledFrom(const std::vector<std::string>& answers);
// How many loops are to be watched to know which answers of the first `loops` stay: half as many again.
inline int64_t WatchedLoops(int64_t loops) { return loops + loops / 2; }

// Follows one item through the loops, without a halt head.
class HaltingTracker {
 public:
  explicit HaltingTracker(const Halting& rule) : rule_(rule) {}
  // The answer after one more loop, and its softmax probability; true if the item should stop.
  bool Settled(const std::string& answer, double probability);

 private:
  Halting rule_;
  std::string last_;
  int64_t loops_ = 0, same_ = 0;
};

}  // namespace trivium
