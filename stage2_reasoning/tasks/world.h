// A world: a fixed store of relation facts over many people, mounted as knowledge rather than given with a question.
// Worlds are swapped and edited under a trained reasoner. Torch-free.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/seed_tree.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// The family whose facts a world holds and whose questions it asks.
inline constexpr char kWorldFamily[] = "relations";

class World {
 public:
  // Each of `people` has each of `relations` to another random person: people x relations facts, of which a share of
  // `gaps` is missing.
  static World Random(const std::vector<std::string>& people, const std::vector<std::string>& relations, Rng& rng,
                      double gaps = 0);

  // The facts as sentences, in a fixed order.
  std::vector<std::string> Facts() const;
  // A question over `depth` hops. Its facts stay with the world: item.facts is empty, meta.path lists the people
  // passed. The answer is "unknown" if a fact on the way is missing.
  Item Ask(Rng& rng, int64_t depth) const;
  // The answer to a relations question about this world, "unknown" if it has none.
  std::string Answer(const std::string& question) const;

  // Who `subject`'s `relation` is, "" if the world does not say.
  std::string Object(const std::string& relation, const std::string& subject) const;

  // Changes who `subject`'s `relation` is; returns the sentence before and after.
  std::pair<std::string, std::string> Edit(const std::string& relation, const std::string& subject,
                                           const std::string& object);
  const std::vector<std::string>& people() const { return people_; }
  const std::vector<std::string>& relations() const { return relations_; }

 private:
  std::vector<std::string> people_, relations_;
  std::map<std::pair<std::string, std::string>, std::string> objects_;  // (relation, subject) -> object
};

}  // namespace trivium
