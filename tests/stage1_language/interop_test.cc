// Sealed models to other programs' forms and back: bit for bit, and nothing is read that is not understood.
#include "stage1_language/interop/interop.h"

#include <nlohmann/json.hpp>

#include "core/artifact/safetensors.h"
#include "stage1_language/interop/gguf.h"
#include "stage1_language/model/frozen_lm.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage1_language/tiny_language.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

// Every layout of the Llama family: grouped keys, tied and untied heads.
std::vector<LanguageConfig> Shapes() {
  std::vector<LanguageConfig> shapes;
  for (const char* embeddings : {"fixed", "trained", "tied"}) {
    for (const int64_t kv_heads : {1, 2}) {
      shapes.push_back(TinyLanguageConfig());
      shapes.back().embeddings = embeddings;
      shapes.back().kv_heads = kv_heads;
    }
  }
  return shapes;
}

std::string Sealed(const std::filesystem::path& dir, const LanguageConfig& config = TinyLanguageConfig()) {
  const auto lm = FrozenLm::Random(config, TinyTokenizer(), SeedTree(4));
  REQUIRE(lm.ok());
  REQUIRE((*lm)->SealTo(dir).ok());
  return (*lm)->sha256();
}

std::string ImportError(const std::filesystem::path& source) {
  const TempDir temp;
  const auto imported = ImportModel(source, temp / "out");
  if (imported.ok()) return "";
  REQUIRE(ExitCode(imported.status()) == 3);
  REQUIRE_FALSE(std::filesystem::exists(temp / "out"));
  return Message(imported.status());
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// model.safetensors of a folder with its tensors changed.
void ChangeTensors(const std::filesystem::path& dir, const std::function<void(std::vector<TensorSpec>&)>& change) {
  const std::string bytes = Slurp(dir / "model.safetensors");
  auto view = ParseSafetensors(bytes);
  REQUIRE(view.ok());
  change(view->tensors);
  const auto changed = WriteSafetensors(view->tensors, {});
  REQUIRE(changed.ok());
  Spill(dir / "model.safetensors", *changed);
}

TEST_CASE("Both forms come back as the same sealed model, whatever its shape", "[stage1_language]") {
  for (const LanguageConfig& config : Shapes()) {
    CAPTURE(config.embeddings, config.kv_heads);
    const TempDir temp;
    const std::string sha256 = Sealed(temp / "lm", config);
    REQUIRE(ExportHuggingFace(temp / "lm", temp / "hf").ok());
    REQUIRE(ExportGguf(temp / "lm", temp / "lm.gguf").ok());
    for (const char* source : {"hf", "lm.gguf"}) {
      CAPTURE(source);
      const auto imported = ImportModel(temp / source, temp / "back");
      REQUIRE(imported.ok());
      REQUIRE(imported->notes.empty());
      REQUIRE(imported->sha256 == sha256);
      REQUIRE(FrozenLm::Load(temp / "back").value()->kind() == "imported");
    }
  }
}

TEST_CASE("An export never overwrites a folder, and one of a damaged model writes nothing", "[stage1_language]") {
  const TempDir temp;
  Sealed(temp / "lm");
  REQUIRE(ExportHuggingFace(temp / "lm", temp / "hf").ok());
  REQUIRE(ExitCode(ExportHuggingFace(temp / "lm", temp / "hf")) == 2);
  std::string weights = Slurp(temp / "lm" / "model.safetensors");
  weights.back() = static_cast<char>(weights.back() ^ 1);
  Spill(temp / "lm" / "model.safetensors", weights);
  REQUIRE(ExitCode(ExportHuggingFace(temp / "lm", temp / "other")) == 3);
  REQUIRE(ExitCode(ExportGguf(temp / "lm", temp / "other.gguf")) == 3);
  REQUIRE_FALSE(std::filesystem::exists(temp / "other"));
  REQUIRE_FALSE(std::filesystem::exists(temp / "other.gguf"));
}

TEST_CASE("Weights in several files are read by their index", "[stage1_language]") {
  const TempDir temp;
  const std::string sha256 = Sealed(temp / "lm");
  REQUIRE(ExportHuggingFace(temp / "lm", temp / "hf").ok());
  const std::string bytes = Slurp(temp / "hf" / "model.safetensors");
  const auto view = ParseSafetensors(bytes);
  std::vector<TensorSpec> halves[2];
  nlohmann::json map;
  for (size_t i = 0; i < view->tensors.size(); ++i) {
    halves[i % 2].push_back(view->tensors[i]);
    map[view->tensors[i].name] = "part-" + std::to_string(i % 2) + ".safetensors";
  }
  for (size_t i = 0; i < 2; ++i) {
    Spill(temp / "hf" / ("part-" + std::to_string(i) + ".safetensors"), WriteSafetensors(halves[i], {}).value());
  }
  std::filesystem::remove(temp / "hf" / "model.safetensors");
  REQUIRE(Contains(ImportError(temp / "hf"), "neither model.safetensors nor"));
  Spill(temp / "hf" / "model.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  REQUIRE(ImportModel(temp / "hf", temp / "back")->sha256 == sha256);
  map[view->tensors[0].name] = "../part-0.safetensors";
  Spill(temp / "hf" / "model.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  REQUIRE(Contains(ImportError(temp / "hf"), "no plain file name"));
}

TEST_CASE("bfloat16 and float16 weights become float32", "[stage1_language]") {
  for (const auto& [dtype, type] : {std::pair(DType::kBF16, at::kBFloat16), std::pair(DType::kF16, at::kHalf)}) {
    const TempDir temp;
    Sealed(temp / "lm");
    REQUIRE(ExportHuggingFace(temp / "lm", temp / "hf").ok());
    std::vector<at::Tensor> alive;
    ChangeTensors(temp / "hf", [&](std::vector<TensorSpec>& tensors) {
      for (TensorSpec& spec : tensors) {
        at::Tensor values = at::empty(spec.shape);
        std::memcpy(values.data_ptr(), spec.data.data(), spec.data.size());
        alive.push_back(values.to(type).contiguous());
        spec.dtype = dtype;
        spec.data = {static_cast<const std::byte*>(alive.back().data_ptr()), alive.back().nbytes()};
      }
    });
    REQUIRE(ImportModel(temp / "hf", temp / "back").ok());
    const auto original = FrozenLm::Load(temp / "lm"), back = FrozenLm::Load(temp / "back");
    const auto before = (*original)->model().LlamaTensors(), after = (*back)->model().LlamaTensors();
    for (size_t i = 0; i < before.size(); ++i) {
      REQUIRE(torch::equal(before[i].second.to(type).to(at::kFloat), after[i].second));
    }
  }
}

TEST_CASE("What a source lacks or has too much is named", "[stage1_language]") {
  const TempDir temp;
  Sealed(temp / "lm");
  const auto fresh = [&] {
    std::filesystem::remove_all(temp / "hf");
    REQUIRE(ExportHuggingFace(temp / "lm", temp / "hf").ok());
    return temp / "hf";
  };
  REQUIRE(Contains(ImportError(temp / "none"), "nothing at"));
  std::filesystem::remove(fresh() / "tokenizer.model");
  REQUIRE(Contains(ImportError(temp / "hf"), "tokenizer.model"));
  ChangeTensors(fresh(), [](auto& tensors) { tensors.pop_back(); });
  REQUIRE(Contains(ImportError(temp / "hf"), "is missing"));
  ChangeTensors(fresh(), [](auto& tensors) { tensors.back().name = "model.odd.weight"; });
  REQUIRE(Contains(ImportError(temp / "hf"), "belongs to nothing here"));
  std::vector<float> nan(16, std::nanf(""));
  ChangeTensors(fresh(), [&](auto& tensors) {
    for (TensorSpec& spec : tensors) {
      if (spec.name == "model.norm.weight") spec.data = std::as_bytes(std::span<const float>(nan));
    }
  });
  REQUIRE(Contains(ImportError(temp / "hf"), "model.norm.weight is not finite"));

  const std::pair<const char*, nlohmann::json> faults[] = {
      {"rope_scaling", {{"rope_type", "llama3"}}}, {"attention_bias", true}, {"hidden_act", "gelu"},
      {"architectures", {"GPT2LMHeadModel"}},      {"vocab_size", 1000000},  {"num_hidden_layers", 0}};
  for (const auto& [key, value] : faults) {
    CAPTURE(key);
    auto config = nlohmann::json::parse(Slurp(fresh() / "config.json"));
    config[key] = value;
    Spill(temp / "hf" / "config.json", config.dump());
    REQUIRE_FALSE(ImportError(temp / "hf").empty());
  }
}

TEST_CASE("A GGUF file cut anywhere is refused", "[stage1_language]") {
  const TempDir temp;
  Sealed(temp / "lm");
  REQUIRE(ExportGguf(temp / "lm", temp / "lm.gguf").ok());
  const std::string bytes = Slurp(temp / "lm.gguf");
  for (size_t size = 0; size < bytes.size(); size += bytes.size() / 40 + 1) {
    Spill(temp / "cut.gguf", bytes.substr(0, size));
    REQUIRE_FALSE(ImportError(temp / "cut.gguf").empty());
  }
}

}  // namespace
}  // namespace trivium
