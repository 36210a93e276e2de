// Hostile tokenizer models: built field by field, cut, and mutated at random.
#include "core/text/tokenizer_walker.h"

#include <cstring>
#include <limits>

#include "core/base/seed_tree.h"
#include "core/text/tokenizer.h"
#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string Number(uint64_t field, uint64_t value) { return Varint(field << 3) + Varint(value); }
std::string MessageField(uint64_t field, const std::string& bytes) {
  return Varint(field << 3 | 2) + Varint(bytes.size()) + bytes;
}
std::string Float(uint64_t field, float value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return Varint(field << 3 | 5) + bytes;
}

constexpr uint64_t kPieces = 1, kTrainer = 2, kNormalizer = 3, kDenormalizer = 5;

std::string Piece(const std::string& text) { return MessageField(kPieces, MessageField(1, text) + Float(2, -1.5f)); }
std::string Trainer() { return MessageField(kTrainer, Number(3, 2) + Number(35, 1)); }
std::string NormalizerFields() { return MessageField(1, "identity") + Number(3, 0) + Number(4, 0); }
std::string Normalizer() { return MessageField(kNormalizer, NormalizerFields()); }

// The reason why the walker refuses a model; "" if it does not.
std::string Refusal(const std::string& model) {
  const absl::Status status = WalkTokenizerModel(model);
  if (status.ok()) return "";
  REQUIRE(ExitCode(status) == 3);
  return trivium::Message(status);
}

TEST_CASE("a plain model passes the walker", "[text]") {
  REQUIRE(Refusal(Piece("a") + Piece("\xE2\x96\x81the") + Trainer() + Normalizer()).empty());
  REQUIRE(Refusal(BuiltinTokenizer().bytes()).empty());
}

TEST_CASE("a model with a precompiled character map is refused wherever it hides", "[text]") {
  const std::string map = MessageField(2, std::string(16, '\x7f'));
  const std::string reason = "precompiled character map";
  const std::string front = Piece("a") + Trainer();
  REQUIRE(Refusal(front + MessageField(kNormalizer, NormalizerFields() + map)).find(reason) != std::string::npos);
  REQUIRE(Refusal(front + MessageField(kNormalizer, MessageField(2, "") + NormalizerFields() + map)).find(reason) !=
          std::string::npos);
  REQUIRE(Refusal(front + Normalizer() + MessageField(kDenormalizer, map)).find(reason) != std::string::npos);
  REQUIRE_FALSE(Refusal(front + Normalizer() + MessageField(kNormalizer, map)).empty());
  // Protocol buffers drop the upper bits of a tag that is longer than 32 bits.
  const std::string wide_tag = Varint((uint64_t{1} << 32) | (2 << 3) | 2) + Varint(16) + std::string(16, '\x7f');
  REQUIRE_FALSE(Refusal(front + MessageField(kNormalizer, NormalizerFields() + wide_tag)).empty());
  const std::string wide_model = Varint((uint64_t{1} << 32) | (kNormalizer << 3) | 2) + Varint(map.size()) + map;
  REQUIRE_FALSE(Refusal(front + Normalizer() + wide_model).empty());
}

TEST_CASE("odd pieces are refused", "[text]") {
  const std::string rest = Trainer() + Normalizer();
  const auto with = [&](const std::string& fields) {
    return Refusal(Piece("a") + MessageField(kPieces, fields) + rest);
  };
  REQUIRE(with(MessageField(1, std::string(512, 'x')) + Float(2, 0)).empty());
  REQUIRE_FALSE(with(MessageField(1, std::string(513, 'x')) + Float(2, 0)).empty());
  REQUIRE_FALSE(with(MessageField(1, std::string(1 << 20, 'x')) + Float(2, 0)).empty());
  REQUIRE_FALSE(with(MessageField(1, "") + Float(2, 0)).empty());
  REQUIRE_FALSE(with(Float(2, 0)).empty());
  REQUIRE_FALSE(with(MessageField(1, "\xFF\xFE")).empty());
  REQUIRE_FALSE(with(MessageField(1, std::string("a\0b", 3))).empty());
  REQUIRE_FALSE(with(MessageField(1, "b") + Float(2, std::numeric_limits<float>::quiet_NaN())).empty());
  REQUIRE_FALSE(with(MessageField(1, "b") + Float(2, std::numeric_limits<float>::infinity())).empty());
  REQUIRE_FALSE(with(MessageField(1, "b") + Number(2, 1)).empty());
  for (uint64_t type : {4, 5, 7, 100}) REQUIRE_FALSE(with(MessageField(1, "b") + Number(3, type)).empty());
}

