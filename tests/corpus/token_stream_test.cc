// Packing documents into blocks: shape, order, repeatability.
#include "stage1_language/tokens/token_stream.h"

#include <algorithm>
#include <set>

#include "stage1_language/tokens/token_store.h"
#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

const std::vector<std::string>& ThreeDocuments() {
  static const std::vector<std::string> kTexts = {" the friend of ada is abel .", " 2 blip 3 is 4 .",
                                                  " ada is taller than adam . adam is who ?"};
  return kTexts;
}

TokenStream Stream(int64_t block_tokens, uint64_t seed = 1) {
  return TokenStream::Build(ThreeDocuments(), BuiltinTokenizer(), block_tokens, SeedTree(seed)).value();
}

std::vector<int64_t> AllIds() {
  std::vector<int64_t> ids;
  for (const std::string& document : ThreeDocuments()) {
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
  for (const std::string& document : ThreeDocuments()) bytes += static_cast<double>(document.size());
  REQUIRE(Stream(4).bytes_per_token() == Approx(bytes / static_cast<double>(AllIds().size() - 3)));
}

TEST_CASE("a corpus smaller than a block is a usage error", "[corpus]") {
  const auto size = static_cast<int64_t>(AllIds().size());
  for (int64_t block_tokens : {size, size + 1, int64_t{0}, int64_t{-3}}) {
    const auto stream = TokenStream::Build(ThreeDocuments(), BuiltinTokenizer(), block_tokens, SeedTree(1));
    REQUIRE(ExitCode(stream.status()) == 2);
  }
  REQUIRE(ExitCode(TokenStream::Build({}, BuiltinTokenizer(), 4, SeedTree(1)).status()) == 2);
}

TokenStream Packed(const StreamConfig& config) {
  return TokenStream::Build(TokenStore::Encode(ThreeDocuments(), BuiltinTokenizer()), BuiltinTokenizer(), config,
                            SeedTree(1))
      .value();
}

TEST_CASE("packed by documents, no row crosses from one document to the next", "[corpus]") {
  const TokenStream stream = Packed({.block_tokens = 5, .pack = "documents"});
  const std::vector<int64_t> ids = AllIds();
  const int64_t bos = BuiltinTokenizer().bos();
  for (int64_t step = 0; step < 50; ++step) {
    const TokenBatch batch = stream.TrainingBatch(step, 3);
    REQUIRE(batch.tokens <= 5);
    int64_t counted = 0;
    for (int64_t row = 0; row < batch.items; ++row) {
      const auto begin = batch.targets.begin() + row * batch.tokens;
      const auto end = std::find(begin, begin + batch.tokens, kIgnoredToken);
      REQUIRE(std::count(begin, end, bos) == 0);
      REQUIRE(std::search(ids.begin(), ids.end(), begin, end) != ids.end());
      REQUIRE(batch.inputs[static_cast<size_t>(row * batch.tokens)] == bos);
      REQUIRE(std::count(end, begin + batch.tokens, kIgnoredToken) == begin + batch.tokens - end);
      counted += end - begin;
    }
    REQUIRE(batch.counted == counted);
  }
}

TEST_CASE("noise and mask change inputs at their rates and never targets", "[corpus]") {
  const TokenStream clean = Packed({.block_tokens = 8}),
                    noisy = Packed({.block_tokens = 8, .token_noise = 0.2, .token_mask = 0.1});
  const int64_t unk = BuiltinTokenizer().unk();
  double masked = 0, changed = 0, all = 0;
  for (int64_t step = 0; step < 200; ++step) {
    const TokenBatch a = clean.TrainingBatch(step, 8), b = noisy.TrainingBatch(step, 8);
    REQUIRE(a.targets == b.targets);
    for (size_t i = 0; i < a.inputs.size(); ++i) {
      if (a.inputs[i] == BuiltinTokenizer().bos()) REQUIRE(b.inputs[i] == a.inputs[i]);
      if (a.inputs[i] == BuiltinTokenizer().bos()) continue;
      all += 1;
      masked += b.inputs[i] == unk;
      changed += b.inputs[i] != a.inputs[i] && b.inputs[i] != unk;
    }
  }
  REQUIRE(masked / all == Approx(0.1).margin(0.01));
  REQUIRE(changed / all == Approx(0.2).margin(0.015));
}

TEST_CASE("weights decide how often a source's rows are drawn", "[corpus]") {
  const TokenStream stream = Packed({.block_tokens = 4, .sources = {{.documents = 2, .weight = 3}, {.documents = 1}}});
  const TokenStore store = TokenStore::Encode(ThreeDocuments(), BuiltinTokenizer());
  std::vector<int64_t> second;
  store.Append(store.Begin(2), store.tokens() - store.Begin(2), &second);
  double of_second = 0;
  for (int64_t step = 0; step < 100; ++step) {
    const std::vector<int64_t> rows = stream.Batch(step, 10);
    for (auto row = rows.begin(); row != rows.end(); row += 5) {
      of_second += std::search(second.begin(), second.end(), row, row + 5) != second.end();
    }
  }
  REQUIRE(of_second / 1000 == Approx(0.25).margin(0.05));
}

}  // namespace
}  // namespace trivium
