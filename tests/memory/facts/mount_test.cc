// Shards in order of precedence.
#include "memory/mount.h"

#include "memory/shard_edit.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

Fact Triple(const std::string& subject, const std::string& relation, const std::string& object) {
  Fact fact = MakeFact("the " + relation + " of " + subject + " is " + object + " .");
  fact.subject = subject;
  fact.relation = relation;
  fact.object = object;
  return fact;
}

}  // namespace

TEST_CASE("a shard in front replaces what those behind say of the same thing", "[memory]") {
  Fact edited = MakeFact("bob is kind .");
  edited.text = "bob is mean .";
  const Mount front = {"front", 1.0, {Triple("ann", "boss", "cara"), edited}};
  Fact friendly = Triple("ann", "friend", "dan");
  friendly.confidence = 0.8;
  const Mount back = {"back",
                      0.5,
                      {Triple("ann", "boss", "dan"), Triple("ann", "boss", "eve"), friendly, MakeFact("bob is kind ."),
                       MakeFact("dan is old .")}};
  const std::vector<Fact> facts = MountedFacts({front, back});
  REQUIRE(facts.size() == 4);
  REQUIRE(facts[0].object == "cara");
  REQUIRE(facts[1].text == "bob is mean .");
  REQUIRE(facts[2].object == "dan");
  REQUIRE(facts[2].confidence == Approx(0.4));
  REQUIRE(facts[3].confidence == 0.5);
  // Within one shard both stay: that is a conflict of beliefs, not a question of precedence.
  REQUIRE(MountedFacts({back}).size() == 5);
  REQUIRE(MountedFacts({}).empty());
}

TEST_CASE("a mount tells what was done to it since a version, as far as it remembers", "[memory]") {
  Mount mount("people", 1.0, {MakeFact("ann is kind ."), MakeFact("bob is mean .")});
  const uint64_t first = mount.version();
  REQUIRE(mount.Since(first)->empty());
  Fact reworded = mount.facts()[0];
  reworded.text = "ann is mean .";
  mount.Replace(0, reworded);
  const uint64_t second = mount.version();
  mount.Replace(1, MakeFact("cara is old ."));
  mount.Remove(0);
  using Action = Mount::Action;
  const auto actions = [&](uint64_t version) {
    std::vector<std::pair<Action, std::string>> done;
    const std::vector<Mount::Change> changes = mount.Since(version).value();
    for (const Mount::Change& change : changes) done.emplace_back(change.action, change.fact.text);
    return done;
  };
  const std::vector<std::pair<Action, std::string>> later = {
      {Action::kRemoved, "bob is mean ."}, {Action::kAdded, "cara is old ."}, {Action::kRemoved, "ann is mean ."}};
  REQUIRE(actions(second) == later);
  REQUIRE(actions(first).size() == 4);
  REQUIRE(actions(first)[0] == std::pair(Action::kReworded, std::string("ann is mean .")));
  Mount copy = mount;
  REQUIRE(copy.version() == mount.version());
  copy.Add(MakeFact("dan is kind ."));
  mount.Add(MakeFact("dan is kind ."));
  REQUIRE(!mount.Since(copy.version()).has_value());
  REQUIRE(copy.Since(second)->size() == 4);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t before = mount.version();
    mount.Replace(0, mount.facts()[0]);
    REQUIRE(mount.Since(before)->size() == 1);  // whoever has just looked can always follow
  }
  REQUIRE(!mount.Since(first).has_value());
}

TEST_CASE("a shard is mounted with the confidence typed behind its name", "[memory]") {
  const TempDir dir;
  const std::string path = dir / "people.shard";
  {
    Shard shard = Shard::Create(path).value();
    ShardEdit edit = ShardEdit::Begin(shard).value();
    REQUIRE(edit.Add(Triple("ann", "boss", "cara")).ok());
    REQUIRE(edit.Commit("add").ok());
  }
  REQUIRE(ParseMount(path)->confidence() == 1.0);
  const Mount mount = ParseMount(path + "=0.25").value();
  REQUIRE(mount.name() == "people");
  REQUIRE(mount.confidence() == 0.25);
  REQUIRE(mount.facts().size() == 1);
  REQUIRE(mount.facts()[0].shard == "people");
  REQUIRE(ExitCode(ParseMount(path + "=0").status()) == 2);
  REQUIRE(ExitCode(ParseMount(path + "=1.5").status()) == 2);
  REQUIRE(ExitCode(ParseMount(path + "=half").status()) == 2);
  REQUIRE(ExitCode(ParseMount(dir / "none.shard").status()) == 2);

  std::vector<Mount> mounts = {mount};
  const absl::Status other = Unmount("poeple", mounts);
  REQUIRE(ExitCode(other) == 2);
  REQUIRE(Message(other).find("did you mean 'people'") != std::string::npos);
  REQUIRE(Unmount("people", mounts).ok());
  REQUIRE(mounts.empty());
  REQUIRE(ExitCode(Unmount("people", mounts)) == 2);
  REQUIRE(Unmount("all", mounts).ok());
}

}  // namespace trivium
