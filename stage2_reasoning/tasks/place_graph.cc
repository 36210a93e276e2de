// See place_graph.h.
#include "stage2_reasoning/tasks/place_graph.h"

#include <algorithm>

#include "core/text/sentences.h"

namespace trivium {
namespace {

constexpr int64_t kTriesAWay = 60;

}  // namespace

std::vector<int64_t> Ranks(const Ways& ways) {
  std::vector<int64_t> ranks(ways.size(), kUnsettled);
  for (size_t place = 0; place < ways.size(); ++place) {
    if (ways[place].empty()) ranks[place] = 0;
  }
  std::vector<size_t> settled;
  for (int64_t step = 1; step <= std::ssize(ways); ++step) {
    const auto leads_to = [&](int64_t parity) {
      return [&ranks, parity](size_t to) { return ranks[to] != kUnsettled && ranks[to] % 2 == parity; };
    };
    settled.clear();
    for (size_t place = 0; place < ways.size(); ++place) {
      if (ranks[place] != kUnsettled) continue;
      const std::vector<size_t>& to = ways[place];
      if (std::any_of(to.begin(), to.end(), leads_to(0)) ? step % 2 == 1
                                                         : std::all_of(to.begin(), to.end(), leads_to(1))) {
        settled.push_back(place);
      }
    }
    for (size_t place : settled) ranks[place] = step;
  }
  return ranks;
}

bool AddWays(size_t asked, const WayCounts& counts,
             const std::function<bool(const Ways&, const std::vector<int64_t>&)>& keeps, Rng& rng, Ways* ways) {
  int64_t count = 0;
  for (const std::vector<size_t>& to : *ways) count += std::ssize(to);
  std::vector<size_t>& from_asked = (*ways)[asked];
  for (int64_t tries = 0; count < counts.all && tries < kTriesAWay * counts.all; ++tries) {
    const bool is_asked = std::ssize(from_asked) < counts.from_asked && rng.Chance(0.5);
    const size_t from = is_asked ? asked : rng.Below(ways->size()), to = rng.Below(ways->size());
    if (from == to || (!is_asked && from == asked) || to == asked) continue;
    std::vector<size_t>& there = (*ways)[from];
    if (std::find(there.begin(), there.end(), to) != there.end()) continue;
    there.push_back(to);
    const std::vector<int64_t> ranks = Ranks(*ways);
    if (std::find(ranks.begin(), ranks.end(), kUnsettled) == ranks.end() && keeps(*ways, ranks)) {
      ++count;
    } else {
      there.pop_back();
    }
  }
  return count == counts.all && std::ssize(from_asked) == counts.from_asked;
}

std::vector<std::string> PlaceFacts(const PlaceRules& rules, const std::vector<std::string>& places, const Ways& ways) {
  std::vector<std::string> facts = {"some way to a " + rules.others + " place makes a place " + rules.made + " .",
                                    "any other place is " + rules.others + " ."};
  for (size_t from = 0; from < ways.size(); ++from) {
    for (size_t to : ways[from]) facts.push_back("from " + places[from] + " a way leads to " + places[to] + " .");
  }
  return facts;
}

PlaceRules ReadPlaceRules(const std::vector<std::string>& facts) {
  PlaceRules rules;
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 11 && w[0] == "some") rules.made = w[9];
    if (w.size() == 6 && w[0] == "any") rules.others = w[4];
  }
  return rules;
}

PlaceGraph ReadPlaceGraph(const std::vector<std::string>& facts) {
  PlaceGraph graph;
  const auto number = [&](const std::string& place) {
    const auto [it, is_new] = graph.numbers.emplace(place, graph.ways.size());
    if (is_new) graph.ways.emplace_back();
    return it->second;
  };
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() != 8 || w[0] != "from" || w[3] != "way") continue;
    const size_t from = number(w[1]), to = number(w[6]);
    graph.ways[from].push_back(to);
  }
  return graph;
}

std::vector<std::string> PlacesFrom(const std::vector<std::string>& facts, const std::string& place) {
  const std::string start = "from " + place + " a way leads to ";
  std::vector<std::string> to;
  for (const std::string& fact : facts) {
    if (fact.starts_with(start)) to.push_back(fact.substr(start.size(), fact.size() - start.size() - 2));
  }
  return to;
}

bool Reaches(const std::vector<std::string>& facts, const std::string& place, int64_t steps) {
  const std::vector<std::string> next = PlacesFrom(facts, place);
  return steps > 0 &&
         std::any_of(next.begin(), next.end(), [&](const auto& to) { return Avoids(facts, to, steps - 1); });
}

bool Avoids(const std::vector<std::string>& facts, const std::string& place, int64_t steps) {
  const std::vector<std::string> next = PlacesFrom(facts, place);
  if (next.empty()) return true;
  return steps > 0 &&
         std::all_of(next.begin(), next.end(), [&](const auto& to) { return Reaches(facts, to, steps - 1); });
}

std::string ValueOf(const std::vector<std::string>& facts, const std::string& start) {
  for (const std::string& fact : facts) {
    if (!fact.starts_with(start)) continue;
    const std::string without = fact.substr(0, fact.rfind(' '));
    return without.substr(without.rfind(' ') + 1);
  }
  return "";
}

}  // namespace trivium
