// The sealed language model: bit-exact, refuses training, and every kind of damage is a bad artefact.
#include "tests/torch_test.h"

#include <nlohmann/json.hpp>

#include "core/artifact/artifact_dir.h"
#include "core/artifact/safetensors.h"
#include "stage1_language/model/frozen_lm.h"
#include "tests/harness/temp_dir.h"
#include "tests/stage1_language/tiny_language.h"

namespace trivium {
namespace {

const char* const kFiles[] = {"config.json", "model.safetensors", "tokenizer.model"};

LanguageModel SealableModel(uint64_t seed = 1) {
  return LanguageModel(TinyLanguageConfig(), TinyTokenizer().vocab_size(), SeedTree(seed));
}

at::Tensor SomeIds() { return torch::arange(12).view({2, 6}) + 260; }

// The status of loading, which must be a bad artefact.
std::string LoadError(const std::filesystem::path& dir) {
  const auto loaded = FrozenLm::Load(dir);
  if (loaded.ok()) return "";
  return ExitCode(loaded.status()) == 3 ? Message(loaded.status()) : "another kind of error";
}

// Writes a whole artefact with right hashes around the given files, as a forger would.
std::string ErrorOfForged(const std::map<std::string, std::string>& files) {
  const TempDir temp;
  auto writer = ArtifactWriter::Create(temp / "lm");
  REQUIRE(writer.ok());
  for (const auto& [name, bytes] : files) REQUIRE(writer->Add(name, bytes).ok());
  REQUIRE(writer->Commit("frozen_lm", {{"origin", "trained"}}).ok());
  return LoadError(temp / "lm");
}

std::map<std::string, std::string> SealedFiles() {
  const TempDir temp;
  REQUIRE(FrozenLm::Seal(SealableModel(), TinyTokenizer(), temp / "lm", {}).ok());
  std::map<std::string, std::string> files;
  for (const char* name : kFiles) files[name] = Slurp(temp / "lm" / name);
  return files;
}

// The sealed files with `change` applied to the list of tensors.
std::map<std::string, std::string> WithTensors(const std::function<void(std::vector<TensorSpec>&)>& change) {
  auto files = SealedFiles();
  const std::string bytes = files["model.safetensors"];
  auto view = ParseSafetensors(bytes);
  REQUIRE(view.ok());
  change(view->tensors);
  const auto changed = WriteSafetensors(view->tensors, {});
  REQUIRE(changed.ok());
  files["model.safetensors"] = *changed;
  return files;
}

TEST_CASE("A sealed model loads bit for bit", "[stage1_language]") {
  const TempDir temp;
  const LanguageModel model = SealableModel();
  REQUIRE(FrozenLm::Seal(model, TinyTokenizer(), temp / "lm", {{"steps", 7}}).ok());
  const auto loaded = FrozenLm::Load(temp / "lm");
  REQUIRE(loaded.ok());
  const FrozenLm& lm = **loaded;
  const auto sealed = model.LlamaTensors(), read = lm.model().LlamaTensors();
  REQUIRE(sealed.size() == read.size());
  for (size_t i = 0; i < sealed.size(); ++i) REQUIRE(torch::equal(sealed[i].second, read[i].second));
  REQUIRE(torch::equal(lm.model().Logits(SomeIds()), model.Logits(SomeIds()).detach()));
  REQUIRE(lm.tokenizer().bytes() == TinyTokenizer().bytes());
  REQUIRE(lm.kind() == "trained");
  REQUIRE(lm.metadata().at("steps") == 7);
  REQUIRE(lm.sha256().size() == 64);
}

TEST_CASE("The folder holds exactly the four files, equal in every run", "[stage1_language]") {
  const TempDir temp;
  REQUIRE(FrozenLm::Seal(SealableModel(), TinyTokenizer(), temp / "a", {}).ok());
  REQUIRE(FrozenLm::Seal(SealableModel(), TinyTokenizer(), temp / "b", {}).ok());
  REQUIRE(CountEntries(temp / "a") == 4);
  for (const char* name : kFiles) REQUIRE(Slurp(temp / "a" / name) == Slurp(temp / "b" / name));
  REQUIRE(Slurp(temp / "a" / "manifest.json") == Slurp(temp / "b" / "manifest.json"));
  const auto config = nlohmann::json::parse(Slurp(temp / "a" / "config.json"));
  REQUIRE(config.at("architectures") == nlohmann::json::array({"LlamaForCausalLM"}));
  REQUIRE(config.at("tie_word_embeddings") == false);
}

TEST_CASE("A flipped byte anywhere is a bad artefact", "[stage1_language]") {
  const TempDir temp;
  REQUIRE(FrozenLm::Seal(SealableModel(), TinyTokenizer(), temp / "lm", {}).ok());
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.model", "manifest.json"}) {
    const auto path = temp / "lm" / name;
    const std::string good = Slurp(path);
    for (int part = 0; part < 8; ++part) {
      std::string bad = good;
      bad[bad.size() * static_cast<size_t>(2 * part + 1) / 16] ^= 1;
      Spill(path, bad);
      INFO(name << " part " << part);
      REQUIRE_FALSE(LoadError(temp / "lm").empty());
    }
    Spill(path, good);
  }
  REQUIRE(FrozenLm::Load(temp / "lm").ok());
}

TEST_CASE("A missing model says what to type", "[stage1_language]") {
  const TempDir temp;
  REQUIRE_THAT(LoadError(temp / "nowhere"), Catch::Contains("nowhere") && Catch::Contains("trivium stage1 freeze"));
  std::filesystem::create_directories(temp / "empty");
  REQUIRE_FALSE(LoadError(temp / "empty").empty());
}

TEST_CASE("A missing file is named", "[stage1_language]") {
  for (const char* name : kFiles) {
    auto files = SealedFiles();
    files.erase(name);
    REQUIRE_THAT(ErrorOfForged(files), Catch::Contains(name));
  }
}

TEST_CASE("Missing, extra, misshapen, mistyped and non-finite tensors are named", "[stage1_language]") {
  const std::string norm = "model.norm.weight";
  const auto find = [&](std::vector<TensorSpec>& list) -> TensorSpec& {
    return *std::find_if(list.begin(), list.end(), [&](const TensorSpec& spec) { return spec.name == norm; });
  };
  const std::vector<float> bad(16, NAN);
  const std::vector<std::byte> halves(32);

  REQUIRE_THAT(ErrorOfForged(WithTensors([&](auto& list) { find(list).name = "model.norm.wait"; })),
               Catch::Contains("tensor " + norm + " is missing"));
  REQUIRE_THAT(ErrorOfForged(WithTensors([&](auto& list) {
                 TensorSpec extra = find(list);
                 extra.name = "model.extra";
                 list.push_back(extra);
               })),
               Catch::Contains("model.extra"));
  REQUIRE_THAT(ErrorOfForged(WithTensors([&](auto& list) {
                 find(list).shape = {4, 4};
               })),
               Catch::Contains(norm) && Catch::Contains("[4, 4]") && Catch::Contains("[16]"));
  REQUIRE_THAT(ErrorOfForged(WithTensors([&](auto& list) {
                 find(list).dtype = DType::kF16;
                 find(list).data = halves;
                 TensorSpec filler = find(list);
                 filler.name = "filler";
                 list.push_back(filler);
               })),
               Catch::Contains(norm) && Catch::Contains("F16"));
  REQUIRE_THAT(ErrorOfForged(WithTensors([&](auto& list) { find(list).data = std::as_bytes(std::span(bad)); })),
               Catch::Contains(norm) && Catch::Contains("not finite"));
}

TEST_CASE("A config that describes a larger model is refused before anything is allocated", "[stage1_language]") {
  auto files = SealedFiles();
  auto config = nlohmann::json::parse(files["config.json"]);
  config["num_hidden_layers"] = 1000;
  config["intermediate_size"] = 100000;
  files["config.json"] = config.dump();
  REQUIRE_THAT(ErrorOfForged(files), Catch::Contains("config.json describes"));
  files["config.json"] = "{\"hidden_size\": 16, \"hidden_size\": 16}";
  REQUIRE_THAT(ErrorOfForged(files), Catch::Contains("config.json"));
}

TEST_CASE("A model of another vocabulary than its tokenizer is refused", "[stage1_language]") {
  const TempDir temp;
  const LanguageModel other(TinyLanguageConfig(), TinyTokenizer().vocab_size() + 1, SeedTree(1));
  REQUIRE(ExitCode(FrozenLm::Seal(other, TinyTokenizer(), temp / "lm", {})) == 2);
  REQUIRE_FALSE(std::filesystem::exists(temp / "lm"));

  auto files = SealedFiles();
  auto config = nlohmann::json::parse(files["config.json"]);
  config["vocab_size"] = TinyTokenizer().vocab_size() - 1;
  files["config.json"] = config.dump();
  REQUIRE_THAT(ErrorOfForged(files), Catch::Contains("tokenizer"));
}

TEST_CASE("Weights that are not finite can't be sealed", "[stage1_language]") {
  const TempDir temp;
  const LanguageModel model = SealableModel();
  model.LlamaTensors()[0].second.view(-1)[3].fill_(INFINITY);
  REQUIRE_FALSE(FrozenLm::Seal(model, TinyTokenizer(), temp / "lm", {}).ok());
  REQUIRE_FALSE(std::filesystem::exists(temp / "lm"));
}

TEST_CASE("The random control has the identity that sealing gives it", "[stage1_language]") {
  const TempDir temp;
  const auto random = FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(9));
  REQUIRE(random.ok());
  REQUIRE((*random)->kind() == "random");
  REQUIRE((*random)->SealTo(temp / "lm").ok());
  const auto loaded = FrozenLm::Load(temp / "lm");
  REQUIRE(loaded.ok());
  REQUIRE((*loaded)->kind() == "random");
  REQUIRE((*loaded)->sha256() == (*random)->sha256());
  const auto other = FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(10));
  REQUIRE((*other)->sha256() != (*random)->sha256());
}

