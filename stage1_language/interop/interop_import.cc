// Hugging Face folder or GGUF file -> sealed model. See interop.h.
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "core/artifact/json_scan.h"
#include "core/artifact/safetensors.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"
#include "core/nn/flops.h"
#include "core/nn/torch_pch.h"
#include "core/text/tokenizer_model.h"
#include "core/train/machine.h"
#include "core/train/tensor_io.h"
#include "stage1_language/interop/gguf_llama.h"
#include "stage1_language/interop/interop.h"
#include "stage1_language/model/frozen_lm.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMaxJsonBytes = 64 << 20;
constexpr size_t kMaxShards = 4096;
constexpr char kEmbedding[] = "model.embed_tokens.weight";
constexpr char kWeights[] = "model.safetensors";
constexpr char kIndex[] = "model.safetensors.index.json";
constexpr char kSpaceNote[] =
    "its tokenizer put a space in front of every text; that is off now, since Trivium writes the space itself: \"text\" "
    "there and \" text\" here have the same ids";

// What is missing or unreadable in a source is a bad artefact.
absl::StatusOr<std::string> ReadSource(const fs::path& path, uint64_t max_bytes) {
  absl::StatusOr<std::string> bytes = ReadFile(path, max_bytes);
  if (!bytes.ok() && bytes.status().code() == absl::StatusCode::kInvalidArgument) {
    return BadArtifact(Message(bytes.status()));
  }
  return bytes;
}

// A file and the float32 model made of it must both fit.
uint64_t MaxWeightBytes() { return static_cast<uint64_t>(TotalMemoryBytes()) / 3; }

absl::StatusOr<nlohmann::json> ReadSourceJson(const fs::path& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadSource(path, kMaxJsonBytes));
  absl::StatusOr<nlohmann::json> json = ParseStrictJson(text);
  if (!json.ok()) return BadArtifact(path.string() + ": " + Message(json.status()));
  return json;
}

// Rows interleaved as in GGUF -> in halves.
at::Tensor InHalves(const at::Tensor& weight, int64_t heads) {
  const int64_t half = weight.size(0) / heads / 2;
  return weight.view({heads, half, 2, weight.size(1)}).transpose(1, 2).reshape(weight.sizes());
}

// The spec's values in `target`'s shape, as float32. `heads`: as InterleavedHeads.
absl::Status Fill(const TensorSpec& spec, int64_t heads, at::Tensor target) {
  const std::string named = "tensor " + spec.name;
  if (spec.dtype != DType::kF32 && spec.dtype != DType::kF16 && spec.dtype != DType::kBF16) {
    return BadArtifact(named + " has type " + DTypeName(spec.dtype) + "; only F32, F16 and BF16 are read");
  }
  if (target.sizes() != at::IntArrayRef(spec.shape)) {
    return BadArtifact(named + " has shape " + c10::str(at::IntArrayRef(spec.shape)) + "; expected is " +
                       c10::str(target.sizes()));
  }
  const at::Tensor values = ToTensor(spec);
  target.copy_(heads > 0 ? InHalves(values, heads) : values);
  return at::isfinite(target).all().item<bool>() ? absl::OkStatus() : BadArtifact(named + " is not finite");
}

// The tensors that a model still waits for, by name.
class Targets {
 public:
  Targets(const LanguageModel& model, bool is_gguf) : config_(model.config()) {
    for (const auto& [name, tensor] : model.LlamaTensors()) {
      const int64_t heads = is_gguf ? InterleavedHeads(name, config_) : 0;
      waiting_.emplace(is_gguf ? GgufTensorName(name) : name, Target{tensor, heads});
      if (name == kEmbedding) embedding_ = tensor;
    }
  }

  absl::Status Take(const TensorSpec& spec) {
    const auto place = waiting_.find(spec.name);
    if (place == waiting_.end()) return Superfluous(spec);
    RETURN_IF_ERROR(Fill(spec, place->second.heads, place->second.tensor));
    waiting_.erase(place);
    return absl::OkStatus();
  }

  absl::Status AllFilled() {
    // A tied matrix may be stored under the name of its other use alone.
    if (second_embedding_.defined() && waiting_.erase(kEmbedding) != 0) {
      embedding_.copy_(second_embedding_);
    }
    if (!waiting_.empty()) return BadArtifact("tensor " + waiting_.begin()->first + " is missing");
    if (!second_embedding_.defined() || at::equal(second_embedding_, embedding_)) return absl::OkStatus();
    return BadArtifact("tensor lm_head.weight differs from the embedding, but tie_word_embeddings is true");
  }

 private:
  struct Target {
    at::Tensor tensor;
    int64_t heads;
  };

