// Hand-written fact files: the three formats, and errors that name the line.
#include "memory/fact_io.h"

#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

std::string ErrorOf(const std::string& bytes, FactFormat format) {
  const absl::Status status = ParseFacts(bytes, format, "dir/f.x").status();
  REQUIRE(ExitCode(status) == 2);
  return Message(status);
}

}  // namespace

TEST_CASE("plain text gives a fact a line, without comments, empty lines and repeats", "[memory]") {
  const auto facts = ParseFacts(
                         "\xef\xbb\xbf# people\n\nthe boss of ann is bob .\r\n  the boss of bob is eve .\n"
                         "the boss of ann is bob .",
                         FactFormat::kText, "dir/people.txt")
                         .value();
  REQUIRE(facts.size() == 2);
  REQUIRE(facts[0].text == "the boss of ann is bob .");
  REQUIRE(facts[0].id == FactId(facts[0].text));
  REQUIRE(facts[0].id.size() == 16);
  REQUIRE(facts[0].source == "people.txt");
  REQUIRE(facts[1].text == "the boss of bob is eve .");
}

TEST_CASE("TSV columns may come in any order and be empty", "[memory]") {
  const auto facts = ParseFacts("confidence\ttext\tsubject\tid\n0.5\tann is red .\tann\tf-1\n\tbob is red .\t\t\n",
                                FactFormat::kTsv, "f.tsv")
                         .value();
  REQUIRE(facts.size() == 2);
  REQUIRE(facts[0].confidence == 0.5);
  REQUIRE(facts[0].id == "f-1");
  REQUIRE(facts[0].subject == "ann");
  REQUIRE(facts[1].confidence == 1.0);
  REQUIRE(facts[1].id == FactId("bob is red ."));
}

TEST_CASE("every format gives back the facts that it was made of", "[memory]") {
  std::vector<Fact> facts = {MakeFact("ann is red ."), MakeFact("caf\xc3\xa9 \"q\" \\ .")};
  facts[0].subject = "ann", facts[0].relation = "is", facts[0].object = "red";
  facts[0].confidence = 0.1, facts[0].time = "2024-01-02", facts[0].source = "me";
  facts[1].id = "x:1", facts[1].source = "me";
  for (const FactFormat format : {FactFormat::kTsv, FactFormat::kJsonl}) {
    REQUIRE(ParseFacts(RenderFacts(facts, format).value(), format, "f").value() == facts);
  }
  REQUIRE(RenderFacts(facts, FactFormat::kText).value() == "ann is red .\ncaf\xc3\xa9 \"q\" \\ .\n");
}

TEST_CASE("files are read and written by their extension", "[memory]") {
  const TempDir dir;
  const std::vector<Fact> facts = ParseFacts("ann is red .", FactFormat::kText, "a").value();
  for (const char* name : {"f.tsv", "f.jsonl", "f.txt"}) {
    REQUIRE(WriteFacts(dir / name, facts).ok());
    REQUIRE(ReadFacts(dir / name).value().at(0).text == "ann is red .");
  }
  REQUIRE(ExitCode(ReadFacts(dir / "none.txt").status()) == 2);
  REQUIRE(Message(ReadFacts(dir / "x.shard").status()).find("--shard") != std::string::npos);
}

TEST_CASE("errors name the file, the line and the field", "[memory]") {
  using Catch::Matchers::Contains;
  const auto text = FactFormat::kText, tsv = FactFormat::kTsv, jsonl = FactFormat::kJsonl;
  REQUIRE_THAT(ErrorOf("ok .\nbad \xff .\n", text), Contains("dir/f.x:2: ") && Contains("UTF-8"));
  REQUIRE_THAT(ErrorOf(std::string("a\0b", 3), text), Contains("f.x:1: ") && Contains("control character"));
  REQUIRE_THAT(ErrorOf("\n\n" + std::string(70000, 'a'), text), Contains("f.x:3: ") && Contains("70000"));
  REQUIRE_THAT(ErrorOf("subject\tobject\na\tb\n", tsv), Contains("f.x:1: ") && Contains("\"text\""));
  REQUIRE_THAT(ErrorOf("text\tsubjct\n", tsv), Contains("did you mean \"subject\""));
  REQUIRE_THAT(ErrorOf("text\ttext\n", tsv), Contains("repeated"));
  REQUIRE_THAT(ErrorOf("text\tid\na\tb\tc\n", tsv), Contains("f.x:2: 3 fields"));
  REQUIRE_THAT(ErrorOf("text\tconfidence\na\t0x1\n", tsv), Contains("f.x:2: ") && Contains("number"));
  REQUIRE_THAT(ErrorOf("text\tconfidence\na\t1.5\n", tsv), Contains("at most 1"));
  REQUIRE_THAT(ErrorOf("text\tconfidence\na\tnan\n", tsv), Contains("at most 1"));
  REQUIRE_THAT(ErrorOf("text\tid\na\tx\nb\tx\n", tsv), Contains("f.x:3: ") && Contains("line 2 already"));
  REQUIRE_THAT(ErrorOf("text\tid\na\tx y\n", tsv), Contains("f.x:2: the id"));
  REQUIRE_THAT(ErrorOf("{\"text\":\"a\"}\n{\"id\":\"b\"}\n", jsonl),
               Contains("f.x:2: ") && Contains("\"text\" is missing"));
  REQUIRE_THAT(ErrorOf("{\"text\":\"a\"}\n\n{\"text\":5}\n", jsonl),
               Contains("f.x:3: ") && Contains("must be a string"));
  REQUIRE_THAT(ErrorOf("{\"text\":\"a\",\"txet\":\"b\"}\n", jsonl), Contains("did you mean \"text\""));
  REQUIRE_THAT(ErrorOf("{\"text\":\"a\",\"text\":\"b\"}\n", jsonl), Contains("repeated"));
  REQUIRE_THAT(ErrorOf("{\"text\":\"a\\nb\"}\n", jsonl), Contains("control character"));
  REQUIRE_THAT(ErrorOf("{\"text\":\" \"}\n", jsonl), Contains("empty"));
  REQUIRE_THAT(ErrorOf("[1]\n", jsonl), Contains("object"));
  REQUIRE_THAT(ErrorOf("{\"text\":\"a\"", jsonl), Contains("f.x:1: "));
}

}  // namespace trivium
