// The word table: what the built-in one holds, and what a bad one is refused for.
#include "core/text/lexicon.h"

#include <algorithm>
#include <set>

#include "tests/test.h"

namespace trivium {
namespace {

TEST_CASE("the English lexicon holds the words the tasks need", "[text]") {
  const Lexicon& lexicon = EnglishLexicon();
  REQUIRE(lexicon.Words("name").size() == 320);
  REQUIRE(lexicon.relations().size() == 12);
  REQUIRE(lexicon.attributes().size() == 24);
  REQUIRE(lexicon.comparatives().size() == 8);
  REQUIRE(lexicon.operators().size() == 16);
  REQUIRE(lexicon.squares().size() == 16);
  REQUIRE(lexicon.digits() == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  REQUIRE(lexicon.Words("no such category").empty());
}

TEST_CASE("every fifth name is held out and no training name is", "[text]") {
  const Lexicon& lexicon = EnglishLexicon();
  REQUIRE(lexicon.held_out_names().size() == 64);
  REQUIRE(lexicon.training_names().size() == 256);
  REQUIRE(lexicon.held_out_names().front() == lexicon.Words("name")[4]);
  std::set<std::string> all(lexicon.training_names().begin(), lexicon.training_names().end());
  all.insert(lexicon.held_out_names().begin(), lexicon.held_out_names().end());
  REQUIRE(all.size() == 320);
}

TEST_CASE("names are 3 to 8 lower-case letters", "[text]") {
  for (const std::string& name : EnglishLexicon().Words("name")) {
    INFO(name);
    REQUIRE((name.size() >= 3 && name.size() <= 8));
    REQUIRE(std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
  }
}

TEST_CASE("no word of the lexicon stands in two categories", "[text]") {
  const std::vector<std::string>& words = EnglishLexicon().AllWords();
  REQUIRE(std::set<std::string>(words.begin(), words.end()).size() == words.size());
}

TEST_CASE("a lexicon table continues a category on further lines", "[text]") {
  const auto lexicon = Lexicon::Parse("name: ann bob\n\nrelation: friend\nname: cid\n");
  REQUIRE(lexicon.ok());
  REQUIRE(lexicon->Words("name") == std::vector<std::string>{"ann", "bob", "cid"});
  REQUIRE(lexicon->AllWords() == std::vector<std::string>{"ann", "bob", "friend", "cid"});
}

TEST_CASE("a bad lexicon table is refused with its line", "[text]") {
  for (const char* table : {"name: ann\nname: bob ann", "name: ann\nfriend boss", "name: ann\nname: Bob",
                            "name: ann\nname: zo\xC3\xAB", "name: ann\n: bob"}) {
    INFO(table);
    const auto lexicon = Lexicon::Parse(table);
    REQUIRE(ExitCode(lexicon.status()) == 2);
    REQUIRE(Message(lexicon.status()).find("line 2") != std::string::npos);
  }
}

}  // namespace
}  // namespace trivium
