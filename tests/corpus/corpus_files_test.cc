// A corpus from the user's files: read whole, or refused by line.
#include "stage1_language/corpus/corpus.h"

#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

absl::StatusOr<Corpus> Load(const std::filesystem::path& path, int64_t documents = 0,
                            const std::string& field = "text") {
  CorpusConfig config;
  config.source = path.string();
  config.documents = documents;
  config.field = field;
  return LoadCorpus(config, SeedTree(1));
}

// Loads a file of this content and returns the message of the usage error that it must cause.
std::string Complaint(const std::string& name, const std::string& content, const std::string& field = "text") {
  const TempDir dir;
  Spill(dir / name, content);
  const auto corpus = Load(dir / name, 0, field);
  REQUIRE(ExitCode(corpus.status()) == 2);
  return Message(corpus.status());
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a corpus of two documents still keeps one for evaluation, a single document is trained on", "[corpus]") {
  const TempDir dir;
  Spill(dir / "two.txt", "one line\nanother line\n");
  REQUIRE(Load(dir / "two.txt")->held_out.size() == 1);
  REQUIRE(Load(dir / "two.txt")->training.size() == 1);
  Spill(dir / "one.txt", "one line\n");
  REQUIRE(Load(dir / "one.txt")->training.size() == 1);
}

TEST_CASE("a text file gives one document a line, without blank lines, byte order mark or carriage returns",
          "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt",
        "\xEF\xBB\xBF"
        "first line\r\n\r\n  \t\n second\nna\xC3\xAFve \xF0\x9F\x98\x80");
  CorpusConfig config;
  config.source = (dir / "c.txt").string();
  config.held_out = 0;
  const auto corpus = LoadCorpus(config, SeedTree(1));
  REQUIRE(corpus->training == std::vector<std::string>{" first line", " second", " na\xC3\xAFve \xF0\x9F\x98\x80"});
}

TEST_CASE("a JSONL file gives the named field of each line", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.jsonl",
        "{\"text\": \"a\", \"body\": \"b\\nc\"}\n\n{\"text\": \"d\", \"body\": \"e\"}\n{\"body\": \" \"}\n");
  const auto corpus = Load(dir / "c.jsonl", 0, "body");
  REQUIRE(corpus->training == std::vector<std::string>{" b\nc"});
  REQUIRE(corpus->held_out == std::vector<std::string>{" e"});
}

TEST_CASE("corpus.documents bounds what is read from a file", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt", "a\nb\nc\nd\n\xFF\n");
  const auto corpus = Load(dir / "c.txt", 3);
  REQUIRE(corpus->training.size() + corpus->held_out.size() == 3);
}

TEST_CASE("a missing, empty or blank corpus file is a usage error", "[corpus]") {
  const TempDir dir;
  REQUIRE(ExitCode(Load(dir / "none.txt").status()) == 2);
  REQUIRE(ExitCode(Load(dir.path()).status()) == 2);
  REQUIRE(Contains(Complaint("c.txt", ""), "c.txt is empty"));
  REQUIRE(Contains(Complaint("c.txt", "\n  \n\t\n"), "c.txt is empty"));
  REQUIRE(Contains(Complaint("c.jsonl", "{\"text\": \"\"}\n"), "c.jsonl is empty"));
}

TEST_CASE("invalid UTF-8 in a corpus is named by line and byte", "[corpus]") {
  REQUIRE(Contains(Complaint("c.txt", "good\nzo\xC3\xAB \xFF bad\n"), "c.txt:2: byte 6 is not UTF-8"));
  REQUIRE(Contains(Complaint("c.txt", "cut \xF0\x9F"), "c.txt:1: byte 5 is not UTF-8"));
  REQUIRE(Contains(Complaint("c.jsonl", "{\"text\": \"a\"}\n{\"text\": \"\xC0\x80\"}\n"), "c.jsonl:2: byte 11"));
}

TEST_CASE("a bad JSONL line is named, with the nearest field", "[corpus]") {
  const std::string good = "{\"text\": \"a\"}\n";
  REQUIRE(Contains(Complaint("c.jsonl", good + "{\"txt\": \"b\"}\n"),
                   "c.jsonl:2: field \"text\" is missing; did you mean corpus.field=txt?"));
  REQUIRE(Contains(Complaint("c.jsonl", good + good + "{\"text\": 3}\n"), "c.jsonl:3: field \"text\" is not a string"));
  REQUIRE(Contains(Complaint("c.jsonl", good + "[\"text\"]\n"), "c.jsonl:2: a JSON object is needed"));
  REQUIRE(Contains(Complaint("c.jsonl", good + "\n{\"text\": \"b\"\n"), "c.jsonl:3: not a line of JSON"));
  REQUIRE(Contains(Complaint("c.jsonl", "{\"text\": \"a\", \"text\": \"b\"}\n"), "c.jsonl:1: not a line of JSON"));
}

TEST_CASE("corpus settings that cannot work are usage errors", "[corpus]") {
  for (const CorpusConfig& config : {CorpusConfig{.source = ""}, CorpusConfig{.documents = 99},
                                     CorpusConfig{.held_out = 0.6}, CorpusConfig{.held_out = -0.1}}) {
    REQUIRE(ExitCode(LoadCorpus(config, SeedTree(1)).status()) == 2);
  }
}

}  // namespace
}  // namespace trivium
