// What the reasoner read and believed, loop by loop: plain numbers and sentences, made by the loop, shown by `ask`.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "memory/conflicts.h"
#include "memory/fact.h"

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

// A fact that was read, over all loops.
struct UsedFact {
  Fact fact;              // its text is as the reasoner read it
  double total = 0.0;     // weight summed over the loops
  double greatest = 0.0;  // in any one loop, in [0, 1]
  bool dropped = false;   // read at first, then left out for a fact that contradicts it: its weights are 0
};

// A fact without which the question was answered otherwise.
struct NeededFact {
  std::string id, text;
  std::string answer_without;
};

// Which facts the answer needs, each one found by asking again without it.
struct Support {
  std::vector<NeededFact> facts;
  int64_t tried = 0;      // facts that the question was asked again without
  int64_t not_tried = 0;  // facts read as much that were left out for the cap
};

struct Trace {
  std::string question;
  std::string answer;
  std::vector<TraceStep> steps;
  bool halted = false;             // true: the model stopped by itself; false: it ran out of loops
  double probability = 0.0;        // of the answer, in [0, 1]
  bool settled = true;             // false: it ran out of loops and still changed, or is not likely enough
  std::vector<std::string> unmet;  // the question's words, if most of them were never met in training
  // Filled in by evidence.h:
  std::vector<UsedFact> facts;      // greatest total first
  std::vector<Conflict> conflicts;  // among them: Conflict's indices count `facts`
  std::optional<Support> support;   // if asked for
};

// {"question","answer","probability","settled","unmet_words":[WORD],"halted","steps":[{"loop","answer","probability","reads":[{"fact","text","weight"}]}],
//  "facts":[{"fact","text","confidence","shard","weight" (greatest),"total","dropped"}],
//  "conflicts":[{"about","tie","sides":[{"value","confidence","facts":[ID]}]}],
//  "support":{"facts":[{"fact","text","answer_without"}],"tried","not_tried"}}      support only if asked for
nlohmann::json ToJson(const Trace& trace);

// A few lines per loop for people: the heaviest reads (at most `max_reads`, those below 1 % left out) and the answer;
// then conflicts and support.
std::string RenderTrace(const Trace& trace, int64_t max_reads = 4);

// The short form: the facts used (at most `max_facts`), conflicts, support, each a line. "" if the trace has no loops.
std::string RenderEvidence(const Trace& trace, size_t max_facts = 5);

// Why the answer should not be relied on, each reason a line: not settled, or a question of unmet words. "" if none.
std::string RenderDoubts(const Trace& trace);

// "conflict about boss of ann: "ben" or "carl" (equal confidence 1)", or which side is followed and what the others
// say.
std::string RenderConflict(const Conflict& conflict);
// "8 of the facts read were tried", and how many were not.
std::string RenderTried(const Support& support);
// "58 %"; "?" for what is not finite.
std::string PercentText(double share);

// Least weight in some loop from which on a fact counts as used; below lies what attention spreads over all rows.
inline constexpr double kUsedWeight = 0.05;

}  // namespace trivium
