// Mixtures, duplicates, lower case and ways to part documents.
#include <algorithm>

#include "stage1_language/corpus/corpus.h"
#include "stage1_language/corpus/document_text.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

using Texts = std::vector<std::string>;

CorpusConfig Of(const Texts& sources) {
  CorpusConfig config;
  config.sources = sources;
  config.held_out = 0;
  return config;
}

std::string Complaint(const CorpusConfig& config) { return Message(LoadCorpus(config, SeedTree(1)).status()); }

TEST_CASE("a mixture is its sources one behind the other, each cut off at its cap", "[corpus]") {
  const TempDir dir;
  Spill(dir / "a.txt", "a1\na2\na3\n");
  Spill(dir / "b.jsonl", "{\"text\": \"b1\"}\n{\"text\": \"b2\"}\n");
  CorpusConfig config = Of({(dir / "a.txt").string(), (dir / "b.jsonl").string()});
  REQUIRE(LoadCorpus(config, SeedTree(1))->training == Texts{" a1", " a2", " a3", " b1", " b2"});
  config.caps = {2, 0};
  const auto capped = LoadCorpus(config, SeedTree(1));
  REQUIRE(capped->training == Texts{" a1", " a2", " b1", " b2"});
  REQUIRE(capped->sources.size() == 2);
  REQUIRE(capped->sources[0].training == 2);
}

TEST_CASE("generated languages may stand in a mixture", "[corpus]") {
  CorpusConfig config = Of({"builtin", "constructed"});
  config.caps = {100, 150};
  config.held_out = 0.1;
  const auto corpus = LoadCorpus(config, SeedTree(1));
  REQUIRE(corpus->sources[0].training == 90);
  REQUIRE(corpus->sources[1].held_out == 15);
  REQUIRE(config.HasSource("constructed"));
  REQUIRE_FALSE(config.HasSource("reworded"));
}

TEST_CASE("duplicates up to case and white space are left out, within and across sources", "[corpus]") {
  const TempDir dir;
  Spill(dir / "a.txt", "The cat  sat.\nthe cat sat.\nA dog.\n");
  Spill(dir / "b.txt", " a  DOG. \nnew\n");
  CorpusConfig config = Of({(dir / "a.txt").string(), (dir / "b.txt").string()});
  const auto corpus = LoadCorpus(config, SeedTree(1));
  REQUIRE(corpus->training == Texts{" The cat sat .", " A dog .", " new"});
  REQUIRE(corpus->sources[0].duplicates == 1);
  REQUIRE(corpus->sources[1].duplicates == 1);
  REQUIRE(DescribeSources(corpus->sources).find("1 duplicates left out") != std::string::npos);
  config.spelled = false;
  REQUIRE(LoadCorpus(config, SeedTree(1))->training == Texts{" The cat  sat.", " A dog.", " new"});
  config.deduplicate = false;
  REQUIRE(LoadCorpus(config, SeedTree(1))->training.size() == 5);
}

TEST_CASE("lower case covers ASCII and Latin-1 letters and leaves the rest", "[corpus]") {
  std::string text = "ABC \xC3\x89\xC3\x97 \xCE\x91 z";
  LowerCase(&text);
  REQUIRE(text == "abc \xC3\xA9\xC3\x97 \xCE\x91 z");
}

TEST_CASE("plain text may be parted by lines, by blank lines or not at all", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt", "one\ntwo\n\n\nthree\n");
  CorpusConfig config;
  config.source = (dir / "c.txt").string();
  config.held_out = 0;
  REQUIRE(LoadCorpus(config, SeedTree(1))->training == Texts{" one", " two", " three"});
  config.documents_by = "blank_line";
  REQUIRE(LoadCorpus(config, SeedTree(1))->training == Texts{" one\ntwo", " three"});
  config.documents_by = "file";
  REQUIRE(LoadCorpus(config, SeedTree(1))->training == Texts{" one\ntwo\n\n\nthree"});
}

TEST_CASE("held-out documents come from every source", "[corpus]") {
  const TempDir dir;
  std::string a, b;
  for (int i = 0; i < 50; ++i) a += "a" + std::to_string(i) + "\n", b += "b" + std::to_string(i) + "\n";
  Spill(dir / "a.txt", a);
  Spill(dir / "b.txt", b);
  CorpusConfig config = Of({(dir / "a.txt").string(), (dir / "b.txt").string()});
  config.held_out = 0.1;
  const auto corpus = LoadCorpus(config, SeedTree(1));
  REQUIRE(corpus->held_out.size() == 10);
  REQUIRE(std::count_if(corpus->held_out.begin(), corpus->held_out.begin() + 4,
                        [](const std::string& text) { return text[1] == 'a'; }) == 2);
}

TEST_CASE("mixtures that cannot work say which key is wrong", "[corpus]") {
  const TempDir dir;
  Spill(dir / "a.txt", "a\n");
  const std::string a = (dir / "a.txt").string();
  CorpusConfig config = Of({a});
  config.source = a;
  REQUIRE(Complaint(config).find("both set") != std::string::npos);
  config = Of({a, "builtin"});
  config.weights = {1};
  REQUIRE(Complaint(config).find("corpus.weights has 1 entries") != std::string::npos);
  config.weights = {1, 0};
  REQUIRE(Complaint(config).find("above 0") != std::string::npos);
  config = Of({"builtin", "builtin"});
  REQUIRE(Complaint(config).find("twice") != std::string::npos);
  config = Of({});
  config.caps = {3};
  REQUIRE(Complaint(config).find("corpus.sources") != std::string::npos);
  config = Of({a, a});
  REQUIRE(Complaint(config).find("stand in the sources before it") != std::string::npos);
  config = Of({a});
  config.documents_by = "page";
  REQUIRE(Complaint(config).find("choose line") != std::string::npos);
}

}  // namespace
}  // namespace trivium