TEST_CASE("more than 200,000 pieces are refused", "[text]") {
  std::string model = Trainer() + Normalizer();
  for (int i = 0; i < 200'001; ++i) model += Piece("a");
  REQUIRE(Refusal(model).find("200,000") != std::string::npos);
}

TEST_CASE("a model that would change the text or cannot encode all of it is refused", "[text]") {
  const auto with = [](const std::string& trainer, const std::string& normalizer) {
    return Refusal(Piece("a") + MessageField(kTrainer, trainer) + MessageField(kNormalizer, normalizer));
  };
  const std::string trainer = Number(3, 2) + Number(35, 1);
  REQUIRE(with(trainer, NormalizerFields()).empty());
  REQUIRE(with(Number(3, 1) + Number(35, 1), NormalizerFields()).find("BPE") != std::string::npos);
  REQUIRE(with(Number(35, 1), NormalizerFields()).find("BPE") != std::string::npos);
  REQUIRE(with(Number(3, 2), NormalizerFields()).find("byte_fallback") != std::string::npos);
  REQUIRE_FALSE(with(trainer + Number(24, 1), NormalizerFields()).empty());
  REQUIRE(with(trainer, Number(4, 0)).find("add_dummy_prefix") != std::string::npos);
  REQUIRE(with(trainer, Number(3, 0) + Number(4, 0) + Number(3, 1)).find("add_dummy_prefix") != std::string::npos);
  REQUIRE(with(trainer, Number(3, 0)).find("remove_extra_whitespaces") != std::string::npos);
  REQUIRE_FALSE(with(trainer, NormalizerFields() + Number(5, 0)).empty());
}

TEST_CASE("a model lacking a part is refused", "[text]") {
  REQUIRE_FALSE(Refusal("").empty());
  REQUIRE_FALSE(Refusal(Trainer() + Normalizer()).empty());
  REQUIRE_FALSE(Refusal(Piece("a") + Normalizer()).empty());
  REQUIRE_FALSE(Refusal(Piece("a") + Trainer()).empty());
  REQUIRE_FALSE(Refusal(std::string(100, '\xFF')).empty());
  REQUIRE_FALSE(Refusal("just some text").empty());
  // Well-formed for the walker, but without the special and byte pieces: the library's own check.
  REQUIRE(ExitCode(Tokenizer::FromBytes(Piece("a") + Trainer() + Normalizer()).status()) == 3);
}

TEST_CASE("a model cut anywhere is refused", "[text]") {
  const std::string& model = BuiltinTokenizer().bytes();
  for (size_t length = 0; length < model.size(); length += 1 + length / 40) {
    INFO(length);
    REQUIRE(ExitCode(Tokenizer::FromBytes(model.substr(0, length)).status()) == 3);
  }
}

TEST_CASE("3,000 random mutations of a model never crash", "[text]") {
  const auto small =
      Tokenizer::Train({" the friend of ada is abel .", " who is the boss of alan ?"}, {.vocab_size = 320});
  REQUIRE(small.ok());
  Rng rng(11);
  int refused = 0, loaded = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string model = small->bytes();
    for (uint64_t changes = 1 + rng.Below(4); changes > 0; --changes) {
      const size_t at = rng.Below(model.size());
      switch (rng.Below(4)) {
        case 0:
          model[at] = static_cast<char>(rng.Next());
          break;
        case 1:
          model[at] = static_cast<char>(model[at] ^ (1 << rng.Below(8)));
          break;
        case 2:
          model.erase(at, 1 + rng.Below(8));
          break;
        default:
          model.insert(at, model.substr(rng.Below(model.size()), rng.Below(16)));
          break;
      }
    }
    const auto tokenizer = Tokenizer::FromBytes(model);
    if (!tokenizer.ok()) {
      REQUIRE(ExitCode(tokenizer.status()) == 3);
      ++refused;
      continue;
    }
    ++loaded;
    const std::string text = " the friend of zo\xC3\xAB is <s> 42 \xF0\x9F\x98\x80";
    const std::vector<int32_t> ids = tokenizer->Encode(text);
    for (int32_t id : ids) REQUIRE((id >= 0 && id < tokenizer->vocab_size()));
    tokenizer->Decode(ids);
    tokenizer->EncodeWords(text);
    REQUIRE((tokenizer->bos() >= 0 && tokenizer->pad() >= 0));
  }
  REQUIRE(refused > 500);
  REQUIRE(loaded > 100);
}

}  // namespace
}  // namespace trivium
