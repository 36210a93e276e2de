// Prose to sentences.
#include "memory/prose.h"

#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {

using Sentences = std::vector<std::string>;

TEST_CASE("prose is cut at the ends of sentences and nowhere else", "[memory]") {
  REQUIRE(SplitProse("Ann is tall. Bob is kind! Is Cara?  Yes.") ==
          Sentences{"Ann is tall.", "Bob is kind!", "Is Cara?", "Yes."});
  REQUIRE(SplitProse("Dr. Smith met J. Doe at 3.5 km. He ran.") ==
          Sentences{"Dr. Smith met J. Doe at 3.5 km.", "He ran."});
  REQUIRE(SplitProse("He said \"Go.\" She went. (It was late.) So it goes... on") ==
          Sentences{"He said \"Go.\"", "She went.", "(It was late.)", "So it goes... on"});
  REQUIRE(SplitProse("ann is red . bob is kind . who ? me") ==
          Sentences{"ann is red .", "bob is kind .", "who ?", "me"});
  REQUIRE(SplitProse("A title\n\nThe first\nline goes\ton. End") ==
          Sentences{"A title", "The first line goes on.", "End"});
  REQUIRE(SplitProse("\xef\xbb\xbfMark. Two.") == Sentences{"Mark.", "Two."});
  REQUIRE(SplitProse("").empty());
  REQUIRE(SplitProse(" \n\n \n").empty());
  REQUIRE(SplitProse("...") == Sentences{"..."});
}

TEST_CASE("a file of prose becomes facts, each sentence once", "[memory]") {
  const TempDir dir;
  Spill(dir / "a.txt", "Ann is tall. Bob is kind. Ann is tall.\n");
  const std::vector<Fact> facts = ReadProse(dir / "a.txt").value();
  REQUIRE(facts.size() == 2);
  REQUIRE(facts[1].text == "Bob is kind.");
  REQUIRE(facts[1].source == "a.txt");
  Spill(dir / "bad.txt", "Good one. Bad \xff one.");
  const absl::Status bad = ReadProse(dir / "bad.txt").status();
  REQUIRE(ExitCode(bad) == 2);
  REQUIRE(Message(bad).find("sentence 2") != std::string::npos);
  REQUIRE(ExitCode(ReadProse(dir / "none.txt").status()) == 2);
}

}  // namespace trivium
