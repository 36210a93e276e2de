// The surface forms of facts and questions, word by word.
#include "core/text/sentences.h"

#include "tests/test.h"

namespace trivium {
namespace {

TEST_CASE("facts read as documented", "[text]") {
  REQUIRE(RelationFact("friend", "ann", "bob") == "the friend of ann is bob .");
  REQUIRE(AttributeFact("ann", {"red", true}) == "ann is red .");
  REQUIRE(AttributeFact("ann", {"red", false}) == "ann is not red .");
  REQUIRE(Rule({"red", true}, {"kind", false}) == "if someone is red then they are not kind .");
  REQUIRE(Rule({"red", false}, {"kind", true}) == "if someone is not red then they are kind .");
  REQUIRE(ComparisonFact("taller", "ann", "bob") == "ann is taller than bob .");
  REQUIRE(OperatorFact("blip", "2", "3", "4") == "2 blip 3 is 4 .");
  REQUIRE(MoveFact("oasis", "fern") == "from oasis you can go to fern .");
  REQUIRE(GoalRule("fern", true) == "whoever reaches fern wins .");
  REQUIRE(GoalRule("fern", false) == "whoever reaches fern loses .");
  REQUIRE(StuckRule(true) == "whoever cannot move wins .");
  REQUIRE(StuckRule(false) == "whoever cannot move loses .");
}

TEST_CASE("questions read as documented", "[text]") {
  REQUIRE(RelationQuestion({"friend"}, "ann") == "the friend of ann is who ?");
  REQUIRE(RelationQuestion({"boss", "friend"}, "ann") == "the boss of the friend of ann is who ?");
  REQUIRE(AttributeQuestion("ann", "kind") == "ann is kind ?");
  REQUIRE(ComparisonQuestion("taller", "ann", "bob") == "ann is taller than bob ?");
  REQUIRE(OperatorQuestion("2", {{"blip", "3"}}) == "2 blip 3 is what ?");
  REQUIRE(OperatorQuestion("2", {{"blip", "3"}, {"zorp", "1"}}) == "2 blip 3 zorp 1 is what ?");
  REQUIRE(MoveQuestion("oasis") == "the best move from oasis is to what ?");
}

TEST_CASE("a question as English asks it is put as its statement is", "[text]") {
  const auto in_place = [](const std::string& asked, const std::string& placed) {
    CAPTURE(asked);
    REQUIRE(QuestionInPlace(asked) == placed);
    REQUIRE(QuestionInPlace(placed) == placed);
  };
  in_place("who is the friend of ann ?", RelationQuestion({"friend"}, "ann"));
  in_place("who is the boss of the friend of ann ?", RelationQuestion({"boss", "friend"}, "ann"));
  in_place("what is 2 blip 3 zorp 1 ?", OperatorQuestion("2", {{"blip", "3"}, {"zorp", "1"}}));
  in_place("is ann kind ?", AttributeQuestion("ann", "kind"));
  in_place("is ann taller than bob ?", ComparisonQuestion("taller", "ann", "bob"));
  in_place("is the boss of ann kind ?", "the boss of ann is kind ?");
}

TEST_CASE("whose something is stands apart, but for names that end so and what is short for is", "[text]") {
  const auto parted = [](const std::string& question) {
    const std::set<std::string> words = {"mcdonald's", "ann's", "ann", "boss"};
    return PartOwners(question, [&](const std::string& word) { return words.count(word) > 0; });
  };
  REQUIRE(parted("ann's boss is who ?") == "ann 's boss is who ?");
  REQUIRE(parted("bob's boss's friend is who ?") == "bob 's boss 's friend is who ?");
  REQUIRE(parted("who is mcdonald's boss's friend ?") == "who is mcdonald's boss 's friend ?");
  REQUIRE(parted("who's ann's boss ?") == "who is ann 's boss ?");
  REQUIRE(parted("what's 2 blip 3 ?") == "what is 2 blip 3 ?");
  for (const std::string text :
       {"", "?", "'s", "the bosses' friend", "o'brien is who ?", "ann's the boss of who ?", "it's kind ?", "who's",
        "the 90's boss is who ?", "is ann's ?", "ann 's boss is who ?", "who is it that's kind ?"}) {
    CAPTURE(text);
    REQUIRE(parted(text) == (text == "who's" ? "who is" : text));
  }
}

TEST_CASE("a subject with its owner first is put with the owner last", "[text]") {
  REQUIRE(QuestionInPlace("who is ann 's boss ?") == RelationQuestion({"boss"}, "ann"));
  REQUIRE(QuestionInPlace("ann 's friend 's boss is who ?") == RelationQuestion({"boss", "friend"}, "ann"));
  REQUIRE(QuestionInPlace("who is the boss of ann 's friend ?") == RelationQuestion({"boss", "friend"}, "ann"));
  REQUIRE(QuestionInPlace("is ann 's boss kind ?") == "the boss of ann is kind ?");
  REQUIRE(QuestionInPlace("is ann 's boss taller than bob ?") == "the boss of ann is taller than bob ?");
  for (const std::string text :
       {"ann 's ?", "who is ann 's ?", "who is the king 's boss ?", "who is new york 's mayor ?",
        "who is ann 's best friend ?", "is ann 's best friend kind ?", "is ann taller than bob 's boss ?",
        "'s boss is who ?", "is ann 's ?"}) {
    CAPTURE(text);
    REQUIRE(QuestionInPlace(text) == text);
  }
}

TEST_CASE("what is no such question stays as it is", "[text]") {
  for (const std::string text : {"", "?", "who is ?", "is ann ?", "is the boss of ann ?", "who is ann .", "is the ?",
                                 "who is the one who is kind ?", "from oasis you can go to what ?",
                                 "is it true that ann is kind ?", "who likes ann ?"}) {
    CAPTURE(text);
    REQUIRE(QuestionInPlace(text) == text);
  }
}

TEST_CASE("a one-step question begins as the fact that answers it", "[text]") {
  const auto beginning = [](const std::string& sentence) {
    std::vector<std::string> words = SplitWords(sentence);
    words.resize(words.size() - 2);
    return words;
  };
  REQUIRE(beginning(RelationQuestion({"friend"}, "ann")) == beginning(RelationFact("friend", "ann", "bob")));
  REQUIRE(beginning(OperatorQuestion("2", {{"blip", "3"}})) == beginning(OperatorFact("blip", "2", "3", "4")));
  REQUIRE(beginning(AttributeQuestion("ann", "red")) == beginning(AttributeFact("ann", {"red", true})));
  REQUIRE(beginning(ComparisonQuestion("taller", "ann", "bob")) == beginning(ComparisonFact("taller", "ann", "bob")));
}

TEST_CASE("sentences split into words and join again", "[text]") {
  REQUIRE(SplitWords("ann is red .") == std::vector<std::string>{"ann", "is", "red", "."});
  REQUIRE(SplitWords("  ann\t is\n\r\v\fred ") == std::vector<std::string>{"ann", "is", "red"});
  REQUIRE(SplitWords("").empty());
  REQUIRE(SplitWords(" \n ").empty());
  REQUIRE(JoinWords({"ann", "is", "red", "."}) == "ann is red .");
  REQUIRE(JoinWords({}).empty());
}

}  // namespace
}  // namespace trivium
