// When to stop looping: after a fixed number of loops, or when the answer has settled. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

// Most loops of --loops auto.
inline constexpr int64_t kMostAutomaticLoops = 32;
// What commands take without --loops, so that all of them answer alike: half as many again as training teaches at most.
// A chain of n links takes n loops and a few more, and a settled answer stays.
inline constexpr char kUsualLoops[] = "12";

struct Halting {
  bool automatic = false;  // stop an item when its answer has settled
  int64_t loops = 12;      // fixed: this many; automatic: at most this many
  // Automatic, without a halt head:
  int64_t min_loops = 6;    // never before; an answer may stand still while its facts are being gathered
  int64_t patience = 2;     // loops in a row with the same answer ...
  double confidence = 0.6;  // ... and at least this probability

  // "8" or "auto" (at most `max_loops`). UsageError otherwise.
  static absl::StatusOr<Halting> Parse(const std::string& text, int64_t max_loops);
  std::string ToString() const;
};

// The first loop, from 0, from which on all answers are the last one. REQUIRES: answers, loop by loop, are not empty.
size_t SettledFrom(const std::vector<std::string>& answers);
// How many loops are to be watched to know which answers of the first `loops` stay: half as many again.
inline int64_t WatchedLoops(int64_t loops) { return loops + loops / 2; }

// One loop of an item that was watched through all of them.
struct WatchedLoop {
  bool right = false;
  double settled = 0;  // with which probability its answer was held to be that of all later loops
};
// After how many loops an item stops that stops at `threshold`; after all of them if never.
size_t StopOf(const std::vector<WatchedLoop>& loops, double threshold);
// The least threshold, in steps of its log-odds from 0.5 to 0.99995, by which items that stop are right at most
// `most_lost` less often than after the best fixed number of loops; if there is none, since answers that do not settle
// get worse, the best one. REQUIRES: items, equally many loops each, one at least.
double LeastThreshold(const std::vector<std::vector<WatchedLoop>>& items, double most_lost);

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