  // Old checkpoints carry the frequencies of the rotary positions, which the config gives; tied ones may carry the
  // embedding twice.
  absl::Status Superfluous(const TensorSpec& spec) {
    if (spec.name.find(".rotary_emb.inv_freq") != std::string::npos) return absl::OkStatus();
    if (spec.name != "lm_head.weight" || !config_.tied_embeddings || second_embedding_.defined()) {
      return BadArtifact("tensor " + spec.name + " belongs to nothing here, or is repeated");
    }
    second_embedding_ = at::empty_like(embedding_);
    return Fill(spec, 0, second_embedding_);
  }

  LlamaConfig config_;
  at::Tensor embedding_, second_embedding_;
  std::map<std::string, Target> waiting_;
};

// A config far larger than the weights must not make us allocate what it describes.
absl::Status CheckFileSize(const LlamaConfig& config, uint64_t file_bytes) {
  const int64_t weights = CountWeights(config).total();
  if (static_cast<uint64_t>(weights) * 2 <= file_bytes) return absl::OkStatus();
  return BadArtifact("the config describes " + std::to_string(weights) + " weights; the files have only " +
                     std::to_string(file_bytes) + " bytes");
}

bool IsPlainName(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.size() <= 255 && name.find_first_of("/\\") == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// File -> the tensors that the index says it holds. A folder of one file says nothing.
using Shards = std::map<std::string, std::set<std::string>>;

absl::StatusOr<Shards> ListShards(const fs::path& dir) {
  std::error_code error;
  if (fs::exists(dir / kWeights, error)) return Shards{{kWeights, {}}};
  if (!fs::exists(dir / kIndex, error)) {
    return BadArtifact(dir.string() + " has neither " + kWeights + " nor " + kIndex +
                       " (weights in pickled files are not read: save them with safe_serialization)");
  }
  ASSIGN_OR_RETURN(const nlohmann::json index, ReadSourceJson(dir / kIndex));
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object()) return BadArtifact(std::string(kIndex) + " has no object weight_map");
  Shards shards;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !IsPlainName(file.get<std::string>())) {
      return BadArtifact(std::string(kIndex) + ": the file of " + tensor + " is no plain file name");
    }
    shards[file.get<std::string>()].insert(tensor);
  }
  if (shards.size() > kMaxShards) return BadArtifact(std::string(kIndex) + " names more than 4,096 files");
  return shards;
}

// The weights of `dir` into `model`; file -> SHA-256.
absl::StatusOr<nlohmann::json> ReadShards(const fs::path& dir, const Shards& shards, Targets& targets) {
  nlohmann::json hashes = nlohmann::json::object();
  for (const auto& [file, listed] : shards) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadSource(dir / file, MaxWeightBytes()));
    const absl::StatusOr<SafetensorsView> view = ParseSafetensors(bytes);
    if (!view.ok()) return Annotate(view.status(), file + ": ");
    for (const TensorSpec& spec : view->tensors) {
      if (!listed.empty() && listed.count(spec.name) == 0) {
        return BadArtifact(file + ": tensor " + spec.name + " is not there by " + kIndex);
      }
      RETURN_IF_ERROR(Annotate(targets.Take(spec), file + ": "));
    }
    hashes[file] = Sha256Hex(bytes);
  }
  RETURN_IF_ERROR(targets.AllFilled());
  return hashes;
}

absl::StatusOr<uint64_t> TotalBytes(const fs::path& dir, const Shards& shards) {
  uint64_t total = 0;
  for (const auto& [file, listed] : shards) {
    std::error_code error;
    const uint64_t bytes = fs::file_size(dir / file, error);
    if (error) return BadArtifact(file + ": " + error.message());
    total += bytes;
  }
  return total;
}

absl::StatusOr<Tokenizer> ReadTokenizer(const fs::path& dir, std::vector<std::string>& notes) {
  const fs::path path = dir / "tokenizer.model";
  std::error_code error;
  if (!fs::exists(path, error)) {
    return BadArtifact("no tokenizer.model: only SentencePiece tokenizers are read, not tokenizer.json");
  }
  ASSIGN_OR_RETURN(const std::string bytes, ReadSource(path, kMaxTokenizerBytes));
  const absl::StatusOr<std::string> plain = WithoutDummyPrefix(bytes);
  if (!plain.ok()) return Annotate(plain.status(), "tokenizer.model: ");
  if (*plain != bytes) notes.push_back(kSpaceNote);
  absl::StatusOr<Tokenizer> tokenizer = Tokenizer::FromBytes(*plain);
  return tokenizer.ok() ? tokenizer : Annotate(tokenizer.status(), "tokenizer.model: ");
}

