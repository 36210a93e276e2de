// See floors.h: every guesser gives its chance of being right, item by item.
#include "stage2_reasoning/grading/floors.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text/sentences.h"

namespace trivium {
namespace {

using Words = std::vector<std::string>;

// An item taken apart once, for many guessers.
struct Parts {
  const Item* item;
  Words question;
  std::vector<Words> facts;  // of three words and more
  bool yes_or_no = false;
  double random = 0;  // what a guesser scores that has nothing to go by
};

// The share of these answers that is right.
template <class Answers>
double ShareRight(const Item& item, const Answers& answers) {
  if (answers.empty()) return 0;
  const auto right =
      std::count_if(answers.begin(), answers.end(), [&](const std::string& answer) { return Verify(item, answer); });
  return static_cast<double>(right) / static_cast<double>(answers.size());
}

const std::string& Value(const Words& fact) { return fact[fact.size() - 2]; }

Parts TakeApart(const Item& item, const std::vector<std::string>& candidates) {
  Parts parts{&item, SplitWords(item.question), {}, false, ShareRight(item, candidates)};
  for (const std::string& fact : item.facts) {
    Words words = SplitWords(fact);
    if (words.size() > 2) parts.facts.push_back(std::move(words));
  }
  parts.yes_or_no = std::find(candidates.begin(), candidates.end(), "yes") != candidates.end();
  return parts;
}

// One of these values, all equally likely.
double OneOf(const Parts& parts, const std::set<std::string>& values) {
  return values.empty() ? parts.random : ShareRight(*parts.item, values);
}

double YesOrNo(const Parts& parts, int64_t for_yes, int64_t for_no) {
  if (for_yes == for_no) return (Verify(*parts.item, "yes") + Verify(*parts.item, "no")) / 2.0;
  return Verify(*parts.item, for_yes > for_no ? "yes" : "no");
}

double ByCount(const Parts& parts, bool most) {
  std::map<std::string, int64_t> counts;
  for (const Words& fact : parts.facts) ++counts[Value(fact)];
  int64_t best = 0;
  for (const auto& [value, count] : counts) {
    if (best == 0 || (most ? count > best : count < best)) best = count;
  }
  std::set<std::string> values;
  for (const auto& [value, count] : counts) {
    if (count == best) values.insert(value);
  }
  return OneOf(parts, values);
}

double SharesWord(const Parts& parts, size_t in_fact, size_t in_question) {
  std::set<std::string> values;
  for (const Words& fact : parts.facts) {
    if (in_question < parts.question.size() && in_fact + 2 < fact.size() &&
        fact[in_fact] == parts.question[in_question]) {
      values.insert(Value(fact));
    }
  }
  return OneOf(parts, values);
}

int64_t TimesAt(const Parts& parts, size_t place, size_t in_question) {
  if (in_question >= parts.question.size()) return 0;
  return std::count_if(parts.facts.begin(), parts.facts.end(), [&](const Words& fact) {
    return place < fact.size() && fact[place] == parts.question[in_question];
  });
}

// Facts whose value is the word of the question, those that deny it against the others.
double Denied(const Parts& parts, size_t in_question, bool trust) {
  int64_t asserted = 0, denied = 0;
  for (const Words& fact : parts.facts) {
    if (in_question >= parts.question.size() || Value(fact) != parts.question[in_question]) continue;
    ++(fact.size() > 3 && fact[fact.size() - 3] == "not" ? denied : asserted);
  }
  return trust ? YesOrNo(parts, asserted, denied) : YesOrNo(parts, denied, asserted);
}

struct Clue {
  std::string name;
  std::vector<double> chances;  // by item
};

std::vector<Clue> AllClues(const std::vector<Parts>& items) {
  size_t question = 0, fact = 0;
  bool yes_or_no = false;
  for (const Parts& parts : items) {
    question = std::max(question, parts.question.size());
    yes_or_no = yes_or_no || parts.yes_or_no;
    for (const Words& words : parts.facts) fact = std::max(fact, words.size());
  }
  std::vector<Clue> clues;
  const auto add = [&](const std::string& name, const auto& chance) {
    clues.push_back({name, {}});
    for (const Parts& parts : items) clues.back().chances.push_back(chance(parts));
  };
  const auto number = [](size_t place) { return std::to_string(place + 1); };
  if (yes_or_no) {
    for (size_t a = 0; a < question; ++a) {
      for (bool trust : {true, false}) {
        add("word " + number(a) + " of the question is " + (trust ? "denied less often" : "denied more often"),
            [&](const Parts& parts) { return Denied(parts, a, trust); });
      }
      for (size_t b = 0; b < question; ++b) {
        if (a == b) continue;
        for (size_t place = 0; place + 1 < fact; ++place) {
          add("word " + number(a) + " of the question stands more often than word " + number(b) + " as word " +
                  number(place) + " of a fact",
              [&](const Parts& parts) { return YesOrNo(parts, TimesAt(parts, place, a), TimesAt(parts, place, b)); });
        }
      }
    }
    return clues;
  }
  add("the commonest value", [](const Parts& parts) { return ByCount(parts, true); });
  add("the rarest value", [](const Parts& parts) { return ByCount(parts, false); });
  for (bool first : {true, false}) {
    add(first ? "the first value" : "the last value", [&](const Parts& parts) {
      if (parts.facts.empty()) return parts.random;
      return OneOf(parts, {Value(first ? parts.facts.front() : parts.facts.back())});
    });
  }
  for (size_t in_question = 0; in_question < question; ++in_question) {
    for (size_t in_fact = 0; in_fact + 2 < fact; ++in_fact) {
      add("facts whose word " + number(in_fact) + " is word " + number(in_question) + " of the question",
          [&](const Parts& parts) { return SharesWord(parts, in_fact, in_question); });
    }
  }
  return clues;
}

// The sum over every second item, from `first` on.
double HalfSum(const std::vector<double>& chances, size_t first) {
  double sum = 0;
  for (size_t i = first; i < chances.size(); i += 2) sum += chances[i];
  return sum;
}

}  // namespace

Floors MeasureFloors(const std::vector<Item>& items, const std::vector<std::vector<std::string>>& candidates) {
  Floors floors;
  if (items.empty()) return floors;
  const auto count = static_cast<double>(items.size());
  std::vector<Parts> parts;
  std::map<std::string, int64_t> answers;
  for (size_t i = 0; i < items.size(); ++i) {
    parts.push_back(TakeApart(items[i], candidates[i]));
    floors.random += parts.back().random / count;
    for (const std::string& answer : items[i].answers) {
      floors.commonest = std::max(floors.commonest, static_cast<double>(++answers[answer]) / count);
    }
  }
  const std::vector<Clue> clues = AllClues(parts);
  for (size_t half : {0, 1}) {
    const auto best = std::max_element(clues.begin(), clues.end(), [&](const Clue& a, const Clue& b) {
      return HalfSum(a.chances, half) < HalfSum(b.chances, half);
    });
    if (best == clues.end()) break;
    floors.single_clue += HalfSum(best->chances, 1 - half) / count;
    if (half == 0) floors.clue = best->name;
  }
  return floors;
}

Floors MeasureFloors(const std::vector<Item>& items) {
  std::vector<std::vector<std::string>> candidates;
  for (const Item& item : items) candidates.push_back(Guesses(item));
  return MeasureFloors(items, candidates);
}

}  // namespace trivium
