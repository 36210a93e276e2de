// See frozen_lm.h.
#include "stage1_language/model/frozen_lm.h"

#include <algorithm>
#include <utility>

#include "core/artifact/artifact_dir.h"
#include "core/artifact/json_scan.h"
#include "core/base/sha256.h"
#include "core/nn/flops.h"
#include "core/nn/shape.h"
#include "core/nn/torch_pch.h"
#include "core/train/tensor_io.h"

namespace trivium {
namespace {

constexpr char kKind[] = "frozen_lm";
constexpr char kConfigFile[] = "config.json";
constexpr char kWeightsFile[] = "model.safetensors";
constexpr char kTokenizerFile[] = "tokenizer.model";

// Encoding goes in parts that stay in the processor's cache: a fifth faster at width 96 than 10,000 tokens at once.
constexpr int64_t kTokensAtOnce = 1024;

// The artefact's files but the manifest, by name.
using Files = std::map<std::string, std::string>;

absl::Status CheckVocabulary(int64_t model_vocab, const Tokenizer& tokenizer) {
  if (model_vocab == tokenizer.vocab_size()) return absl::OkStatus();
  return BadArtifact("the model's vocabulary has " + std::to_string(model_vocab) + " tokens, its tokenizer's " +
                     std::to_string(tokenizer.vocab_size()) + ": they do not belong together");
}

// "" if every weight is finite, else the name of a tensor that is not.
std::string NotFinite(const LanguageModel& model) {
  for (const auto& [name, tensor] : model.LlamaTensors()) {
    if (!at::isfinite(tensor).all().item<bool>()) return name;
  }
  return "";
}

absl::StatusOr<Files> MakeFiles(const LanguageModel& model, const Tokenizer& tokenizer) {
  const SpecialTokens special{.bos = tokenizer.bos(), .eos = tokenizer.eos(), .pad = tokenizer.pad()};
  Files files;
  files[kConfigFile] = ToHuggingFaceConfig(model.config(), special).dump(2) + "\n";
  const std::string name = NotFinite(model);
  if (!name.empty()) return Failed("tensor " + name + " is not finite; it can't be sealed");
  // Some readers of the format ask for this key.
  ASSIGN_OR_RETURN(files[kWeightsFile], TensorsToBytes(model.LlamaTensors(), {{"format", "pt"}}));
  files[kTokenizerFile] = tokenizer.bytes();
  return files;
}

absl::Status WriteArtifact(const Files& files, const std::filesystem::path& dir, const nlohmann::json& metadata) {
  ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::Create(dir));
  for (const auto& [name, bytes] : files) RETURN_IF_ERROR(writer.Add(name, bytes));
  return writer.Commit(kKind, metadata);
}

// A config far larger than the weights must not make us allocate what it describes.
absl::Status CheckSize(const LlamaConfig& config, size_t file_bytes) {
  const int64_t weights = CountWeights(config).total();
  if (static_cast<uint64_t>(weights) * sizeof(float) <= file_bytes) return absl::OkStatus();
  return BadArtifact("config.json describes " + std::to_string(weights) + " weights; model.safetensors has only " +
                     std::to_string(file_bytes) + " bytes");
}

struct Parts {
  LanguageModel model;
  Tokenizer tokenizer;
};

absl::StatusOr<Parts> ReadParts(const Artifact& artifact) {
  ASSIGN_OR_RETURN(const std::string config_text, ReadArtifactFile(artifact, kConfigFile));
  const auto json = ParseStrictJson(config_text);
  if (!json.ok()) return BadArtifact("config.json: " + Message(json.status()));
  ASSIGN_OR_RETURN(const LlamaConfig config, FromHuggingFaceConfig(*json));

  ASSIGN_OR_RETURN(const std::string tokenizer_bytes, ReadArtifactFile(artifact, kTokenizerFile));
  auto tokenizer = Tokenizer::FromBytes(tokenizer_bytes);
  if (!tokenizer.ok()) return BadArtifact("tokenizer.model: " + Message(tokenizer.status()));
  RETURN_IF_ERROR(CheckVocabulary(config.vocab, *tokenizer));

  ASSIGN_OR_RETURN(const std::string weights, ReadArtifactFile(artifact, kWeightsFile));
  RETURN_IF_ERROR(CheckSize(config, weights.size()));
  Parts parts{LanguageModel(config), std::move(*tokenizer)};
  RETURN_IF_ERROR(Annotate(FillTensors(weights, parts.model.LlamaTensors()), "model.safetensors: "));
  const std::string name = NotFinite(parts.model);
  if (!name.empty()) return BadArtifact("model.safetensors: tensor " + name + " is not finite");
  return parts;
}

std::map<std::string, std::string> Hashes(const Files& files) {
  std::map<std::string, std::string> hashes;
  for (const auto& [name, bytes] : files) hashes[name] = Sha256Hex(bytes);
  return hashes;
}

std::string WeightsDigest(const LanguageModel& model) {
  std::string lines;
  for (const auto& [name, tensor] : model.LlamaTensors()) {
    const at::Tensor data = tensor.to(at::kCPU).contiguous();
    lines += name + ' ' + Sha256Hex({static_cast<const char*>(data.data_ptr()), data.nbytes()}) + '\n';
  }
  return Sha256Hex(lines);
}

}  // namespace

