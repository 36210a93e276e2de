// Tokenizers taken apart and put together give the same ids.
#include "core/text/tokenizer_model.h"

#include "core/base/seed_tree.h"
#include "core/text/proto_fields.h"
#include "core/text/tokenizer.h"
#include "tests/harness/builtin_tokenizer.h"
#include "tests/test.h"

namespace trivium {
namespace {

const std::vector<std::string>& Texts() {
  static const std::vector<std::string> kTexts = [] {
    std::vector<std::string> list = {"",
                                     " ",
                                     "  ",
                                     "a",
                                     "\n\t",
                                     "\xE6\xBC\xA2",
                                     "\xF0\x9F\x99\x82 ok",
                                     "<s>",
                                     "<0x41>",
                                     "12 345",
                                     " the friend of ann is bob .",
                                     "\xE2\x96\x81"};
    Rng rng(4);
    const std::vector<std::string> parts = {" the", "friend", " ", "?", "\xC3\xA9", "7", " is", "xq", ".", "someone"};
    while (list.size() < 300) {
      std::string text;
      for (uint64_t i = rng.Below(12); i > 0; --i) text += parts[rng.Below(parts.size())];
      list.push_back(text);
    }
    return list;
  }();
  return kTexts;
}

SpecialPieces SpecialOf(const Tokenizer& tokenizer) {
  return {.unk = tokenizer.unk(), .bos = tokenizer.bos(), .eos = tokenizer.eos(), .pad = tokenizer.pad()};
}

// The same model with the dummy prefix set to `value`, or without the field.
std::string WithDummyPrefix(const std::string& model, int value) {
  std::string changed;
  REQUIRE(WalkProto(model, [&](const ProtoField& field) -> absl::Status {
            if (field.number != 3) return AppendProtoField(field, changed), absl::OkStatus();
            std::string inner;
            RETURN_IF_ERROR(WalkProto(field.bytes, [&](const ProtoField& part) -> absl::Status {
              if (part.number != 3) AppendProtoField(part, inner);
              return absl::OkStatus();
            }));
            if (value >= 0) AppendProtoVarint(3, static_cast<uint64_t>(value), inner);
            return AppendProtoBytes(3, inner, changed), absl::OkStatus();
          }).ok());
  return changed;
}

TEST_CASE("a tokenizer rebuilt from its pieces gives the same ids and texts", "[text]") {
  const Tokenizer& tokenizer = BuiltinTokenizer();
  const auto model = BuildTokenizerModel(PiecesOf(tokenizer), SpecialOf(tokenizer));
  REQUIRE(model.ok());
  const auto rebuilt = Tokenizer::FromBytes(*model);
  REQUIRE(rebuilt.ok());
  REQUIRE(rebuilt->vocab_size() == tokenizer.vocab_size());
  REQUIRE(rebuilt->unk() == tokenizer.unk());
  REQUIRE(rebuilt->bos() == tokenizer.bos());
  REQUIRE(rebuilt->eos() == tokenizer.eos());
  REQUIRE(rebuilt->pad() == tokenizer.pad());
  for (const std::string& text : Texts()) {
    INFO(text);
    REQUIRE(rebuilt->Encode(text) == tokenizer.Encode(text));
    REQUIRE(rebuilt->Decode(tokenizer.Encode(text)) == tokenizer.Decode(tokenizer.Encode(text)));
  }
}

TEST_CASE("special ids beyond the pieces are refused", "[text]") {
  SpecialPieces special = SpecialOf(BuiltinTokenizer());
  special.bos = static_cast<int32_t>(BuiltinTokenizer().vocab_size());
  REQUIRE(ExitCode(BuildTokenizerModel(PiecesOf(BuiltinTokenizer()), special).status()) == 3);
}

TEST_CASE("a dummy prefix is turned off and nothing else changes", "[text]") {
  const Tokenizer& tokenizer = BuiltinTokenizer();
  REQUIRE(*WithoutDummyPrefix(tokenizer.bytes()) == tokenizer.bytes());
  for (const int value : {1, -1}) {
    const std::string adding = WithDummyPrefix(tokenizer.bytes(), value);
    REQUIRE_FALSE(Tokenizer::FromBytes(adding).ok());
    const auto plain = WithoutDummyPrefix(adding);
    REQUIRE(plain.ok());
    const auto loaded = Tokenizer::FromBytes(*plain);
    REQUIRE(loaded.ok());
    for (const std::string& text : Texts()) REQUIRE(loaded->Encode(text) == tokenizer.Encode(text));
  }
  REQUIRE(ExitCode(WithoutDummyPrefix("\xFF\xFF").status()) == 3);
}

}  // namespace
}  // namespace trivium
