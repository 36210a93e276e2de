// A million damaged inputs for each parser of files: none may crash, hang or read beyond its bytes, and what is
// accepted must be usable. Mutations of good inputs, a pure function of the seed. TRIVIUM_FUZZ_RUNS changes the number;
// run it under the asan preset after changing a parser.
#include <cstdlib>
#include <functional>
#include <string_view>

#include "core/artifact/manifest.h"
#include "core/artifact/safetensors.h"
#include "core/base/seed_tree.h"
#include "core/config/config_loader.h"
#include "core/config/key_table.h"
#include "core/text/tokenizer_walker.h"
#include "stage1_language/interop/gguf.h"
#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr int64_t kRuns = 1000000;

int64_t Runs() {
  const char* wish = std::getenv("TRIVIUM_FUZZ_RUNS");
  return wish == nullptr ? kRuns : std::atoll(wish);
}

// One change: a bit, a byte of a kind that parsers care about, a part left out, doubled, moved or cut off at the end.
void Damage(const std::vector<std::string>& seeds, std::string* bytes, Rng& rng) {
  static constexpr char kTellingBytes[] = "\0\xFF\x7F\x80\x01\"{}[],:\\-.eE0 9\n#&*|>'%@`\t\r";
  static constexpr std::string_view kTelling(kTellingBytes, sizeof(kTellingBytes) - 1);
  if (bytes->empty()) {
    *bytes = rng.Pick(seeds);
    return;
  }
  const size_t at = rng.Below(bytes->size());
  const size_t length = std::min<size_t>(1 + rng.Below(1 + rng.Below(32)), bytes->size() - at);
  switch (rng.Below(8)) {
    case 0:
    case 1:
      (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << rng.Below(8)));
      break;
    case 2:
    case 3:
      (*bytes)[at] = kTelling[rng.Below(kTelling.size())];
      break;
    case 4:
      bytes->erase(at, length);
      break;
    case 5:
      bytes->insert(rng.Below(bytes->size()), bytes->substr(at, length));
      break;
    case 6: {
      const std::string& other = rng.Pick(seeds);
      const size_t from = rng.Below(other.size());
      bytes->replace(at, length, other.substr(from, length));
      break;
    }
    default:
      bytes->resize(at);
  }
}

// Returns how many were accepted: if none or all were, the mutations would test nothing.
int64_t Fuzz(const std::vector<std::string>& seeds, const std::function<bool(const std::string&)>& parse) {
  Rng rng(11);
  int64_t accepted = 0;
  for (int64_t run = 0; run < Runs(); ++run) {
    std::string bytes = rng.Pick(seeds);
    for (uint64_t changes = 1 + rng.Below(4); changes > 0; --changes) Damage(seeds, &bytes, rng);
    // A copy of exactly this size, so that address sanitizer sees a read of one byte too many.
    accepted += parse(std::string(bytes.data(), bytes.size()));
  }
  return accepted;
}

std::string Tensors(int count) {
  static const std::vector<float> kValues = {1, 2, 3, 4, 5, 6};
  std::vector<TensorSpec> tensors;
  for (int i = 0; i < count; ++i) {
    tensors.push_back({.name = "t" + std::to_string(i),
                       .dtype = DType::kF32,
                       .shape = {2, 3},
                       .data = std::as_bytes(std::span<const float>(kValues))});
  }
  return WriteSafetensors(tensors, {{"format", "pt"}}).value();
}

TEST_CASE("fuzz: safetensors", "[fuzz]") {
  const int64_t accepted = Fuzz({Tensors(0), Tensors(1), Tensors(3)}, [](const std::string& bytes) {
    const auto view = ParseSafetensors(bytes);
    if (!view.ok()) return false;
    unsigned sum = 0;  // every byte that is promised can be read
    for (const TensorSpec& tensor : view->tensors) {
      for (const std::byte byte : tensor.data) sum += std::to_integer<unsigned>(byte);
    }
    return sum != 1;
  });
  REQUIRE(accepted > 0);
  REQUIRE(accepted < Runs());
}

