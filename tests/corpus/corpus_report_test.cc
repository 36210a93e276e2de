// The figures of a corpus against a count by hand.
#include "stage1_language/corpus/corpus_report.h"

#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

Corpus Small() {
  Corpus corpus;
  corpus.training = {" ada is red .", " ada is kind . ada is red .", " qqq ."};
  corpus.held_out = {" ada is zzz .", " qqq ."};
  corpus.sources = {{.name = "small", .training = 3, .held_out = 2}};
  corpus.sha256 = "abc";
  return corpus;
}

TEST_CASE("counts, lengths and frequencies of words", "[corpus]") {
  const CorpusReport report = DescribeCorpus(Small(), BuiltinTokenizer());
  REQUIRE(report.training == 3);
  REQUIRE(report.held_out == 2);
  REQUIRE(report.words == 14);
  REQUIRE(report.types.size() == 6);
  REQUIRE(report.types[0].word == ".");
  REQUIRE(report.types[0].count == 4);
  REQUIRE(report.types[1].word == "ada");
  REQUIRE(report.types[2].word == "is");
  REQUIRE(report.words_per_document.min == 2);
  REQUIRE(report.words_per_document.median == 4);
  REQUIRE(report.words_per_document.max == 8);
  REQUIRE(report.whole_words == 13);  // all but qqq
  REQUIRE(report.held_out_words == 6);
  REQUIRE(report.held_out_known == 5);
  REQUIRE(report.held_out_documents_known == 1);
  REQUIRE(report.zipf_exponent > 0);
}

TEST_CASE("the Zipf table names rank, count and word, quoted where needed", "[corpus]") {
  CorpusReport report;
  report.types = {{"a", 3}, {"\"b,", 1}};
  REQUIRE(ZipfCsv(report) == "rank,count,word\n1,3,a\n2,1,\"\"\"b,\"\n");
}

TEST_CASE("an exact power law has its exponent", "[corpus]") {
  Corpus corpus;
  for (int rank = 1; rank <= 8; ++rank) {
    for (int i = 0; i < 840 / rank; ++i) corpus.training.push_back(" w" + std::to_string(rank));
  }
  const CorpusReport report = DescribeCorpus(corpus, BuiltinTokenizer());
  REQUIRE(report.zipf_exponent == Approx(1.0).margin(0.01));
}

}  // namespace
}  // namespace trivium
