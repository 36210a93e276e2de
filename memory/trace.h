// What the reasoner read and believed, loop by loop: plain numbers and sentences, made by the loop, shown by `ask`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace trivium {

// One fact read in one loop. The NULL row ("no such fact") has an empty id.
struct ReadRecord {
  int64_t loop = 0;  // counted from 1
  std::string fact_id;
  std::string fact_text;
  double weight = 0.0;  // share of the loop's attention, in [0, 1]
};

struct TraceStep {
  int64_t loop = 0;
  std::vector<ReadRecord> reads;  // in the reasoner's order
  std::string answer;             // what the answer slots say after this loop
  double probability = 0.0;       // of that answer, in [0, 1]
};

struct Trace {
  std::string question;
  std::string answer;
  std::vector<TraceStep> steps;
  bool halted = false;  // true: the model stopped by itself; false: it ran out of loops
};

// {"question","answer","halted","steps":[{"loop","answer","probability","reads":[{"fact","text","weight"}]}]}
nlohmann::json ToJson(const Trace& trace);

// A few lines per loop for people: the heaviest reads (at most `max_reads`, those below 1 % left out) and the answer.
std::string RenderTrace(const Trace& trace, int64_t max_reads = 4);

}  // namespace trivium
