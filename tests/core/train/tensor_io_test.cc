// Tensors to safetensors bytes and back.
#include "core/train/tensor_io.h"

#include "tests/torch_test.h"

using namespace trivium;

TEST_CASE("Tensors of every type come back bit for bit", "[core/train]") {
  const NamedTensors tensors = {{"f32", torch::randn({3, 4})},
                                {"view", torch::randn({4, 3}).t()},
                                {"f64", torch::randn({2}, torch::kDouble)},
                                {"i64", torch::tensor({int64_t{-5}, int64_t{1} << 40})},
                                {"bf16", torch::randn({5}).to(torch::kBFloat16)},
                                {"f16", torch::randn({5}).to(torch::kHalf)},
                                {"bool", torch::tensor({true, false, true})},
                                {"nan", torch::full({1}, NAN)},
                                {"scalar", torch::tensor(2.5)},
                                {"empty", torch::zeros({0, 3})}};
  const absl::StatusOr<std::string> bytes = TensorsToBytes(tensors);
  REQUIRE(bytes.ok());
  const absl::StatusOr<NamedTensors> back = TensorsFromBytes(*bytes);
  REQUIRE(back.ok());
  REQUIRE(back->size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const auto place = std::find_if(back->begin(), back->end(), [&](const auto& entry) { return entry.first == name; });
    REQUIRE(place != back->end());
    REQUIRE(place->second.scalar_type() == tensor.scalar_type());
    REQUIRE(place->second.sizes() == tensor.sizes());
    REQUIRE(torch::allclose(place->second.to(torch::kDouble), tensor.to(torch::kDouble), 0, 0, /*equal_nan=*/true));
  }
}

TEST_CASE("Filling writes through views", "[core/train]") {
  const absl::StatusOr<std::string> bytes = TensorsToBytes({{"a", torch::tensor({1.0f, 2.0f})}});
  const at::Tensor buffer = torch::zeros({4});
  REQUIRE(FillTensors(*bytes, {{"a", buffer.narrow(0, 1, 2)}}).ok());
  REQUIRE(torch::equal(buffer, torch::tensor({0.0f, 1.0f, 2.0f, 0.0f})));
}

TEST_CASE("Filling refuses what does not fit and writes nothing", "[core/train]") {
  const absl::StatusOr<std::string> bytes = TensorsToBytes({{"a", torch::ones({2})}, {"b", torch::ones({2, 2})}});
  const at::Tensor a = torch::zeros({2}), b = torch::zeros({2, 2});
  const auto refuses = [&](const NamedTensors& targets, const std::string& word) {
    const absl::Status status = FillTensors(*bytes, targets);
    REQUIRE(ExitCode(status) == 3);
    REQUIRE(Message(status).find(word) != std::string::npos);
    REQUIRE(a.sum().item<float>() == 0.0f);
  };
  refuses({{"a", a}}, "b");
  refuses({{"a", a}, {"b", b}, {"c", a}}, "c");
  refuses({{"a", a}, {"b", torch::zeros({4})}}, "[2, 2]");
  refuses({{"a", a}, {"b", b.to(torch::kDouble)}}, "F32");
}

TEST_CASE("Cut-off bytes are a bad artefact", "[core/train]") {
  const absl::StatusOr<std::string> bytes = TensorsToBytes({{"a", torch::ones({2})}});
  REQUIRE(ExitCode(TensorsFromBytes(bytes->substr(0, bytes->size() - 1)).status()) == 3);
}