// Every text begins with the piece for its beginning here.
absl::Status CheckBeginning(const fs::path& dir) {
  const fs::path path = dir / "tokenizer_config.json";
  std::error_code error;
  if (!fs::exists(path, error)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const nlohmann::json config, ReadSourceJson(path));
  if (!config.is_object() || config.value("add_bos_token", nlohmann::json()) != false) return absl::OkStatus();
  return BadArtifact(
      "tokenizer_config.json: add_bos_token is false, but here every text begins with the piece for its beginning, "
      "which this model has not been trained with");
}

absl::Status CheckVocabulary(const LlamaConfig& config, const Tokenizer& tokenizer) {
  if (config.vocab == tokenizer.vocab_size()) return absl::OkStatus();
  return BadArtifact("the model's vocabulary has " + std::to_string(config.vocab) + " tokens, its tokenizer's " +
                     std::to_string(tokenizer.vocab_size()) + ": added tokens and padded vocabularies are not read");
}

absl::StatusOr<ImportedModel> SealImported(const LanguageModel& model, const Tokenizer& tokenizer, const fs::path& out,
                                           nlohmann::json metadata, ImportedModel imported) {
  metadata["origin"] = "imported";
  metadata["format"] = imported.format;
  metadata["notes"] = imported.notes;
  RETURN_IF_ERROR(FrozenLm::Seal(model, tokenizer, out, metadata));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> sealed, FrozenLm::Load(out));
  imported.weights = CountWeights(model.config()).total();
  imported.sha256 = sealed->sha256();
  return imported;
}

absl::StatusOr<ImportedModel> ImportFolder(const fs::path& dir, const fs::path& out) {
  ImportedModel imported{.format = "hf", .weights = 0, .sha256 = {}, .notes = {}};
  ASSIGN_OR_RETURN(const nlohmann::json config_json, ReadSourceJson(dir / "config.json"));
  ASSIGN_OR_RETURN(const LlamaConfig config, FromHuggingFaceConfig(config_json));
  ASSIGN_OR_RETURN(const Tokenizer tokenizer, ReadTokenizer(dir, imported.notes));
  RETURN_IF_ERROR(CheckBeginning(dir));
  RETURN_IF_ERROR(CheckVocabulary(config, tokenizer));
  ASSIGN_OR_RETURN(const Shards shards, ListShards(dir));
  ASSIGN_OR_RETURN(const uint64_t file_bytes, TotalBytes(dir, shards));
  RETURN_IF_ERROR(CheckFileSize(config, file_bytes));
  const LanguageModel model(config);
  Targets targets(model, /*is_gguf=*/false);
  ASSIGN_OR_RETURN(const nlohmann::json hashes, ReadShards(dir, shards, targets));
  return SealImported(model, tokenizer, out, {{"source_sha256", hashes}}, imported);
}

absl::StatusOr<ImportedModel> ImportGguf(const fs::path& file, const fs::path& out) {
  ImportedModel imported{.format = "gguf", .weights = 0, .sha256 = {}, .notes = {}};
  ASSIGN_OR_RETURN(const std::string bytes, ReadSource(file, MaxWeightBytes()));
  ASSIGN_OR_RETURN(const GgufView view, ParseGguf(bytes));
  ASSIGN_OR_RETURN(const LlamaConfig config, LlamaConfigFromGguf(view));
  ASSIGN_OR_RETURN(const Tokenizer tokenizer, TokenizerFromGguf(view));
  const auto adds_space = GgufFlag(view, "tokenizer.ggml.add_space_prefix");
  if (!adds_space.ok() || *adds_space) imported.notes.push_back(kSpaceNote);
  RETURN_IF_ERROR(CheckVocabulary(config, tokenizer));
  RETURN_IF_ERROR(CheckFileSize(config, bytes.size()));
  const LanguageModel model(config);
  Targets targets(model, /*is_gguf=*/true);
  for (const TensorSpec& spec : view.tensors) RETURN_IF_ERROR(targets.Take(spec));
  RETURN_IF_ERROR(targets.AllFilled());
  return SealImported(model, tokenizer, out, {{"source_sha256", {{file.filename().string(), Sha256Hex(bytes)}}}},
                      imported);
}

}  // namespace

absl::StatusOr<ImportedModel> ImportModel(const fs::path& source, const fs::path& out) {
  std::error_code error;
  if (!fs::exists(source, error)) return BadArtifact("nothing at " + source.string());
  absl::StatusOr<ImportedModel> imported =
      fs::is_directory(source, error) ? ImportFolder(source, out) : ImportGguf(source, out);
  return imported.ok() ? imported : Annotate(imported.status(), source.string() + ": ");
}

}  // namespace trivium
