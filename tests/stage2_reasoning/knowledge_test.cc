// Rows of mounts follow whatever is done to the mounts.
#include "stage2_reasoning/knowledge.h"

#include <set>

#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

Fact Of(const std::string& id, const std::string& text, const std::string& subject = "") {
  Fact fact = MakeFact(text);
  fact.id = id;
  fact.subject = subject;
  fact.relation = subject.empty() ? "" : "boss";
  return fact;
}

// What the rows are of, as texts with confidences; the same is expected of rows made from the start.
std::multiset<std::pair<std::string, double>> Said(const MountedRows& rows, const std::vector<Mount>& mounts) {
  std::multiset<std::pair<std::string, double>> said;
  for (const Fact& fact : MountedFacts(mounts)) {
    const std::optional<Fact> mounted = rows.FactOf(fact.id);
    if (mounted.has_value()) said.emplace(mounted->text, mounted->confidence);
  }
  return said;
}

struct Followed {
  Reasoner reasoner = TinyReasoner();
  Knowledge knowledge;

  void Check(const std::vector<Mount>& mounts) {
    const MountedRows* rows = knowledge.Rows(mounts, reasoner).value();
    Knowledge anew;
    const MountedRows* expected = anew.Rows(mounts, reasoner).value();
    REQUIRE(rows->facts() == expected->facts());
    REQUIRE(rows->store().rows() == expected->store().rows());
    REQUIRE(Said(*rows, mounts) == Said(*expected, mounts));
  }
};

}  // namespace

TEST_CASE("Rows follow facts that are added, reworded, replaced and removed", "[stage2]") {
  Followed followed;
  std::vector<Mount> mounts = {{"people", 0.5, {Of("a", "ann is kind ."), Of("b", "bob is mean .")}}};
  followed.Check(mounts);
  mounts[0].Add(Of("c", "cara is old ."));
  mounts[0].Replace(0, Of("a", "ann is mean ."));
  followed.Check(mounts);
  followed.Check(mounts);
  mounts[0].Replace(1, Of("d", "dan is kind ."));
  mounts[0].Remove(0);
  followed.Check(mounts);
  mounts[0].Add(Of("c", "cara is young ."));  // a second fact of that id
  followed.Check(mounts);
  mounts[0].Remove(2);
  followed.Check(mounts);
  for (int i = 0; i < 300; ++i) mounts[0].Replace(0, Of("c", "cara is " + std::to_string(i) + " ."));
  followed.Check(mounts);  // more than a mount remembers
}

TEST_CASE("What was changed and then changed again or removed costs nothing and is no error", "[stage2]") {
  Followed followed;
  std::vector<Mount> mounts = {{"people", 1.0, {Of("a", "ann is kind ."), Of("b", "bob is mean .")}}};
  followed.Check(mounts);
  const MountedRows* rows = followed.knowledge.Rows(mounts, followed.reasoner).value();
  const std::vector<int64_t> unchanged = rows->SlotsOf({"a"});
  std::string too_long;
  for (int i = 0; i < 5000; ++i) too_long += "kind ";
  mounts[0].Add(Of("c", too_long));
  REQUIRE_FALSE(Knowledge().Rows(mounts, followed.reasoner).ok());
  mounts[0].Remove(2);
  mounts[0].Replace(1, Of("b", too_long));
  mounts[0].Replace(1, Of("b", "bob is kind ."));
  followed.Check(mounts);
  REQUIRE(rows->SlotsOf({"a"}) == unchanged);
  mounts.emplace_back("back", 0.5, std::vector<Fact>{Of("d", "dan is old ."), Of("e", "eve is old .")});
  followed.Check(mounts);
  mounts[0].Remove(0);
  mounts[1].Remove(1);
  followed.Check(mounts);
}

TEST_CASE("Rows follow mounts that come, go, change places and replace each other's facts", "[stage2]") {
  Followed followed;
  std::vector<Mount> mounts = {{"front", 1.0, {Of("a", "the boss of ann is bob .", "ann")}}};
  followed.Check(mounts);
  mounts.emplace_back("back", 0.5, std::vector<Fact>{Of("b", "the boss of bob is cara .", "bob")});
  followed.Check(mounts);
  mounts[1].Replace(0, Of("b", "the boss of bob is dan .", "bob"));
  followed.Check(mounts);
  mounts[1].Add(Of("c", "the boss of ann is eve .", "ann"));  // replaced by the front's
  followed.Check(mounts);
  mounts[0].Remove(0);  // which now is not there any more
  followed.Check(mounts);
  std::swap(mounts[0], mounts[1]);
  followed.Check(mounts);
  std::vector<Mount> copy = mounts;
  copy[0].Add(Of("d", "dan is kind ."));
  mounts[0].Add(Of("e", "eve is kind ."));
  followed.Check(copy);
  followed.Check(mounts);
  mounts.clear();
  followed.Check(mounts);
}

}  // namespace trivium
