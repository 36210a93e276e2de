// Worlds: what is asked about one is answered by its facts alone, and an edit changes what it should and nothing else.
#include "stage2_reasoning/tasks/world.h"

#include <algorithm>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/derivation.h"
#include "tests/test.h"

namespace trivium {
namespace {

World SmallWorld(uint64_t seed, double gaps = 0) {
  Rng rng(seed);
  const std::vector<std::string> people = rng.Sample(EnglishLexicon().held_out_names(), 24);
  return World::Random(people, rng.Sample(EnglishLexicon().relations(), 3), rng, gaps);
}

TEST_CASE("everyone has every relation to somebody else, once", "[tasks]") {
  const World world = SmallWorld(1);
  const std::vector<std::string> facts = world.Facts();
  REQUIRE(facts.size() == 24 * 3);
  std::set<std::string> beginnings;
  for (const std::string& fact : facts) {
    const auto [left, right] = FactSides(fact);
    beginnings.insert(left);
    REQUIRE_FALSE(left.ends_with(" " + right));
    REQUIRE(std::count(world.people().begin(), world.people().end(), right) == 1);
  }
  REQUIRE(beginnings.size() == facts.size());
}

TEST_CASE("a chain over a missing fact ends unknown", "[tasks]") {
  const World world = SmallWorld(4, 0.2);
  REQUIRE(world.Facts().size() < 24 * 3);
  REQUIRE(world.Facts().size() > 24 * 2);
  Rng rng(3);
  int64_t unknown = 0;
  for (int i = 0; i < 200; ++i) {
    const Item item = world.Ask(rng, 1 + i % 3);
    REQUIRE(item.answer == world.Answer(item.question));
    unknown += item.answer == kUnknown;
  }
  REQUIRE(unknown > 40);
  REQUIRE(unknown < 120);
}

TEST_CASE("a question about a world has the answer that its facts give", "[tasks]") {
  const World world = SmallWorld(2);
  const std::vector<std::string> facts = world.Facts();
  Rng rng(3);
  for (int64_t depth = 1; depth <= 4; ++depth) {
    for (int i = 0; i < 100; ++i) {
      const Item item = world.Ask(rng, depth);
      INFO(item.question);
      REQUIRE(item.facts.empty());
      REQUIRE(world.Answer(item.question) == item.answer);
      const Derivation naive = FindTaskFamily("relations").value()->Derive(facts, item.question);
      REQUIRE(naive.answer == item.answer);
      REQUIRE(naive.steps == depth);
      REQUIRE(item.meta["path"].size() == static_cast<size_t>(depth) + 1);
      REQUIRE(item.meta["path"].back() == item.answer);
    }
  }
  REQUIRE(world.Answer("the friend of nobody is who ?") == kUnknown);
  REQUIRE(world.Answer("") == kUnknown);
}

TEST_CASE("an edit changes one fact and the answers that rest on it", "[tasks]") {
  const World before = SmallWorld(4);
  World after = before;
  const std::string subject = before.people()[0], relation = before.relations()[0];
  const std::string question = RelationQuestion({relation}, subject);
  const std::string old_object = before.Answer(question);
  const std::string new_object = old_object == before.people()[1] ? before.people()[2] : before.people()[1];
  const auto [was, is] = after.Edit(relation, subject, new_object);
  REQUIRE(was == RelationFact(relation, subject, old_object));
  REQUIRE(is == RelationFact(relation, subject, new_object));
  REQUIRE(after.Answer(question) == new_object);
  std::vector<std::string> old_facts = before.Facts(), new_facts = after.Facts();
  std::replace(old_facts.begin(), old_facts.end(), was, is);
  REQUIRE(std::set<std::string>(old_facts.begin(), old_facts.end()) ==
          std::set<std::string>(new_facts.begin(), new_facts.end()));
  Rng rng(5);
  for (int i = 0; i < 200; ++i) {
    const Item item = before.Ask(rng, 2);
    const std::vector<std::string> passed = item.meta["path"];
    if (std::count(passed.begin(), passed.end() - 1, subject) == 0) REQUIRE(after.Answer(item.question) == item.answer);
  }
}

TEST_CASE("equal seeds give equal worlds and other seeds others", "[tasks]") {
  REQUIRE(SmallWorld(6).Facts() == SmallWorld(6).Facts());
  REQUIRE(SmallWorld(6).Facts() != SmallWorld(7).Facts());
}

}  // namespace
}  // namespace trivium
