// See place_graph.h.
#include "stage2_reasoning/tasks/place_graph.h"

#include <algorithm>

#include "core/text/sentences.h"

namespace trivium {
namespace {

constexpr int64_t kTriesAWay = 60;

}  // namespace

int64_t CountWays(const Ways& ways) {
  int64_t count = 0;
  for (const auto& [from, list] : ways) count += std::ssize(list);
  return count;
}

Ranking Ranks(const Ways& ways) {
  Ranking ranks;
  for (const auto& [from, list] : ways) {
    for (const std::string& to : list) {
      if (ways.count(to) == 0) ranks[to] = 0;
    }
  }
  for (int64_t step = 1; step <= std::ssize(ways); ++step) {
    Ranking settled;
    for (const auto& [from, list] : ways) {
      if (ranks.count(from) > 0) continue;
      const auto leads_to = [&](int64_t parity) {
        return [&ranks, parity](const std::string& to) { return ranks.count(to) > 0 && ranks.at(to) % 2 == parity; };
      };
      if (std::any_of(list.begin(), list.end(), leads_to(0)) ? step % 2 == 1
                                                             : std::all_of(list.begin(), list.end(), leads_to(1))) {
        settled[from] = step;
      }
    }
    ranks.merge(settled);
  }
  return ranks;
}

bool AllSettled(const Ways& ways, const Ranking& ranks) {
  return std::all_of(ways.begin(), ways.end(), [&](const auto& way) { return ranks.count(way.first) > 0; });
}

bool AddWays(const std::vector<std::string>& places, const std::string& asked, const WayCounts& counts,
             const std::function<bool(const Ways&, const Ranking&)>& keeps, Rng& rng, Ways* ways) {
  const auto from_asked = static_cast<size_t>(counts.from_asked);
  for (int64_t tries = 0; CountWays(*ways) < counts.all && tries < kTriesAWay * counts.all; ++tries) {
    const bool is_asked = (*ways)[asked].size() < from_asked && rng.Chance(0.5);
    const std::string &from = is_asked ? asked : rng.Pick(places), &to = rng.Pick(places);
    if (from == to || (!is_asked && from == asked) || to == asked) continue;
    std::vector<std::string>& there = (*ways)[from];
    if (std::find(there.begin(), there.end(), to) == there.end()) {
      there.push_back(to);
      const Ranking ranks = Ranks(*ways);
      if (AllSettled(*ways, ranks) && keeps(*ways, ranks)) continue;
      there.pop_back();
    }
    if (there.empty()) ways->erase(from);
  }
  return CountWays(*ways) == counts.all && (*ways)[asked].size() == from_asked;
}

std::vector<std::string> PlaceFacts(const PlaceRules& rules, const Ways& ways) {
  std::vector<std::string> facts = {"some way to a " + rules.others + " place makes a place " + rules.made + " .",
                                    "any other place is " + rules.others + " ."};
  for (const auto& [from, list] : ways) {
    for (const std::string& to : list) facts.push_back("from " + from + " a way leads to " + to + " .");
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

Ways ReadWays(const std::vector<std::string>& facts) {
  Ways ways;
  for (const std::string& fact : facts) {
    const std::vector<std::string> w = SplitWords(fact);
    if (w.size() == 8 && w[0] == "from" && w[3] == "way") ways[w[1]].push_back(w[6]);
  }
  return ways;
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
