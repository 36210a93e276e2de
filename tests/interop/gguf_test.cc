// GGUF over bytes: exact layout, round trips, and every kind of damage.
#include "stage1_language/interop/gguf.h"

#include <cstring>
#include <functional>

#include "core/base/seed_tree.h"
#include "tests/test.h"

namespace trivium {
namespace {

const std::vector<float> kSmall = {1.0f, -2.5f, 3.0f, 0.0f, 5.0f, 6.0f};
const std::vector<uint16_t> kHalves = {0x3c00, 0xc000, 0x0001};

std::vector<TensorSpec> SomeTensors() {
  return {{.name = "a.weight", .dtype = DType::kF32, .shape = {2, 3}, .data = std::as_bytes(std::span(kSmall))},
          {.name = "b.weight", .dtype = DType::kBF16, .shape = {3}, .data = std::as_bytes(std::span(kHalves))},
          {.name = "c.weight", .dtype = DType::kF16, .shape = {1, 1, 3}, .data = std::as_bytes(std::span(kHalves))}};
}

GgufKeys SomeKeys() {
  return {{"general.architecture", GgufText("llama")},
          {"number", GgufU32(7)},
          {"real", GgufF32(1e-5f)},
          {"flag", GgufBool(true)},
          {"texts", GgufTexts({"", "\xE2\x96\x81the", "b"})},
          {"reals", GgufF32s({0.5f, -1.0f})},
          {"integers", GgufI32s({1, -3})},
          {"bytes", GgufBytes(std::string("a\0b", 3))}};
}

std::string SomeFile() {
  const auto bytes = WriteGguf(SomeKeys(), SomeTensors());
  REQUIRE(bytes.ok());
  return *bytes;
}

// "" if the file is read.
std::string Refusal(const std::string& bytes) {
  const auto view = ParseGguf(bytes);
  if (view.ok()) return "";
  REQUIRE(ExitCode(view.status()) == 3);
  return Message(view.status());
}

template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

std::string Text(const std::string& text) { return Raw<uint64_t>(text.size()) + text; }

// A file of one tensor, written field by field.
struct Forged {
  std::string magic = "GGUF";
  uint32_t version = 3;
  uint64_t tensors = 1, keys = 0;
  std::string key_bytes;
  std::string name = "a";
  uint32_t dimensions = 1;
  std::vector<uint64_t> sizes = {4};
  uint32_t type = 0;
  uint64_t offset = 0;
  std::string data = std::string(32, '\1');

