// Reading pairs and cloze prompts, and where words begin and end.
#include "stage1_language/measures/language_probes.h"

#include "stage1_language/tokens/word_pieces.h"
#include "tests/harness/builtin_tokenizer.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

using namespace trivium;

namespace {

template <class T>
void Refuses(const absl::StatusOr<T>& result, const std::string& word) {
  REQUIRE(ExitCode(result.status()) == 2);
  REQUIRE(Message(result.status()).find(word) != std::string::npos);
}

}  // namespace

TEST_CASE("Pairs and cloze prompts are read line by line", "[stage1_language]") {
  const TempDir dir;
  Spill(dir / "p.jsonl",
        "{\"good\": \"a b\", \"bad\": \"b a\", \"uid\": \"u\", \"term\": \"t\", \"more\": 3}\n\n"
        "{\"good\": \"c\", \"bad\": \"d\"}\r\n");
  const auto pairs = ReadPairs((dir / "p.jsonl").string());
  REQUIRE(pairs.ok());
  REQUIRE(pairs->size() == 2);
  REQUIRE((*pairs)[0].term == "t");
  REQUIRE((*pairs)[1].bad == "d");
  REQUIRE((*pairs)[1].uid.empty());
  Spill(dir / "c.jsonl", "{\"prompt\": \"went to the\", \"target\": \"park\"}");
  const auto cloze = ReadCloze((dir / "c.jsonl").string());
  REQUIRE(cloze.ok());
  REQUIRE((*cloze)[0].target == "park");
}

TEST_CASE("A damaged probe file is refused with file, line and field", "[stage1_language]") {
  const TempDir dir;
  const std::string file = (dir / "p.jsonl").string();
  Refuses(ReadPairs(file), "p.jsonl");
  Spill(file, "{\"good\": \"a\", \"bad\": \"b\"}\n{\"good\": \"a\"}\n");
  Refuses(ReadPairs(file), ":2: field \"bad\" is missing");
  Spill(file, "{\"good\": 1, \"bad\": \"b\"}\n");
  Refuses(ReadPairs(file), ":1: field \"good\" is not a string");
  Spill(file, "{\"good\": \" \", \"bad\": \"b\"}\n");
  Refuses(ReadPairs(file), "is empty");
  Spill(file, "[1]\n");
  Refuses(ReadPairs(file), "object");
  Spill(file,
        "\xFD"
        "7zXZ\n");
  Refuses(ReadPairs(file), "JSON");
  Spill(file, "\n");
  Refuses(ReadPairs(file), "no pairs");
  Refuses(ReadCloze(file), "no prompts");
}

TEST_CASE("Only A to Z are made small", "[stage1_language]") { REQUIRE(LowerCase("AnN É 3Z.") == "ann É 3z."); }

TEST_CASE("The first word ends before punctuation and keeps what joins it", "[stage1_language]") {
  REQUIRE(FirstWord(" play. The") == "play");
  REQUIRE(FirstWord("\n don't go") == "don't");
  REQUIRE(FirstWord("mother-in-law!") == "mother-in-law");
  REQUIRE(FirstWord(" play' ") == "play");
  REQUIRE(FirstWord(" \"no") == "\"");
  REQUIRE(FirstWord("caf\u00e9\u201d") == "caf\u00e9");
  REQUIRE(FirstWord(" \u201cyes") == "\u201c");
  REQUIRE(FirstWord(" \n").empty());
  REQUIRE(WordPieces::IsComplete(" play."));
  REQUIRE(WordPieces::IsComplete(" ."));
  REQUIRE_FALSE(WordPieces::IsComplete(" play"));
  REQUIRE_FALSE(WordPieces::IsComplete(" "));
}

TEST_CASE("Tokens end, go on with or begin a word", "[stage1_language]") {
  const Tokenizer& tokenizer = BuiltinTokenizer();
  const WordPieces pieces(tokenizer);
  const int32_t friend_id = tokenizer.Encode(" friend").at(0), stop = tokenizer.Encode(" .").at(0);
  REQUIRE(pieces.text(friend_id) == " friend");
  REQUIRE(pieces.ends_word(friend_id));
  REQUIRE(pieces.ends_word(stop));
  REQUIRE(pieces.ends_word(tokenizer.eos()));
  REQUIRE(pieces.may_begin(friend_id, "the"));
  REQUIRE_FALSE(pieces.may_begin(tokenizer.eos(), "the"));
  // A letter alone lengthens a word, and begins one only where none stands before it.
  const int32_t letter = tokenizer.Encode("x").back();
  REQUIRE(pieces.text(letter) == "x");
  REQUIRE_FALSE(pieces.ends_word(letter));
  REQUIRE_FALSE(pieces.may_begin(letter, "the"));
  REQUIRE(pieces.may_begin(letter, "the "));
}