TEST_CASE("fuzz: gguf", "[fuzz]") {
  static const std::vector<float> kValues = {1, 2, 3, 4};
  const std::vector<TensorSpec> tensors = {{.name = "a.weight",
                                            .dtype = DType::kF32,
                                            .shape = {2, 2},
                                            .data = std::as_bytes(std::span<const float>(kValues))}};
  const GgufKeys keys = {{"general.architecture", GgufText("llama")},
                         {"n", GgufU32(7)},
                         {"texts", GgufTexts({"", "the", "b"})},
                         {"reals", GgufF32s({0.5f, -1})},
                         {"flag", GgufBool(true)}};
  const int64_t accepted =
      Fuzz({WriteGguf(keys, tensors).value(), WriteGguf({}, tensors).value(), WriteGguf(keys, {}).value()},
           [](const std::string& bytes) {
             const auto view = ParseGguf(bytes);
             if (!view.ok()) return false;
             for (const auto& [key, value] : view->keys) {
               (void)GgufStrings(*view, key);
               (void)GgufFloats(*view, key);
               (void)GgufInteger(*view, key, 0, 100);
               (void)GgufString(*view, key);
             }
             return true;
           });
  REQUIRE(accepted > 0);
  REQUIRE(accepted < Runs());
}

TEST_CASE("fuzz: manifest", "[fuzz]") {
  Manifest manifest{.kind = "frozen_lm", .files = {}, .metadata = {{"origin", "trained"}, {"steps", 3}}};
  manifest.files["model.safetensors"] = {.bytes = 12, .sha256 = std::string(64, 'a')};
  const std::string one = RenderManifest(manifest).value();
  manifest.files["b.json"] = {.bytes = 0, .sha256 = std::string(64, '0')};
  manifest.metadata = nlohmann::json::object();
  const int64_t accepted = Fuzz({one, RenderManifest(manifest).value()}, [](const std::string& bytes) {
    const auto parsed = ParseManifest(bytes);
    return parsed.ok() && RenderManifest(*parsed).ok();
  });
  REQUIRE(accepted > 0);
  REQUIRE(accepted < Runs());
}

TEST_CASE("fuzz: config", "[fuzz]") {
  const std::vector<std::string> seeds = {"a: 3\nb: {x: 1.5, name: \"q\"}\nlist: [a, b]\n",
                                          "b:\n  x: 2e-3\n  name: plain text\nints: [1, 2]\n", "a: 0x1F # note\n"};
  int64_t a = 0;
  double x = 0;
  std::string name;
  std::vector<std::string> list;
  std::vector<int64_t> ints;
  KeyTable table;
  table.Add("a", &a, {.help = "a", .min = 0, .max = 100});
  table.Add("b.x", &x, {.help = "x"});
  table.Add("b.name", &name, {.help = "name"});
  table.Add("list", &list, {.help = "list"});
  table.Add("ints", &ints, {.help = "ints"});
  const int64_t accepted =
      Fuzz(seeds, [&](const std::string& bytes) { return LoadConfigText(table, bytes, "fuzz").ok(); });
  REQUIRE(accepted > 0);
  REQUIRE(accepted < Runs());
}

TEST_CASE("fuzz: tokenizer", "[fuzz]") {
  // A small vocabulary, so that most changes hit structure and not the text of a piece.
  TokenizerConfig config;
  config.vocab_size = 300;
  const std::string model = Tokenizer::Train({" the friend of ada is abel .", " 2 blip 3"}, config)->bytes();
  int64_t loaded = 0;
  const int64_t accepted = Fuzz({model}, [&loaded](const std::string& bytes) {
    if (!WalkTokenizerModel(bytes).ok()) return false;
    // What the walker lets through, the library must survive; loading is slow, so a sample of them.
    if (++loaded % 200 == 0) {
      const auto tokenizer = Tokenizer::FromBytes(bytes);
      if (tokenizer.ok()) (void)tokenizer->Decode(tokenizer->Encode(" the friend \xF0\x9F\x98\x80 of 12"));
    }
    return true;
  });
  REQUIRE(accepted > 0);
  REQUIRE(accepted < Runs());
}

}  // namespace
}  // namespace trivium