  std::string Bytes() const {
    std::string bytes = magic + Raw(version) + Raw(tensors) + Raw(keys) + key_bytes;
    if (tensors > 0) {
      bytes += Text(name) + Raw(dimensions);
      for (const uint64_t size : sizes) bytes += Raw(size);
      bytes += Raw(type) + Raw(offset);
    }
    bytes.resize((bytes.size() + 31) / 32 * 32);
    return bytes + data;
  }
};

std::string RefusalOf(const std::function<void(Forged&)>& change) {
  Forged forged;
  forged.data.resize(16);  // four floats, the padding left out
  change(forged);
  return Refusal(forged.Bytes());
}

// With one key before the tensor.
std::string RefusalOfKey(const std::string& key_bytes, uint64_t keys = 1) {
  return RefusalOf([&](Forged& forged) {
    forged.keys = keys;
    forged.key_bytes = key_bytes;
  });
}

TEST_CASE("gguf: what was written is read", "[interop]") {
  const std::string bytes = SomeFile();
  const auto view = ParseGguf(bytes);
  REQUIRE(view.ok());
  REQUIRE(view->keys.size() == 8);
  REQUIRE(*GgufString(*view, "general.architecture") == "llama");
  REQUIRE(*GgufInteger(*view, "number", 0, 10) == 7);
  REQUIRE(*GgufReal(*view, "real") == 1e-5);
  REQUIRE(*GgufFlag(*view, "flag"));
  REQUIRE(*GgufStrings(*view, "texts") == std::vector<std::string>{"", "\xE2\x96\x81the", "b"});
  REQUIRE(*GgufFloats(*view, "reals") == std::vector<float>{0.5f, -1.0f});
  REQUIRE(*GgufInt32s(*view, "integers") == std::vector<int32_t>{1, -3});
  REQUIRE(*GgufRawBytes(*view, "bytes") == std::string("a\0b", 3));
  const std::vector<TensorSpec> tensors = SomeTensors();
  REQUIRE(view->tensors.size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    REQUIRE(view->tensors[i].name == tensors[i].name);
    REQUIRE(view->tensors[i].dtype == tensors[i].dtype);
    REQUIRE(view->tensors[i].shape == tensors[i].shape);
    REQUIRE(std::equal(view->tensors[i].data.begin(), view->tensors[i].data.end(), tensors[i].data.begin(),
                       tensors[i].data.end()));
  }
  REQUIRE(*WriteGguf(SomeKeys(), SomeTensors()) == bytes);
}

TEST_CASE("gguf: the bytes are the format's", "[interop]") {
  Forged forged;
  forged.keys = 1;
  forged.key_bytes = Text("n") + Raw<uint32_t>(4) + Raw<uint32_t>(9);
  forged.dimensions = 2;
  forged.sizes = {3, 2};  // innermost first
  forged.data.clear();
  for (const float value : kSmall) forged.data += Raw(value);
  forged.data.resize(32);
  const TensorSpec tensor{.name = "a", .dtype = DType::kF32, .shape = {2, 3}, .data = std::as_bytes(std::span(kSmall))};
  REQUIRE(*WriteGguf({{"n", GgufU32(9)}}, std::span(&tensor, 1)) == forged.Bytes());
}

TEST_CASE("gguf: a file cut at any byte is refused", "[interop]") {
  const std::string bytes = SomeFile();
  const size_t last_padding = 32 - 6;  // the last tensor's padding may be missing
  for (size_t size = 0; size < bytes.size() - last_padding; ++size) {
    INFO("cut to " << size << " of " << bytes.size());
    REQUIRE_FALSE(Refusal(bytes.substr(0, size)).empty());
  }
  REQUIRE(Refusal(bytes.substr(0, bytes.size() - last_padding)).empty());
  REQUIRE_FALSE(Refusal(bytes + '\0').empty());
}

TEST_CASE("gguf: headers that lie are refused", "[interop]") {
  REQUIRE(RefusalOf([](Forged&) {}).empty());
  const auto refuses = [](const std::function<void(Forged&)>& change, const std::string& word) {
    REQUIRE_THAT(RefusalOf(change), Catch::Contains(word));
  };
  refuses([](Forged& f) { f.magic = "GGML"; }, "GGUF");
  refuses([](Forged& f) { f.version = 2; }, "version 2");
  refuses([](Forged& f) { f.version = 0x03000000; }, "version");
  refuses([](Forged& f) { f.tensors = 2; }, "cut off");
  refuses([](Forged& f) { f.tensors = 65536; }, "tensor");
  refuses([](Forged& f) { f.tensors = ~uint64_t{0}; }, "65,536");
  refuses([](Forged& f) { f.keys = ~uint64_t{0}; }, "65,536");
  refuses([](Forged& f) { f.keys = 3; }, "key");
  refuses([](Forged& f) { f.tensors = 0; }, "bytes after");
}

TEST_CASE("gguf: odd tensors are refused by name", "[interop]") {
  const auto refuses = [](const std::function<void(Forged&)>& change, const std::string& word) {
    REQUIRE_THAT(RefusalOf(change), Catch::Contains(word));
  };
  for (const std::string& name :
       {std::string(), std::string("../x"), std::string("a\0b", 3), std::string(64, 'x'), std::string("\xFF")}) {
    refuses([&](Forged& f) { f.name = name; }, "odd tensor name");
  }
  refuses([](Forged& f) { f.dimensions = 0, f.sizes = {}; }, "1 to 4 dimensions");
  refuses([](Forged& f) { f.dimensions = 5, f.sizes = {1, 1, 1, 1, 4}; }, "1 to 4 dimensions");
  refuses([](Forged& f) { f.dimensions = ~0u; }, "1 to 4 dimensions");
  refuses([](Forged& f) { f.sizes = {0}; }, "zero or overflows");
  refuses([](Forged& f) { f.sizes = {~uint64_t{0}}; }, "zero or overflows");
  refuses([](Forged& f) { f.dimensions = 2, f.sizes = {uint64_t{1} << 40, uint64_t{1} << 40}; }, "overflows");
  refuses([](Forged& f) { f.sizes = {uint64_t{1} << 62}; }, "overflows");
  refuses([](Forged& f) { f.sizes = {1 << 20}; }, "cut off");
  refuses([](Forged& f) { f.type = 12; }, "ggml type 12");
  refuses([](Forged& f) { f.type = 0xffffffff; }, "ggml type");
  refuses([](Forged& f) { f.offset = 4; }, "not aligned");
  refuses([](Forged& f) { f.offset = 32; }, "hole");
  refuses([](Forged& f) { f.offset = ~uint64_t{0} - 31; }, "hole");
  refuses([](Forged& f) { f.data = std::string(17, '\1'); }, "no padding");
  refuses([](Forged& f) { f.data = std::string(16, '\1') + std::string(17, '\0'); }, "bytes after");
  refuses([](Forged& f) { f.keys = 1, f.key_bytes = Text("k") + Raw<uint32_t>(0) + "\1", f.data = "123"; }, "cut off");
}

TEST_CASE("gguf: tensors that repeat a name or overlap are refused", "[interop]") {
  std::vector<TensorSpec> tensors = SomeTensors();
  tensors[1].name = "a.weight";
  REQUIRE_FALSE(WriteGguf({}, tensors).ok());
  std::string bytes = *WriteGguf({}, SomeTensors());
  const std::string name = "b.weight";
  const size_t offset_at = bytes.find(name) + name.size() + 4 + 8 + 4;
  REQUIRE(bytes[offset_at] == 32);
  bytes[offset_at] = 0;
  REQUIRE_THAT(Refusal(bytes), Catch::Contains("overlaps"));
}

TEST_CASE("gguf: odd keys are refused by name", "[interop]") {
  const std::string one = Raw<uint32_t>(0) + "\1";  // type and value of a byte
  REQUIRE(RefusalOfKey(Text("k") + one).empty());
  REQUIRE_THAT(RefusalOfKey(Text("") + one), Catch::Contains("odd name"));
  REQUIRE_THAT(RefusalOfKey(Text("a b") + one), Catch::Contains("odd name"));
  REQUIRE_THAT(RefusalOfKey(Text(std::string(257, 'k')) + one), Catch::Contains("odd name"));
  REQUIRE_THAT(RefusalOfKey(Raw(~uint64_t{0}) + "k" + one), Catch::Contains("cut off"));
  REQUIRE_THAT(RefusalOfKey(Text("k") + one + Text("k") + one, 2), Catch::Contains("repeated"));
  REQUIRE_THAT(RefusalOfKey(Text("k") + Raw<uint32_t>(13)), Catch::Contains("unknown type 13"));
  REQUIRE_THAT(RefusalOfKey(Text("k") + Raw<uint32_t>(7) + "\2"), Catch::Contains("truth value"));
  REQUIRE_THAT(RefusalOfKey(Text("k") + Raw<uint32_t>(8) + Text("\xFF")), Catch::Contains("UTF-8"));
  REQUIRE_THAT(RefusalOfKey(Text("k") + Raw<uint32_t>(8) + Raw(~uint64_t{0})), Catch::Contains("longer than the file"));
  const std::string array = Text("k") + Raw<uint32_t>(9);
  REQUIRE_THAT(RefusalOfKey(array + Raw<uint32_t>(9) + Raw<uint64_t>(1)), Catch::Contains("array of arrays"));
  for (const uint32_t type : {0u, 6u, 8u, 12u}) {
    REQUIRE_THAT(RefusalOfKey(array + Raw(type) + Raw(~uint64_t{0})), Catch::Contains("longer than the file"));
    REQUIRE_THAT(RefusalOfKey(array + Raw(type) + Raw(uint64_t{1} << 61)), Catch::Contains("longer than the file"));
  }
  const auto alignment = [](uint32_t value) {
    return RefusalOfKey(Text("general.alignment") + Raw<uint32_t>(4) + Raw(value));
  };
  REQUIRE(alignment(32).empty());
  for (const uint32_t value : {0u, 1u, 4u, 24u, 1u << 17}) {
    REQUIRE_THAT(alignment(value), Catch::Contains("general.alignment"));
  }
}

TEST_CASE("gguf: a value of another kind, or out of range, is refused with its key", "[interop]") {
  const std::string bytes = SomeFile();
  const auto view = ParseGguf(bytes);
  REQUIRE(view.ok());
  REQUIRE_THAT(Message(GgufInteger(*view, "none", 0, 1).status()), Catch::Contains("no key \"none\""));
  REQUIRE_THAT(Message(GgufInteger(*view, "number", 0, 6).status()), Catch::Contains("number") && Catch::Contains("7"));
  REQUIRE_THAT(Message(GgufInteger(*view, "real", 0, 6).status()), Catch::Contains("no integer"));
  REQUIRE_THAT(Message(GgufInteger(*view, "integers", 0, 6).status()), Catch::Contains("is an array"));
  REQUIRE_THAT(Message(GgufReal(*view, "number").status()), Catch::Contains("no real"));
  REQUIRE_THAT(Message(GgufFlag(*view, "number").status()), Catch::Contains("neither true"));
  REQUIRE_THAT(Message(GgufString(*view, "texts").status()), Catch::Contains("is an array"));
  REQUIRE_THAT(Message(GgufStrings(*view, "reals").status()), Catch::Contains("texts"));
  REQUIRE_THAT(Message(GgufFloats(*view, "integers").status()), Catch::Contains("float32"));
  REQUIRE_THAT(Message(GgufInt32s(*view, "reals").status()), Catch::Contains("int32"));
  REQUIRE_THAT(Message(GgufRawBytes(*view, "texts").status()), Catch::Contains("bytes"));
}

TEST_CASE("gguf: files changed at random are read or refused, never worse", "[interop]") {
  const std::string bytes = SomeFile();
  Rng rng(17);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bad = bytes;
    const auto changes = 1 + rng.Below(3);
    for (uint64_t change = 0; change < changes; ++change) {
      bad[rng.Below(bad.size())] = static_cast<char>(rng.Below(256));
    }
    if (!Refusal(bad).empty()) ++refused;
  }
  REQUIRE(refused > 5000);
}

}  // namespace
}  // namespace trivium