absl::Status FrozenLm::Seal(const LanguageModel& model, const Tokenizer& tokenizer, const std::filesystem::path& dir,
                            const nlohmann::json& metadata) {
  if (model.vocab() != tokenizer.vocab_size()) return UsageError(Message(CheckVocabulary(model.vocab(), tokenizer)));
  ASSIGN_OR_RETURN(const Files files, MakeFiles(model, tokenizer));
  nlohmann::json described = metadata.is_object() ? metadata : nlohmann::json::object();
  described.emplace("origin", "trained");
  return Annotate(WriteArtifact(files, dir, described), "sealing the language model: ");
}

absl::StatusOr<std::shared_ptr<FrozenLm>> FrozenLm::Load(const std::filesystem::path& dir) {
  std::error_code error;
  if (!std::filesystem::exists(dir, error)) {
    return BadArtifact("there is no frozen language model at " + dir.string() +
                       "; train one and seal it: trivium stage1 train --out RUN && trivium stage1 freeze RUN --out " +
                       dir.string());
  }
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(dir, kKind));
  absl::StatusOr<Parts> parts = ReadParts(artifact);
  if (!parts.ok()) return Annotate(parts.status(), dir.string() + ": ");
  return std::shared_ptr<FrozenLm>(
      new FrozenLm(std::move(parts->model), std::move(parts->tokenizer), artifact.metadata, artifact.sha256));
}

absl::StatusOr<std::shared_ptr<FrozenLm>> FrozenLm::Random(const LanguageConfig& config, const Tokenizer& tokenizer,
                                                           const SeedTree& seed) {
  RETURN_IF_ERROR(config.Validate());
  LanguageModel model(config, tokenizer.vocab_size(), seed);
  ASSIGN_OR_RETURN(const Files files, MakeFiles(model, tokenizer));
  return std::shared_ptr<FrozenLm>(
      new FrozenLm(std::move(model), tokenizer, nlohmann::json::object({{"origin", "random"}}), Hashes(files)));
}

FrozenLm::FrozenLm(LanguageModel model, Tokenizer tokenizer, nlohmann::json metadata,
                   std::map<std::string, std::string> hashes)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)), metadata_(std::move(metadata)) {
  model_.Freeze();
  const auto origin = metadata_.find("origin");
  kind_ = origin != metadata_.end() && origin->is_string() ? origin->get<std::string>() : "trained";
  spelling_.lower_case = reads_words_ = kind_ != "imported";
  if (const auto spelling = metadata_.find("spelling"); spelling != metadata_.end() && spelling->is_object()) {
    const auto flag = [&](const char* name, bool otherwise) {
      const auto found = spelling->find(name);
      return found != spelling->end() && found->is_boolean() ? found->get<bool>() : otherwise;
    };
    spelling_.lower_case = flag("lower_case", spelling_.lower_case);
    reads_words_ = flag("words", reads_words_);
  }
  sha256_ = ContentSha256(Artifact{.dir = {}, .kind = kKind, .metadata = {}, .sha256 = std::move(hashes)});
  weights_digest_ = WeightsDigest(model_);
}

std::string FrozenLm::Typed(const std::string& text) const { return reads_words_ ? SpellLines(text, spelling_) : text; }

absl::Status FrozenLm::SealTo(const std::filesystem::path& dir) const {
  RETURN_IF_ERROR(CheckUnchanged());
  return Seal(model_, tokenizer_, dir, metadata_);
}

at::Tensor FrozenLm::Embeddings() const { return model_.embedding().detach(); }

at::Tensor FrozenLm::HiddenStates(const at::Tensor& ids, const std::vector<int64_t>& layers) const {
  at::NoGradGuard no_gradients;
  const at::Tensor here = ids.to(model_.device());
  CheckShape(here, {kAnySize, kAnySize}, "token ids");
  const int64_t items = here.size(0),
                at_once = std::max<int64_t>(1, kTokensAtOnce / std::max<int64_t>(1, here.size(1)));
  if (!here.is_cpu() || items <= at_once) return model_.HiddenStates(here, layers);
  const auto channels = static_cast<int64_t>(layers.size()) * width();
  at::Tensor states = at::empty({items, here.size(1), channels}, model_.embedding().options());
  for (int64_t first = 0; first < items; first += at_once) {
    const int64_t count = std::min(at_once, items - first);
    states.narrow(0, first, count).copy_(model_.HiddenStates(here.narrow(0, first, count), layers));
  }
  return states;
}

at::Tensor FrozenLm::Surprisals(const at::Tensor& states, const at::Tensor& ids) const {
  at::NoGradGuard no_gradients;
  return model_.Surprisals(states.to(model_.device()), ids.to(model_.device()));
}

at::Tensor FrozenLm::NextLogits(const at::Tensor& ids) const {
  at::NoGradGuard no_gradients;
  return model_.NextLogits(ids.to(model_.device()));
}

absl::Status FrozenLm::CheckUnchanged() const {
  if (WeightsDigest(model_) == weights_digest_) return absl::OkStatus();
  return Failed("the frozen language model was changed in memory: its weights are not those of " + sha256_);
}

absl::Status FrozenLm::CheckNotAmong(const std::vector<std::pair<std::string, at::Tensor>>& parameters) const {
  for (const auto& [frozen_name, frozen] : model_.LlamaTensors()) {
    for (const auto& [name, parameter] : parameters) {
      if (parameter.defined() && parameter.is_alias_of(frozen)) {
        return Failed("parameter " + name + " is the frozen language model's " + frozen_name +
                      ": a sealed model is not trained");
      }
    }
  }
  return absl::OkStatus();
}

void FrozenLm::MoveTo(at::Device device) { model_.To(device, at::kFloat); }

}  // namespace trivium
