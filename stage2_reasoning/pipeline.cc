// See pipeline.h: everything read here is verified against the hash that its container names.
#include "stage2_reasoning/pipeline.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "core/artifact/artifact_dir.h"
#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"
#include "core/text/sentences.h"
#include "core/train/tensor_io.h"
#include "memory/shard.h"
#include "stage1_language/model/feature_cache.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {
namespace {

namespace fs = std::filesystem;

constexpr char kFormat[] = "trivium-pipeline";
constexpr int64_t kVersion = 2;
constexpr uint64_t kMaxIndexBytes = 1 << 20;
constexpr char kTrainingConfig[] = "training.yaml", kTrainingWords[] = "training_words.txt";
constexpr char kHaltHead[] = "halting.safetensors";

absl::StatusOr<nlohmann::json> ReadJson(const std::string& text, const std::string& where) {
  absl::StatusOr<nlohmann::json> json = ParseStrictJson(text);
  if (!json.ok()) return BadArtifact(where + ": " + Message(json.status()));
  if (!json->is_object()) return BadArtifact(where + " is not a JSON object");
  return json;
}

absl::StatusOr<std::string> TextField(const nlohmann::json& json, const std::string& key, const std::string& where) {
  if (!json.contains(key) || !json[key].is_string())
    return BadArtifact(where + ": \"" + key + "\" is missing or no text");
  return json[key].get<std::string>();
}

absl::StatusOr<std::string> AlgorithmSha256(const fs::path& dir) {
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(dir, "algorithm"));
  return ContentSha256(artifact);
}

absl::StatusOr<std::string> VerifyShard(const fs::path& path) {
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(path));
  RETURN_IF_ERROR(shard.Verify());
  ASSIGN_OR_RETURN(const int64_t facts, shard.Count());
  ASSIGN_OR_RETURN(const std::string sha256, shard.Sha256());
  return std::to_string(facts) + " facts, sha256 " + sha256;
}

// What a network may begin to do that it was not trained for: all else stays as it was.
constexpr const char* kMayBegin[] = {"thinking_facts", "told_order", "belief_scale", "recall_fit"};

// Whether weights of `trained` mean in `now` what they meant there.
absl::Status CheckSameNetwork(const ReasonerConfig& trained, const ReasonerConfig& now, const fs::path& dir) {
  const nlohmann::json was = ToJson(trained), is = ToJson(now);
  for (const auto& [key, value] : was.items()) {
    if (key == "closed_class" || key == "gate_bias" || is.at(key) == value) continue;
    const bool may_begin = std::find(std::begin(kMayBegin), std::end(kMayBegin), key) != std::end(kMayBegin);
    if (may_begin && value == false) continue;
    return UsageError("--from: " + dir.string() + " has reasoner." + key + " " + value.dump() + ", not " +
                      is.at(key).dump() + "; --set reasoner." + key + "=" + value.dump());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SaveAlgorithm(const Reasoner& reasoner, const fs::path& dir, nlohmann::json metadata,
                           const TrainingRecord& training) {
  ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::Create(dir));
  RETURN_IF_ERROR(writer.Add("config.json", ToJson(reasoner.config()).dump(2)));
  ASSIGN_OR_RETURN(const std::string weights, TensorsToBytes(reasoner.Parameters()));
  RETURN_IF_ERROR(writer.Add("model.safetensors", weights));
  if (reasoner.halt_head().is_fitted()) {
    ASSIGN_OR_RETURN(const std::string head, TensorsToBytes(reasoner.halt_head().Parameters()));
    RETURN_IF_ERROR(writer.Add(kHaltHead, head));
  }
  if (!training.config_yaml.empty()) RETURN_IF_ERROR(writer.Add(kTrainingConfig, training.config_yaml));
  std::string words;
  for (const std::string& word : training.words) words += word + "\n";
  if (!words.empty()) RETURN_IF_ERROR(writer.Add(kTrainingWords, words));
  metadata["network"] = Reasoner::kFormat;
  metadata["language_sha256"] = reasoner.encoder().encoder().sha256();
  return writer.Commit("algorithm", metadata);
}

absl::StatusOr<std::unique_ptr<Reasoner>> LoadAlgorithm(const fs::path& dir, const TextEncoder& language,
                                                        TrainingRecord* training) {
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(dir, "algorithm"));
  if (artifact.metadata.value("network", nlohmann::json()) != Reasoner::kFormat) {
    return BadArtifact("the algorithm in " + dir.string() +
                       " was trained by another version, whose network computes otherwise: train stage 2 again");
  }
  ASSIGN_OR_RETURN(const std::string trained_with, TextField(artifact.metadata, "language_sha256", dir.string()));
  if (trained_with != language.sha256()) {
    return BadArtifact("the algorithm in " + dir.string() + " was trained around the language model " +
                       trained_with.substr(0, 12) + "..., not around " + language.sha256().substr(0, 12) +
                       "...: use the model it was trained with, or train stage 2 around this one");
  }
  ASSIGN_OR_RETURN(const std::string text, ReadArtifactFile(artifact, "config.json"));
  ASSIGN_OR_RETURN(const nlohmann::json json, ReadJson(text, (dir / "config.json").string()));
  absl::StatusOr<ReasonerConfig> config = ReasonerConfigFromJson(json);
  if (!config.ok()) return Annotate(config.status(), dir.string() + ": ");
  auto reasoner = std::make_unique<Reasoner>(*config, language, SeedTree(0));
  ASSIGN_OR_RETURN(const std::string weights, ReadArtifactFile(artifact, "model.safetensors"));
  RETURN_IF_ERROR(Annotate(FillTensors(weights, reasoner->Parameters()), (dir / "model.safetensors").string() + ": "));
  if (artifact.sha256.count(kHaltHead) != 0) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadArtifactFile(artifact, kHaltHead));
    const ReasonerConfig& made = reasoner->config();
    HaltHead head(made.width, made.thinking_facts), of_one_loop = HaltHead::OfOneLoop(made.width);
    const absl::Status filled = FillTensors(bytes, head.Parameters());
    const bool is_old = !filled.ok() && FillTensors(bytes, of_one_loop.Parameters()).ok();
    if (!is_old) RETURN_IF_ERROR(Annotate(filled, (dir / kHaltHead).string() + ": "));
    reasoner->SetHaltHead(is_old ? of_one_loop.OfAllFeatures(made.thinking_facts) : head);
  }
  if (training != nullptr) {
    if (artifact.sha256.count(kTrainingConfig) != 0) {
      ASSIGN_OR_RETURN(training->config_yaml, ReadArtifactFile(artifact, kTrainingConfig));
      ASSIGN_OR_RETURN(const ReasonerTrainingConfig trained, ParseTrainingConfig(training->config_yaml));
      training->questions_in_place = trained.data.questions_in_place();
    }
    if (artifact.sha256.count(kTrainingWords) != 0) {
      ASSIGN_OR_RETURN(const std::string words, ReadArtifactFile(artifact, kTrainingWords));
      for (const std::string& word : SplitWords(words)) training->words.insert(word);
    }
  }
  return reasoner;
}

