// Sealed model -> Hugging Face folder or GGUF file. See interop.h.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/artifact/artifact_dir.h"
#include "core/base/file_io.h"
#include "core/nn/torch_pch.h"
#include "stage1_language/interop/gguf_llama.h"
#include "stage1_language/interop/interop.h"
#include "stage1_language/model/frozen_lm.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

using Files = std::map<std::string, std::string>;

std::string JsonText(const nlohmann::json& json) { return json.dump(2) + "\n"; }

nlohmann::json TokenizerConfigOf(const FrozenLm& lm) {
  const Tokenizer& tokenizer = lm.tokenizer();
  return {{"tokenizer_class", "LlamaTokenizer"},
          {"model_max_length", lm.max_tokens()},
          {"add_bos_token", true},
          {"add_eos_token", false},
          {"add_prefix_space", false},
          {"legacy", false},
          {"clean_up_tokenization_spaces", false},
          {"unk_token", tokenizer.Piece(tokenizer.unk())},
          {"bos_token", tokenizer.Piece(tokenizer.bos())},
          {"eos_token", tokenizer.Piece(tokenizer.eos())},
          {"pad_token", tokenizer.Piece(tokenizer.pad())}};
}

nlohmann::json GenerationConfigOf(const Tokenizer& tokenizer) {
  return {{"bos_token_id", tokenizer.bos()}, {"eos_token_id", tokenizer.eos()}, {"pad_token_id", tokenizer.pad()}};
}

absl::Status WriteFiles(const fs::path& folder, const fs::path& shown_as, const Files& files) {
  RETURN_IF_ERROR(MakeDirectories(folder));
  for (const auto& [name, bytes] : files) {
    ASSIGN_OR_RETURN(NewFile file, NewFile::Create(folder / name, shown_as / name));
    RETURN_IF_ERROR(file.Write(bytes));
    RETURN_IF_ERROR(file.Close());
  }
  return SyncDirectory(folder);
}

// A folder of files that appears whole or not at all: staged beside `out` under a name that SweepOrphans knows.
absl::Status WriteFolderAtomic(const fs::path& out, const Files& files) {
  const fs::path parent = out.has_parent_path() ? out.parent_path() : fs::path(".");
  const fs::path stage = parent / ("." + out.filename().string() + ".tmp-" + std::to_string(getpid()));
  RETURN_IF_ERROR(MakeDirectories(parent));
  SweepOrphans(parent);
  absl::Status status = WriteFiles(stage, out, files);
  // An empty folder at `out` is replaced; anything else there makes the rename fail.
  if (status.ok() && std::rename(stage.c_str(), out.c_str()) != 0) status = ErrnoStatus(errno, "cannot put", out);
  if (status.ok()) return SyncDirectory(parent);
  std::error_code error;
  fs::remove_all(stage, error);
  return status;
}

// [heads * 2 * half, inputs] in halves -> the same rows interleaved.
at::Tensor Interleaved(const at::Tensor& weight, int64_t heads) {
  const int64_t half = weight.size(0) / heads / 2;
  return weight.view({heads, 2, half, weight.size(1)}).transpose(1, 2).reshape(weight.sizes());
}

// A folder named "lm/" still has a name.
fs::path WithoutSlash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

}  // namespace

absl::Status ExportHuggingFace(const fs::path& sealed, const fs::path& out) {
  const fs::path target = WithoutSlash(out);
  std::error_code error;
  if (fs::exists(fs::symlink_status(target, error)) &&
      !(fs::is_directory(target, error) && fs::is_empty(target, error))) {
    return UsageError(target.string() + " exists already; name another --out");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> lm, FrozenLm::Load(sealed));
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(sealed, ""));
  Files files;
  for (const auto& [name, sha256] : artifact.sha256) {
    ASSIGN_OR_RETURN(files[name], ReadArtifactFile(artifact, name));
  }
  files["tokenizer_config.json"] = JsonText(TokenizerConfigOf(*lm));
  files["generation_config.json"] = JsonText(GenerationConfigOf(lm->tokenizer()));
  return WriteFolderAtomic(target, files);
}

absl::Status ExportGguf(const fs::path& sealed, const fs::path& out) {
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> lm, FrozenLm::Load(sealed));
  const LlamaConfig& config = lm->model().config();
  std::vector<at::Tensor> alive;  // must outlive the specs that borrow from them
  std::vector<TensorSpec> specs;
  for (const auto& [name, tensor] : lm->model().LlamaTensors()) {
    const int64_t heads = InterleavedHeads(name, config);
    alive.push_back((heads > 0 ? Interleaved(tensor, heads) : tensor).contiguous());
    const at::Tensor& data = alive.back();
    specs.push_back({.name = GgufTensorName(name),
                     .dtype = DType::kF32,
                     .shape = data.sizes().vec(),
                     .data = {static_cast<const std::byte*>(data.data_ptr()), data.nbytes()}});
  }
  GgufKeys keys = LlamaGgufKeys(config, lm->tokenizer(), WithoutSlash(sealed).filename().string());
  keys.emplace_back("trivium.sha256", GgufText(lm->sha256()));
  ASSIGN_OR_RETURN(const std::string bytes, WriteGguf(keys, specs));
  if (out.has_parent_path()) RETURN_IF_ERROR(MakeDirectories(out.parent_path()));
  return WriteFileAtomic(out, bytes);
}

}  // namespace trivium