TEST_CASE("Hidden states have no gradient and begin with the embeddings", "[stage1_language]") {
  const auto lm = FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(9));
  const at::Tensor states = (*lm)->HiddenStates(SomeIds(), {0, 1, 2});
  REQUIRE(states.sizes() == at::IntArrayRef({2, 6, 48}));
  REQUIRE_FALSE(states.requires_grad());
  REQUIRE(
      torch::equal(states.narrow(-1, 0, 16), (*lm)->Embeddings().index_select(0, SomeIds().view(-1)).view({2, 6, 16})));
  REQUIRE(torch::equal((*lm)->HiddenStates(SomeIds(), {1}), states.narrow(-1, 16, 16)));
}

TEST_CASE("Surprisals are the losses of the tokens", "[stage1_language]") {
  const auto lm = FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(2)).value();
  const at::Tensor ids = SomeIds();
  const at::Tensor states = lm->HiddenStates(ids, {lm->num_layers()}).narrow(1, 0, 5).reshape({10, lm->width()});
  const at::Tensor told = lm->Surprisals(states, ids.narrow(1, 1, 5).reshape({10}));
  REQUIRE_FALSE(told.requires_grad());
  REQUIRE(torch::allclose(told.view({2, 5}), lm->model().TokenLosses(ids), 1e-4, 1e-5));
}

