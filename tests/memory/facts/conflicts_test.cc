// Which facts contradict each other, and that facts which only look alike do not.
#include "memory/conflicts.h"

#include "core/base/seed_tree.h"
#include "core/text/lexicon.h"
#include "memory/display_text.h"
#include "stage2_reasoning/tasks/task.h"
#include "tests/test.h"

namespace trivium {
namespace {

Fact Believed(const std::string& text, double confidence = 1.0) {
  Fact fact = MakeFact(text);
  fact.confidence = confidence;
  return fact;
}

Fact Triple(const std::string& text, const std::string& subject, const std::string& relation,
            const std::string& object) {
  Fact fact = MakeFact(text);
  fact.subject = subject;
  fact.relation = relation;
  fact.object = object;
  return fact;
}

}  // namespace

TEST_CASE("facts with triples contradict by subject and relation, whatever their sentences", "[memory]") {
  const std::vector<Conflict> conflicts = FindConflicts(
      {Triple("ben leads ann .", "Ann", "boss", "ben"), Triple("ann follows carl .", "ann", "boss", "carl"),
       Triple("ben, still .", "ann", "boss", "Ben"), Triple("dan leads bob .", "bob", "boss", "dan")});
  REQUIRE(conflicts.size() == 1);
  REQUIRE(conflicts[0].about == "boss of ann");
  REQUIRE(conflicts[0].IsTie());
  REQUIRE(conflicts[0].sides.size() == 2);
  REQUIRE(conflicts[0].sides[0].value == "ben");
  REQUIRE(conflicts[0].sides[0].facts == std::vector<size_t>{0, 2});
  REQUIRE(conflicts[0].sides[1].facts == std::vector<size_t>{1});
}

TEST_CASE("sentences contradict where only the value differs; the most confident side stands first", "[memory]") {
  const std::vector<Conflict> conflicts =
      FindConflicts({Believed("The boss of Ann is Carl.", 0.3), Believed("ann is red ."), Believed("2 blip 3 is 4 ."),
                     Believed("the boss of ann is bob .", 0.9), Believed("2 blip 3 is 5 .", 1.0 - 1e-9)});
  REQUIRE(conflicts.size() == 2);
  REQUIRE(conflicts[0].about == "the boss of ann is");
  REQUIRE_FALSE(conflicts[0].IsTie());
  REQUIRE(conflicts[0].sides[0].value == "bob");
  REQUIRE(conflicts[0].sides[0].confidence == 0.9);
  REQUIRE(conflicts[0].sides[1].facts == std::vector<size_t>{0});
  REQUIRE(conflicts[1].IsTie());
}

TEST_CASE("a fact with a triple and one without are compared by their sentences", "[memory]") {
  const auto conflicts =
      FindConflicts({Triple("the boss of ann is bob .", "ann", "boss", "bob"),
                     Triple("carl leads ann .", "ann", "boss", "carl"), Believed("the boss of ann is dan .")});
  REQUIRE(conflicts.size() == 1);
  REQUIRE(conflicts[0].sides.size() == 3);
}

TEST_CASE("a sentence and its denial contradict", "[memory]") {
  const auto conflicts =
      FindConflicts({Believed("ann is red ."), Believed("ann is not red ."), Believed("bob is not red ."),
                     Believed("if someone is not red then they are kind .")});
  REQUIRE(conflicts.size() == 1);
  REQUIRE(conflicts[0].about == "ann is red");
  REQUIRE(conflicts[0].sides[1].value == "not red");
}

TEST_CASE("what looks alike is no contradiction", "[memory]") {
  REQUIRE(FindConflicts({Believed("ann is red ."), Believed("ann is kind ."), Believed("ann is taller than bob ."),
                         Believed("ann is taller than carl ."), Believed("from oasis you can go to fern ."),
                         Believed("from oasis you can go to moor ."), Believed("the boss of ann is bob ."),
                         Believed("the boss of ann is bob"), Believed("."), Believed("x"),
                         Believed("the friend of ann is bob .")})
              .empty());
  REQUIRE(FindConflicts({}).empty());
}

TEST_CASE("the tasks' own worlds are free of contradictions, and a changed value is found", "[memory]") {
  Rng rng = SeedTree(5).MakeRng();
  size_t changed = 0, found = 0;
  for (const auto& family : AllTaskFamilies()) {
    for (int64_t i = 0; i < 40; ++i) {
      GenerateOptions options;
      options.depth = family->training_depths().back();
      options.names = &EnglishLexicon().training_names();
      const Item item = family->Generate(rng, options);
      std::vector<Fact> facts;
      for (const std::string& text : item.facts) facts.push_back(MakeFact(text));
      INFO(family->name());
      if (family->name() != "lookup") REQUIRE(FindConflicts(facts).empty());
      if (family->name() != "relations" && family->name() != "operators") continue;
      std::string other = item.facts[0].substr(0, item.facts[0].rfind(' '));
      facts.push_back(MakeFact(other.substr(0, other.rfind(' ')) + " changed ."));
      ++changed;
      found += FindConflicts(facts).size();
    }
  }
  REQUIRE(changed > 0);
  REQUIRE(found == changed);
}

TEST_CASE("text of others is shown in one line, whole characters, nothing that turns or breaks it", "[memory]") {
  REQUIRE(DisplayText("zoë — ☃") == "zoë — ☃");
  REQUIRE(DisplayText("aaaa", 4) == "aaaa");
  REQUIRE(DisplayText("ëëëëë", 4) == "ëëëë…");
  REQUIRE(DisplayText("a\xff\xe2\x82"
                      "b\xc0\xafz") == "a���b��z");
  REQUIRE(DisplayText("a\n\x1b[31m\u202e\u2028z") == "a��[31m��z");
  REQUIRE(DisplayText(std::string(64 * 1024, 'x')).size() < 200);
  REQUIRE(EscapeHtml("<script>\"a\" & 'b'") == "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;");
  REQUIRE(DisplayNumber(1.0) == "1");
  REQUIRE(DisplayNumber(0.30000000000000004) == "0.3");
}

}  // namespace trivium