absl::Status SavePipeline(const fs::path& dir, const fs::path& language_dir, const Reasoner& reasoner,
                          const std::vector<PipelineShard>& shards, const nlohmann::json& metadata,
                          const TrainingRecord& training) {
  RETURN_IF_ERROR(MakeDirectories(dir / "knowledge"));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> language, FrozenLm::Load(language_dir));
  if (language->sha256() != reasoner.encoder().encoder().sha256()) {
    return BadArtifact(language_dir.string() + " is not the language model that this reasoner was trained around");
  }
  RETURN_IF_ERROR(language->SealTo(dir / "language"));
  RETURN_IF_ERROR(SaveAlgorithm(reasoner, dir / "algorithm", metadata, training));
  nlohmann::json index = {{"format", kFormat}, {"version", kVersion}, {"language", language->sha256()}};
  ASSIGN_OR_RETURN(index["algorithm"], AlgorithmSha256(dir / "algorithm"));
  index["knowledge"] = nlohmann::json::array();
  for (const PipelineShard& entry : shards) {
    ASSIGN_OR_RETURN(const Shard shard, Shard::Open(entry.path));
    RETURN_IF_ERROR(shard.CopyTo(dir / "knowledge" / (shard.name() + ".shard")));
    index["knowledge"].push_back({{"shard", shard.name()}, {"confidence", entry.confidence}});
  }
  return WriteFileAtomic(dir / "index.json", index.dump(2) + "\n");
}

