// Token ids in memory and in the cache: the same ids, and nothing damaged is ever used.
#include "stage1_language/tokens/token_store.h"

#include <filesystem>

#include "tests/harness/builtin_tokenizer.h"
#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {
namespace {

const std::vector<std::string>& SomeDocuments() {
  static const std::vector<std::string> kTexts = {" the friend of ada is abel .", "", " 2 blip 3 is 4 ."};
  return kTexts;
}

std::vector<int64_t> Ids(const TokenStore& store) {
  std::vector<int64_t> ids;
  store.Append(0, store.tokens(), &ids);
  return ids;
}

std::filesystem::path TokensFile(const std::filesystem::path& cache) {
  return std::filesystem::directory_iterator(cache)->path() / "tokens.bin";
}

TEST_CASE("a token store is each document's ids behind bos", "[corpus]") {
  const TokenStore store = TokenStore::Encode(SomeDocuments(), BuiltinTokenizer());
  std::vector<int64_t> wanted;
  for (size_t i = 0; i < SomeDocuments().size(); ++i) {
    REQUIRE(store.Begin(static_cast<int64_t>(i)) == static_cast<int64_t>(wanted.size()));
    wanted.push_back(BuiltinTokenizer().bos());
    for (const int32_t id : BuiltinTokenizer().Encode(SomeDocuments()[i])) wanted.push_back(id);
  }
  REQUIRE(Ids(store) == wanted);
  REQUIRE(store.Begin(3) == store.tokens());
  REQUIRE_FALSE(store.is_mapped());
}

TEST_CASE("the cache gives the same ids, from the second run on without encoding", "[corpus]") {
  const TempDir dir;
  std::vector<std::string> first_notes, second_notes;
  const TokenStore plain = TokenStore::Encode(SomeDocuments(), BuiltinTokenizer());
  const TokenStore first = TokenStore::Cached(dir.path(), SomeDocuments(), BuiltinTokenizer(), &first_notes);
  const TokenStore second = TokenStore::Cached(dir.path(), SomeDocuments(), BuiltinTokenizer(), &second_notes);
  REQUIRE(Ids(first) == Ids(plain));
  REQUIRE(Ids(second) == Ids(plain));
  REQUIRE(second.is_mapped());
  REQUIRE(second.bytes_per_token() == plain.bytes_per_token());
  REQUIRE(first_notes.back().find("kept in") != std::string::npos);
  REQUIRE(second_notes.back().find("token ids from") != std::string::npos);
}

TEST_CASE("other documents never get a cache that is not theirs", "[corpus]") {
  const TempDir dir;
  std::vector<std::string> notes;
  TokenStore::Cached(dir.path(), SomeDocuments(), BuiltinTokenizer(), &notes);
  const std::vector<std::string> other = {" the friend of ada is abel . ", "", "2 blip 3 is 4 ."};
  REQUIRE(Ids(TokenStore::Cached(dir.path(), other, BuiltinTokenizer(), &notes)) ==
          Ids(TokenStore::Encode(other, BuiltinTokenizer())));
}

TEST_CASE("a damaged cache is made anew, whichever byte was changed", "[corpus]") {
  const TempDir dir;
  std::vector<std::string> notes;
  const std::vector<int64_t> ids = Ids(TokenStore::Cached(dir.path(), SomeDocuments(), BuiltinTokenizer(), &notes));
  const std::string good = Slurp(TokensFile(dir.path()));
  for (size_t at = 0; at < good.size(); at += 5) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    Spill(TokensFile(dir.path()), bad);
    notes.clear();
    REQUIRE(Ids(TokenStore::Cached(dir.path(), SomeDocuments(), BuiltinTokenizer(), &notes)) == ids);
    REQUIRE(notes.front().find("made anew") != std::string::npos);
    REQUIRE(Slurp(TokensFile(dir.path())) == good);
  }
}

TEST_CASE("a cache that cannot be written costs a note, not the run", "[corpus]") {
  const TempDir dir;
  Spill(dir / "file", "in the way");
  std::vector<std::string> notes;
  const TokenStore store = TokenStore::Cached(dir / "file", SomeDocuments(), BuiltinTokenizer(), &notes);
  REQUIRE(store.documents() == 3);
  REQUIRE(notes.back().find("not kept") != std::string::npos);
}

}  // namespace
}  // namespace trivium
