// A pipeline folder: language, algorithm and knowledge as three components that can be swapped one by one.
//   index.json {"format":"trivium-pipeline","version":2,"language":SHA,"algorithm":SHA,
//               "knowledge":[{"shard":NAME,"confidence":NUMBER}...]}     in order of precedence
//   language/                 the sealed frozen LM
//   algorithm/                config.json model.safetensors manifest.json (kind "algorithm"); halting.safetensors,
//                             what judges answers (HaltHead), once training has come to its end
//   knowledge/NAME.shard      facts; edited in place, so the index does not name their hash: a shard verifies itself
// Only torch .cc files include this.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/nn/text_encoder.h"
#include "memory/mount.h"
#include "stage2_reasoning/knowledge.h"
#include "stage2_reasoning/reasoner/reasoner.h"

namespace trivium {

class FeatureCache;

// What an algorithm was trained on.
struct TrainingRecord {
  std::string config_yaml;         // as in the run folder; "" if not known
  std::set<std::string> words;     // met in questions and facts, coined names aside; empty if not known
  bool questions_in_place = true;  // only questions of the canonical forms were met; what is asked is put so
};

struct Pipeline {
  std::shared_ptr<TextEncoder> language;
  std::unique_ptr<Reasoner> reasoner;
  TrainingRecord training;
  std::vector<Mount> mounts;  // in order of precedence; may be changed between questions
  std::unique_ptr<Knowledge> knowledge = std::make_unique<Knowledge>();

  // What the mounts say, as rows; made on the first call, then kept up to date (Knowledge::Rows).
  absl::StatusOr<const MountedRows*> Rows() const { return knowledge->Rows(mounts, *reasoner); }
};

// Writes `reasoner` as an algorithm artefact. metadata (an object) is completed with "language_sha256".
absl::Status SaveAlgorithm(const Reasoner& reasoner, const std::filesystem::path& dir, nlohmann::json metadata,
                           const TrainingRecord& training = {});
// BadArtifact if the algorithm was trained around another language model than `language`.
// training, if not null, receives its record.
absl::StatusOr<std::unique_ptr<Reasoner>> LoadAlgorithm(const std::filesystem::path& dir, const TextEncoder& language,
                                                        TrainingRecord* training = nullptr);

// A shard to put into a pipeline.
struct PipelineShard {
  std::filesystem::path path;
  double confidence = 1.0;
};

// Writes a pipeline folder; index.json last. The language folder is copied from `language_dir`, a sealed frozen LM, and
// `shards` with their histories from where they lie.
absl::Status SavePipeline(const std::filesystem::path& dir, const std::filesystem::path& language_dir,
                          const Reasoner& reasoner, const std::vector<PipelineShard>& shards,
                          const nlohmann::json& metadata, const TrainingRecord& training = {});
// Verifies language and algorithm against index.json, and every fact against its own hash. BadArtifact naming the
// component.
// With a cache, the features of sentences are looked up there first.
absl::StatusOr<Pipeline> LoadPipeline(const std::filesystem::path& dir, std::shared_ptr<FeatureCache> cache = nullptr);

// What a pipeline's algorithm is and what it was made from, by their hashes; "" for no other algorithm. Nothing is
// loaded. BadArtifact if there is none.
struct AlgorithmOrigin {
  std::string sha256, from_sha256, language_sha256;
};
absl::StatusOr<AlgorithmOrigin> OriginOf(const std::filesystem::path& pipeline_dir);

// Puts the weights of a pipeline's algorithm into `reasoner`, whose training is to go on from there, and gives the
// algorithm's hash back; training, if not null, receives its record. What the pipeline lacks (facts that think, say)
// stays as it was made. BadArtifact as LoadPipeline, or if it is around another language model; UsageError naming the
// key if `reasoner` is made otherwise.
absl::StatusOr<std::string> TakeWeights(const std::filesystem::path& pipeline_dir, Reasoner& reasoner,
                                        TrainingRecord* training);

// Verifies any artefact: a pipeline, frozen LM, checkpoint, algorithm, run folder or shard. Returns lines that say what
// was found; BadArtifact naming the first file that is not as it was written.
absl::StatusOr<std::vector<std::string>> VerifyPath(const std::filesystem::path& path);

}  // namespace trivium