absl::StatusOr<Pipeline> LoadPipeline(const fs::path& dir, std::shared_ptr<FeatureCache> cache) {
  const std::string where = (dir / "index.json").string();
  if (!fs::exists(dir / "index.json")) {
    return BadArtifact("no pipeline at " + dir.string() +
                       ": it has no index.json. Make one with: trivium stage2 train --lm FROZEN_LM --out RUN");
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(dir / "index.json", kMaxIndexBytes));
  ASSIGN_OR_RETURN(const nlohmann::json index, ReadJson(text, where));
  if (index.value("format", nlohmann::json()) != kFormat || index.value("version", nlohmann::json()) != kVersion) {
    return BadArtifact(where + " is not a trivium-pipeline of version " + std::to_string(kVersion));
  }
  Pipeline pipeline;
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> language, FrozenLm::Load(dir / "language"));
  ASSIGN_OR_RETURN(const std::string language_sha, TextField(index, "language", where));
  if (language->sha256() != language_sha)
    return BadArtifact(where + ": language/ is another model than the index names");
  ASSIGN_OR_RETURN(const std::string algorithm_sha, TextField(index, "algorithm", where));
  ASSIGN_OR_RETURN(const std::string found_sha, AlgorithmSha256(dir / "algorithm"));
  if (algorithm_sha != found_sha) return BadArtifact(where + ": algorithm/ is another one than the index names");
  pipeline.language = language;
  if (cache != nullptr) pipeline.language = std::make_shared<CachedEncoder>(language, std::move(cache));
  ASSIGN_OR_RETURN(pipeline.reasoner, LoadAlgorithm(dir / "algorithm", *pipeline.language, &pipeline.training));
  const nlohmann::json knowledge = index.value("knowledge", nlohmann::json::array());
  if (!knowledge.is_array()) return BadArtifact(where + ": \"knowledge\" must be an array");
  for (const nlohmann::json& entry : knowledge) {
    ASSIGN_OR_RETURN(const std::string name, TextField(entry, "shard", where));
    // Names come from a file: they must stay inside the folder.
    if (name.empty() || name.find('/') != std::string::npos || name[0] == '.')
      return BadArtifact(where + ": odd shard name");
    if (!entry.contains("confidence") || !entry["confidence"].is_number())
      return BadArtifact(where + ": shard '" + name + "' has no confidence");
    absl::StatusOr<Mount> mount = MountShard(dir / "knowledge" / (name + ".shard"), entry["confidence"].get<double>());
    // What the index names belongs to the pipeline, whatever is wrong with it.
    if (!mount.ok()) return BadArtifact(where + ": " + Message(mount.status()));
    pipeline.mounts.push_back(*std::move(mount));
  }
  return pipeline;
}

absl::StatusOr<AlgorithmOrigin> OriginOf(const fs::path& pipeline_dir) {
  const fs::path dir = pipeline_dir / "algorithm";
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(dir, "algorithm"));
  AlgorithmOrigin origin{ContentSha256(artifact), "", ""};
  ASSIGN_OR_RETURN(origin.language_sha256, TextField(artifact.metadata, "language_sha256", dir.string()));
  if (artifact.metadata.contains("from_sha256")) {
    ASSIGN_OR_RETURN(origin.from_sha256, TextField(artifact.metadata, "from_sha256", dir.string()));
  }
  return origin;
}

absl::StatusOr<std::string> TakeWeights(const fs::path& pipeline_dir, Reasoner& reasoner, TrainingRecord* training) {
  ASSIGN_OR_RETURN(Pipeline pipeline, LoadPipeline(pipeline_dir));
  if (pipeline.language->sha256() != reasoner.encoder().encoder().sha256()) {
    return BadArtifact("--from: " + pipeline_dir.string() +
                       " is a pipeline around another language model: give no --lm");
  }
  RETURN_IF_ERROR(CheckSameNetwork(pipeline.reasoner->config(), reasoner.config(), pipeline_dir));
  torch::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> places;
  for (const auto& [name, weight] : reasoner.Parameters()) places[name] = weight;
  for (const auto& [name, weight] : pipeline.reasoner->Parameters()) places.at(name).copy_(weight);
  if (training != nullptr) *training = std::move(pipeline.training);
  return AlgorithmSha256(pipeline_dir / "algorithm");
}

absl::StatusOr<std::vector<std::string>> VerifyPath(const fs::path& path) {
  std::vector<std::string> lines;
  if (!fs::exists(path)) return BadArtifact("nothing to verify at " + path.string());
  if (fs::is_regular_file(path)) {
    ASSIGN_OR_RETURN(const std::string line, VerifyShard(path));
    lines.push_back("shard " + path.string() + ": " + line);
    return lines;
  }
  if (fs::exists(path / "index.json")) {
    ASSIGN_OR_RETURN(const Pipeline pipeline, LoadPipeline(path));
    lines.push_back("pipeline " + path.string() + ": language " + pipeline.language->sha256() + " (" +
                    pipeline.language->kind() + ")");
    for (const Mount& mount : pipeline.mounts) {
      ASSIGN_OR_RETURN(const std::string line, VerifyShard(path / "knowledge" / (mount.name() + ".shard")));
      lines.push_back("  knowledge " + mount.name() + ": " + line);
    }
    return lines;
  }
  if (fs::exists(path / "checkpoints")) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path / "checkpoints", error)) {
      const std::string name = entry.path().filename().string();
      // What an interrupted save left, and what a resumed run found damaged and put aside, is no checkpoint.
      if (name[0] == '.' || name.rfind("damaged-", 0) == 0) {
        lines.push_back("left over, not a checkpoint: " + entry.path().string());
        continue;
      }
      ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(entry.path(), "checkpoint"));
      lines.push_back("checkpoint " + entry.path().string() + ": sha256 " + ContentSha256(artifact));
    }
    if (!lines.empty()) return lines;
  }
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(path, ""));
  lines.push_back(artifact.kind + " " + path.string() + ": " + std::to_string(artifact.sha256.size()) +
                  " files, sha256 " + ContentSha256(artifact));
  if (artifact.kind == "frozen_lm") RETURN_IF_ERROR(FrozenLm::Load(path).status());
  return lines;
}

}  // namespace trivium
