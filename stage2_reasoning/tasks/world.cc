// See world.h: a store of facts kept as triples, rendered on demand.
#include "stage2_reasoning/tasks/world.h"

#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

World World::Random(const std::vector<std::string>& people, const std::vector<std::string>& relations, Rng& rng,
                    double gaps) {
  World world;
  world.people_ = people;
  world.relations_ = relations;
  for (const std::string& subject : people) {
    for (const std::string& relation : relations) {
      if (gaps > 0 && rng.Chance(gaps)) continue;
      std::string object = subject;
      while (object == subject && people.size() > 1) object = rng.Pick(people);
      world.objects_[{relation, subject}] = object;
    }
  }
  return world;
}

std::vector<std::string> World::Facts() const {
  std::vector<std::string> facts;
  for (const auto& [key, object] : objects_) facts.push_back(RelationFact(key.first, key.second, object));
  return facts;
}

Item World::Ask(Rng& rng, int64_t depth) const {
  Item item;
  item.task = kWorldFamily;
  item.depth = depth;
  std::string at = rng.Pick(people_);
  const std::string first = at;
  std::vector<std::string> path, passed = {at};
  for (int64_t i = 0; i < depth; ++i) {
    path.push_back(rng.Pick(relations_));
    const auto next = objects_.find({path.back(), at});
    at = next == objects_.end() ? kUnknown : next->second;
    passed.push_back(at);
  }
  item.question = RelationQuestion({path.rbegin(), path.rend()}, first);
  item.answer = at;
  item.answers = {at};
  item.meta["path"] = passed;
  return item;
}

std::string World::Answer(const std::string& question) const {
  return FindTaskFamily(kWorldFamily).value()->Solve(Facts(), question)[0];
}

std::string World::Object(const std::string& relation, const std::string& subject) const {
  const auto it = objects_.find({relation, subject});
  return it == objects_.end() ? "" : it->second;
}

std::pair<std::string, std::string> World::Edit(const std::string& relation, const std::string& subject,
                                                const std::string& object) {
  std::string& current = objects_[{relation, subject}];
  const std::string before = RelationFact(relation, subject, current);
  current = object;
  return {before, RelationFact(relation, subject, object)};
}

}  // namespace trivium
