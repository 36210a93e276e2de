// Packing documents into blocks: shape, order, repeatability.
#include "stage1_language/token_stream.h"

#include <algorithm>
#include <set>

#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

const std::vector<std::string>& Documents() {
  static const std::vector<std::string> documents = {" the friend of ada is abel .", " 2 blip 3 is 4 .",
                                                     " ada is taller than adam . adam is who ?"};
  return documents;
}

TokenStream Stream(int64_t block_tokens, uint64_t seed = 1) {
  return TokenStream::Build(Documents(), BuiltinTokenizer(), block_tokens, SeedTree(seed)).value();
}

std::vector<int64_t> AllIds() {
  std::vector<int64_t> ids;
  for (const std::string& document : Documents()) {
    ids.push_back(BuiltinTokenizer().bos());
    for (int32_t id : BuiltinTokenizer().Encode(document)) ids.push_back(id);
  }
  return ids;
}

TEST_CASE("a token stream is the documents with bos before each", "[corpus]") {
  const std::vector<int64_t> ids = AllIds();
  const auto size = static_cast<int64_t>(ids.size());
  REQUIRE(Stream(4).tokens() == size);
  REQUIRE(Stream(size - 1).Blocks(10) == ids);
}

TEST_CASE("evaluation blocks follow each other without overlap", "[corpus]") {
  const std::vector<int64_t> ids = AllIds();
  const std::vector<int64_t> blocks = Stream(4).Blocks(1000);
  REQUIRE(blocks.size() == ids.size() / 5 * 5);
  REQUIRE(std::equal(blocks.begin(), blocks.end(), ids.begin()));
  REQUIRE(Stream(4).Blocks(2) == std::vector<int64_t>(ids.begin(), ids.begin() + 10));
}

TEST_CASE("each row of a batch is a stretch of the stream", "[corpus]") {
  const std::vector<int64_t> ids = AllIds();
  const std::vector<int64_t> batch = Stream(4).Batch(7, 50);
  REQUIRE(batch.size() == 50 * 5);
  for (size_t row = 0; row < 50; ++row) {
    const auto begin = batch.begin() + static_cast<int64_t>(row * 5);
    REQUIRE(std::search(ids.begin(), ids.end(), begin, begin + 5) != ids.end());
  }
}

TEST_CASE("batches reach every start of the stream, the last one too", "[corpus]") {
  const std::vector<int64_t> ids = AllIds();
  const auto block = static_cast<int64_t>(ids.size()) - 2;  // two starts
  std::set<std::vector<int64_t>> rows;
  for (int64_t step = 0; step < 40; ++step) rows.insert(Stream(block).Batch(step, 1));
  REQUIRE(rows.size() == 2);
}

TEST_CASE("a batch is a function of seed and step alone", "[corpus]") {
  const TokenStream stream = Stream(6);
  const std::vector<int64_t> fifth = stream.Batch(5, 32);
  REQUIRE(fifth != stream.Batch(6, 32));
  REQUIRE(fifth == stream.Batch(5, 32));
  REQUIRE(fifth == Stream(6).Batch(5, 32));
  REQUIRE(fifth != Stream(6, 2).Batch(5, 32));
}

TEST_CASE("bytes per token count the text without bos", "[corpus]") {
  double bytes = 0;
  for (const std::string& document : Documents()) bytes += static_cast<double>(document.size());
  REQUIRE(Stream(4).bytes_per_token() == Approx(bytes / static_cast<double>(AllIds().size() - 3)));
}

TEST_CASE("a corpus smaller than a block is a usage error", "[corpus]") {
  const auto size = static_cast<int64_t>(AllIds().size());
  for (int64_t block_tokens : {size, size + 1, int64_t{0}, int64_t{-3}}) {
    const auto stream = TokenStream::Build(Documents(), BuiltinTokenizer(), block_tokens, SeedTree(1));
    REQUIRE(ExitCode(stream.status()) == 2);
  }
  REQUIRE(ExitCode(TokenStream::Build({}, BuiltinTokenizer(), 4, SeedTree(1)).status()) == 2);
}

}  // namespace
}  // namespace trivium
