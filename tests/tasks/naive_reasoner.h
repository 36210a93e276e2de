// A second, slower way to every family's answer, for tests: it rewrites and searches the sentences themselves and
// shares nothing with the solvers but the text.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// steps: the fewest facts (for rules: the fewest rules) that lead to the answer; 0 where it is unknown.
struct Derivation {
  std::string answer = kUnknown;
  int64_t steps = 0;
};

namespace naive {

inline constexpr int64_t kMostSteps = 12;

inline bool StartsWith(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

inline bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A fact "LEFT is RIGHT ." taken apart at its last " is ".
inline std::pair<std::string, std::string> Sides(const std::string& fact) {
  const size_t is = fact.rfind(" is ");
  if (is == std::string::npos || !EndsWith(fact, " .")) return {};
  return {fact.substr(0, is), fact.substr(is + 4, fact.size() - is - 6)};
}

// Replaces LEFT by RIGHT at the end (relations) or the beginning (operators) of the asked phrase while any fact fits.
inline Derivation Rewrite(const std::vector<std::string>& facts, std::string phrase, bool at_end) {
  Derivation derivation;
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::string& fact : facts) {
      const auto [left, right] = Sides(fact);
      if (left.empty()) continue;
      if (at_end ? phrase != left && !EndsWith(phrase, " " + left)
                 : phrase != left && !StartsWith(phrase, left + " ")) {
        continue;
      }
      phrase = at_end ? phrase.substr(0, phrase.size() - left.size()) + right : right + phrase.substr(left.size());
      ++derivation.steps;
      changed = true;
      break;
    }
  }
  if (phrase.find(' ') != std::string::npos) return {};
  derivation.answer = phrase;
  return derivation;
}

// Whether `to` is reached from `from` in exactly `steps` facts "X is MORE than Y .".
inline bool Chain(const std::vector<std::string>& facts, const std::string& from, const std::string& more,
                  const std::string& to, int64_t steps) {
  if (steps == 0) return from == to;
  const std::string start = from + " is " + more + " than ";
  for (const std::string& fact : facts) {
    if (!StartsWith(fact, start)) continue;
    const std::string next = fact.substr(start.size(), fact.size() - start.size() - 2);
    if (Chain(facts, next, more, to, steps - 1)) return true;
  }
  return false;
}

// Whether "PERSON is LITERAL" follows in exactly `steps` rules, by going backwards from the goal.
inline bool Provable(const std::vector<std::string>& facts, const std::string& person, const std::string& literal,
                     int64_t steps) {
  const std::string end = " then they are " + literal + " .", start = "if someone is ";
  for (const std::string& fact : facts) {
    if (steps == 0 && fact == person + " is " + literal + " .") return true;
    if (steps > 0 && StartsWith(fact, start) && EndsWith(fact, end)) {
      const std::string condition = fact.substr(start.size(), fact.size() - start.size() - end.size());
      if (Provable(facts, person, condition, steps - 1)) return true;
    }
  }
  return false;
}

// The first of two claims that can be shown, tried with ever more steps.
inline Derivation YesOrNo(const std::function<bool(int64_t)>& yes, const std::function<bool(int64_t)>& no) {
  for (int64_t steps = 0; steps <= kMostSteps; ++steps) {
    if (yes(steps)) return {"yes", steps};
    if (no(steps)) return {"no", steps};
  }
  return {};
}

inline Derivation LookUp(const std::vector<std::string>& facts, const std::string& beginning) {
  for (const std::string& fact : facts) {
    if (!StartsWith(fact, beginning)) continue;
    const std::string rest = fact.substr(beginning.size(), fact.size() - beginning.size() - 2);
    if (rest.find(' ') == std::string::npos) return {rest, 1};
  }
  return {};
}

}  // namespace naive

// REQUIRES: item is of a built-in family.
inline Derivation NaiveAnswer(const Item& item, const std::vector<std::string>& facts) {
  using namespace naive;
  const std::string& question = item.question;
  const auto without = [&](const std::string& end) { return question.substr(0, question.size() - end.size()); };
  if (item.task == "relations") return Rewrite(facts, without(" is who ?"), true);
  if (item.task == "operators") return Rewrite(facts, without(" is what ?"), false);
  if (item.task == "lookup") return LookUp(facts, without(EndsWith(question, " who ?") ? "who ?" : "what ?"));
  const std::string subject = question.substr(0, question.find(' '));
  const std::string asked = without(" ?").substr(question.rfind(' ', question.size() - 3) + 1);
  if (item.task == "rules") {
    return YesOrNo([&](int64_t steps) { return Provable(facts, subject, asked, steps); },
                   [&](int64_t steps) { return Provable(facts, subject, "not " + asked, steps); });
  }
  const size_t more_at = subject.size() + 4;
  const std::string more = question.substr(more_at, question.find(' ', more_at) - more_at);
  return YesOrNo([&](int64_t steps) { return Chain(facts, subject, more, asked, steps); },
                 [&](int64_t steps) { return Chain(facts, asked, more, subject, steps); });
}

}  // namespace trivium