TEST_CASE("Many items encode as they do one by one", "[stage1_language]") {
  const auto lm = FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(9));
  const at::Tensor ids = torch::arange(300 * 9).view({300, 9}) % 200;
  const at::Tensor states = (*lm)->HiddenStates(ids, {1, 2});
  REQUIRE(states.sizes() == at::IntArrayRef({300, 9, 32}));
  for (const int64_t item : {0, 112, 113, 114, 299}) {
    REQUIRE(torch::allclose(states[item], (*lm)->HiddenStates(ids.narrow(0, item, 1), {1, 2})[0], 1e-5, 1e-6));
  }
}

TEST_CASE("A frozen model refuses to be trained and notices when it was", "[stage1_language]") {
  const auto lm = FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(9));
  for (const auto& [name, tensor] : (*lm)->model().LlamaTensors()) REQUIRE_FALSE(tensor.requires_grad());
  const at::Tensor own = torch::zeros({3}), stolen = (*lm)->Embeddings().narrow(0, 5, 1);
  REQUIRE((*lm)->CheckNotAmong({{"own", own}}).ok());
  REQUIRE_THAT(Message((*lm)->CheckNotAmong({{"own", own}, {"stolen", stolen}})),
               Catch::Contains("stolen") && Catch::Contains("model.embed_tokens.weight"));
  REQUIRE((*lm)->CheckUnchanged().ok());
  stolen.add_(1e-3);
  REQUIRE_FALSE((*lm)->CheckUnchanged().ok());
  const TempDir temp;
  REQUIRE_FALSE((*lm)->SealTo(temp / "lm").ok());
}

}  // namespace
}  // namespace trivium
