// safetensors: round trip, a file of the reference implementation, every rejection, and random damage.
#include "core/artifact/safetensors.h"

#include <cstring>

#include "core/base/seed_tree.h"
#include "tests/test.h"

namespace trivium {
namespace {

using namespace std::string_literals;

std::span<const std::byte> Bytes(const std::string& data) {
  return std::as_bytes(std::span<const char>(data.data(), data.size()));
}

std::string Text(std::span<const std::byte> data) {
  return std::string(reinterpret_cast<const char*>(data.data()), data.size());
}

// A file of a header text and data; the header is padded with spaces to a multiple of 8.
std::string File(std::string header, const std::string& data) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

// Written by Python's safetensors 0.8: I64 [2], F32 [0,4], F32 [2,3], F16 scalar, BOOL [3].
std::string ReferenceFile() {
  return File(R"({"__metadata__":{"format":"pt"},"id":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},)"
              R"("e":{"dtype":"F32","shape":[0,4],"data_offsets":[16,16]},"w":{"dtype":"F32","shape":[2,3],)"
              R"("data_offsets":[16,40]},"s":{"dtype":"F16","shape":[],"data_offsets":[40,42]},)"
              R"("f":{"dtype":"BOOL","shape":[3],"data_offsets":[42,45]}})",
              "\x07\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
              "\0\0\0\0\0\0\x80?\0\0\0@\0\0@@\0\0\x80@\0\0\xa0@"
              "\0A\1\0\1"s);
}

}  // namespace

TEST_CASE("tensors and metadata survive a round trip, whatever their order", "[artifact]") {
  const std::string floats(24, 'f'), ids(16, 'i'), flags("\1\0\1", 3), nothing;
  std::vector<TensorSpec> tensors = {{"flags", DType::kBool, {3}, Bytes(flags)},
                                     {"empty", DType::kF64, {0, 5}, Bytes(nothing)},
                                     {"layers.0.w", DType::kF32, {2, 3}, Bytes(floats)},
                                     {"ids", DType::kI64, {2}, Bytes(ids)}};
  const std::string bytes = WriteSafetensors(tensors, {{"kind", "caf\xc3\xa9 \"x\"\n"}}).value();
  std::swap(tensors[0], tensors[3]);
  REQUIRE(WriteSafetensors(tensors, {{"kind", "caf\xc3\xa9 \"x\"\n"}}).value() == bytes);

  const SafetensorsView view = ParseSafetensors(bytes).value();
  REQUIRE(view.metadata.at("kind") == "caf\xc3\xa9 \"x\"\n");
  REQUIRE(view.tensors.size() == 4);
  REQUIRE(view.tensors[0].name == "empty");
  REQUIRE(view.tensors[1].name == "ids");
  REQUIRE(view.tensors[2].name == "layers.0.w");
  REQUIRE(view.tensors[2].shape == std::vector<int64_t>{2, 3});
  REQUIRE(view.tensors[2].dtype == DType::kF32);
  REQUIRE(Text(view.tensors[2].data) == floats);
  REQUIRE(Text(view.tensors[3].data) == flags);
}

TEST_CASE("no tensors at all make a valid file", "[artifact]") {
  const std::string bytes = WriteSafetensors({}, {}).value();
  REQUIRE(ParseSafetensors(bytes).value().tensors.empty());
}

TEST_CASE("a file of the reference implementation is read", "[artifact]") {
  const std::string bytes = ReferenceFile();
  const SafetensorsView view = ParseSafetensors(bytes).value();
  REQUIRE(view.metadata.at("format") == "pt");
  REQUIRE(view.tensors.size() == 5);
  REQUIRE(view.tensors[2].name == "w");
  float values[6];
  std::memcpy(values, view.tensors[2].data.data(), sizeof(values));
  for (int i = 0; i < 6; ++i) REQUIRE(values[i] == static_cast<float>(i));
  REQUIRE(view.tensors[3].shape.empty());
  REQUIRE(Text(view.tensors[4].data) == "\1\0\1"s);
}

TEST_CASE("every departure from the format is refused", "[artifact]") {
  const std::string u8 = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
  REQUIRE(ParseSafetensors(File(u8 + "}", "xy")).ok());
  const std::vector<std::string> bad = {
      "",
      "1234567",
      File("", ""),
      File("[]", ""),
      File(" " + u8 + "}", "xy"),
      File(u8 + "} {", "xy"),
      File(u8 + "}\0"s, "xy"),
      File(u8, "xy"),
      File(u8 + "}", "x"),                                                            // short data
      File(u8 + "}", "xyz"),                                                          // trailing bytes
      File(u8 + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", "xy"),    // overlap
      File(u8 + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})", "xyzw"),  // hole
      File(u8 + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "xy"),    // inside another
      File(u8 + R"(,"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})", "xyz"),   // repeated name
      File(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File(R"({"../x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File(R"({"/x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File(R"({"a\\b":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File(R"({"a\u0000b":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File(R"({"a\nb":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File("{\"" + std::string(257, 'n') + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", ""),
      File(R"({"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":5,"shape":[1],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", ""),  // 2^64 elements
      File(R"({"a":{"dtype":"U8","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})", ""),
      File(R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551615]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1]}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":0}})", "x"),
      File(R"({"a":{"dtype":"U8","shape":[1],"dtype":"U8","data_offsets":[0,1]}})", "x"),
      File(R"({"a":[]})", ""),
      File(R"({"__metadata__":{"a":1}})", ""),
      File(R"({"__metadata__":"a"})", ""),
      File(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
          "xxxxx"),  // float data on an odd byte
      File(R"({"a":{"dtype":"U8","shape":[[[[1]]]],"data_offsets":[0,1]}})", "x"),
      File(std::string(100000, '{'), ""),
      "\xff\xff\xff\xff\xff\xff\xff\x7f{}"s,
      "\x08\0\0\1\0\0\0\0{}      "s,
      "\x07\0\0\0\0\0\0\0{}     "s,
      File("{\"\xff\":{}}", "")};
  for (size_t i = 0; i < bad.size(); ++i) {
    INFO("case " << i);
    REQUIRE(ExitCode(ParseSafetensors(bad[i]).status()) == 3);
  }
}

TEST_CASE("the writer refuses odd names, repeated names and data of another size", "[artifact]") {
  const std::string data(4, 'x');
  const auto write = [](std::vector<TensorSpec> tensors) { return ExitCode(WriteSafetensors(tensors, {}).status()); };
  REQUIRE(write({{"a", DType::kF32, {1}, Bytes(data)}}) == 0);
  REQUIRE(write({{"", DType::kF32, {1}, Bytes(data)}}) == 2);
  REQUIRE(write({{"__metadata__", DType::kF32, {1}, Bytes(data)}}) == 2);
  REQUIRE(write({{"a", DType::kF32, {1}, Bytes(data)}, {"a", DType::kF32, {1}, Bytes(data)}}) == 2);
  REQUIRE(write({{"a", DType::kF32, {2}, Bytes(data)}}) == 2);
  REQUIRE(write({{"a", DType::kF32, {-1}, Bytes(data)}}) == 2);
  REQUIRE(ExitCode(WriteSafetensors({}, {{"k", "\xff"}}).status()) == 2);
}

TEST_CASE("20,000 random mutations neither crash nor give a view that leaves the bytes", "[artifact]") {
  const std::string original = ReferenceFile();
  Rng rng(5);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = original;
    for (int64_t edits = rng.Between(1, 4); edits > 0 && !bytes.empty(); --edits) {
      const size_t at = rng.Below(bytes.size());
      switch (rng.Below(5)) {
        case 0:
          bytes[at] = static_cast<char>(rng.Below(256));
          break;
        case 1:
          bytes[at] ^= static_cast<char>(1 << rng.Below(8));
          break;
        case 2:
          bytes.erase(at, 1 + rng.Below(8));
          break;
        case 3:
          bytes.insert(at, bytes.substr(rng.Below(bytes.size()), rng.Below(40)));
          break;
        default:
          bytes[at] = "0123456789{}[],:\""[rng.Below(17)];
          break;
      }
    }
    const auto view = ParseSafetensors(bytes);
    if (!view.ok()) continue;
    ++accepted;
    size_t total = 0;
    for (const TensorSpec& tensor : view->tensors) {
      total += tensor.data.size();
      const char* const begin = reinterpret_cast<const char*>(tensor.data.data());
      REQUIRE((begin >= bytes.data() && begin + tensor.data.size() <= bytes.data() + bytes.size()));
    }
    REQUIRE(total < bytes.size());
  }
  REQUIRE(accepted > 100);  // changes inside the data are no business of this format
}

}  // namespace trivium
