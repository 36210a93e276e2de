// Whereabouts: what happened, told in order. "ada goes to kale .", "ben joins ada ." -> "now ben is at what ?". What
// was told last of somebody is what holds: one who goes somewhere is there until then, one who joins another is where
// that one is. Tier 2, not among the default families; it needs reasoner.told_order. Closed world. Depth d: one of d
// people in a row, each of whom joined the next, and the last went somewhere (training 1-3). Solver: the last sentence
// about each. Before what holds each of them did something else: who picks any place that the one asked about went to
// is right in two of three items of depth 1, and by chance beyond. Names of people and places are names. Floor: one of
// four places; on average there are five or more.
#include <algorithm>
#include <map>
#include <set>

#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr size_t kOtherPeople = 6, kPlaces = 9;

class Whereabouts : public TaskFamily {
 public:
  std::string name() const override { return "whereabouts"; }
  bool by_default() const override { return false; }
  bool closed_world() const override { return true; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  double Floor() const override { return 1.0 / 4; }

  std::string EnglishForms() const override {
    return "[form goes]\n$A goes to $V .\n$A walks to $V .\n* then $A goes over to $V .\n"
           "[form joins]\n$A joins $V .\nfrom now on $A follows $V .\n* then $A keeps close to $V .\n"
           "[form now_at]\nnow $A is at $V .\nby now $A is at $V .\n* in the end $A is at $V .\n";
  }
  std::string ConstructedForms() const override {
    return "[form goes]\n$A iras wa $V .\n[form joins]\n$A sekvas wa $V .\n[form now_at]\nnun $A estas wa $V .\n";
  }

  std::vector<std::string> Guesses(const Item& item) const override {
    std::set<std::string> places;
    for (const std::string& fact : item.facts) {
      const std::vector<std::string> w = SplitWords(fact);
      if (w.size() == 5 && w[1] == "goes") places.insert(w[3]);
    }
    return {places.begin(), places.end()};
  }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const auto depth = static_cast<size_t>(options.depth), people = depth + kOtherPeople;
    const size_t wanted =
        std::max(static_cast<size_t>(rng.Between(options.min_facts, options.max_facts)), people + depth + 2);
    const std::vector<std::string> names = rng.Sample(*options.names, people + kPlaces);
    const std::vector<std::string> places(names.begin() + static_cast<int64_t>(people), names.end());
    Item item;
    item.task = name();
    item.depth = options.depth;
    // Person i < depth - 1 ends by joining i + 1, and depth - 1 by going to the answer; what happens before and to the
    // others is anything. Who comes last when is drawn, so that the order among them tells nothing.
    const std::string answer = rng.Pick(places);
    std::vector<size_t> who;  // of each fact
    for (size_t i = 0; i < wanted; ++i) {
      who.push_back(i < people ? i : i < people + depth ? i - people : rng.Below(people));
    }
    rng.Shuffle(who);
    std::vector<size_t> last(people);
    for (size_t i = 0; i < wanted; ++i) last[who[i]] = i;
    const auto event = [&](size_t person, bool joins, const std::string& to) {
      return names[person] + (joins ? " joins " : " goes to ") + to + " .";
    };
    std::set<std::string> said;  // nothing is told twice
    item.facts.resize(wanted);
    for (size_t person = 0; person < depth; ++person) {
      const bool joins = person + 1 < depth;
      said.insert(item.facts[last[person]] = event(person, joins, joins ? names[person + 1] : answer));
    }
    for (size_t i = 0; i < wanted; ++i) {
      while (item.facts[i].empty()) {
        const bool joins = rng.Chance(0.5);
        const size_t other = rng.Below(people);
        if (joins && other == who[i]) continue;
        std::string fact = event(who[i], joins, joins ? names[other] : rng.Pick(places));
        if (said.insert(fact).second) item.facts[i] = std::move(fact);
      }
    }
    item.question = "now " + names[0] + " is at what ?";
    item.answer = answer;
    item.answers = {answer};
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    const std::vector<std::string> q = SplitWords(question);  // now A is at what ?
    if (q.size() != 6 || q[0] != "now" || q[3] != "at") return {kUnknown};
    std::map<std::string, std::vector<std::string>> last;
    for (const std::string& fact : facts) {
      std::vector<std::string> w = SplitWords(fact);
      if ((w.size() == 5 && w[1] == "goes") || (w.size() == 4 && w[1] == "joins")) last[w[0]] = std::move(w);
    }
    std::string person = q[1];
    for (size_t steps = 0; steps <= last.size(); ++steps) {
      const auto found = last.find(person);
      if (found == last.end()) return {kUnknown};
      if (found->second[1] == "goes") return {found->second[3]};
      person = found->second[2];
    }
    return {kUnknown};  // they joined each other
  }

  // Walks back from the end to the nearest sentence that begins with the person, for one after the other.
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    if (!question.starts_with("now ")) return {};
    std::string person = question.substr(4, question.find(' ', 4) - 4);
    for (int64_t steps = 1; steps <= std::ssize(facts); ++steps) {
      const auto last = std::find_if(facts.rbegin(), facts.rend(), [&](const std::string& fact) {
        return fact.starts_with(person + " goes to ") || fact.starts_with(person + " joins ");
      });
      if (last == facts.rend()) return {};
      const std::string without = last->substr(0, last->rfind(' '));
      const std::string to = without.substr(without.rfind(' ') + 1);
      if (last->starts_with(person + " goes to ")) return {to, steps};
      person = to;
    }
    return {};
  }

  std::vector<std::string> Alternatives(const std::string&, const Item&) const override {
    return {};  // no fact is named as needed: an earlier one takes its place
  }
};

}  // namespace

std::unique_ptr<TaskFamily> MakeWhereabouts() { return std::make_unique<Whereabouts>(); }

}  // namespace trivium
