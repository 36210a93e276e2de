// An artefact is a folder whose manifest.json names every file with its size and SHA-256. It appears whole or not at
// all, and every byte is checked when it is opened. Frozen LMs, checkpoints, algorithms and pipelines are artefacts.
//   manifest: {"format":"trivium","version":1,"kind":K,"files":{NAME:{"bytes":N,"sha256":HEX}...},"metadata":{...},
//              "self_sha256":HEX}
// NAME is "file" or "folder/file" of the characters [A-Za-z0-9._-], no part starting with a dot.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/artifact/manifest.h"
#include "core/base/status.h"

namespace trivium {

// Create (Add | AddFrom)* Commit?   One writer per folder at a time; not thread-safe.
// Files are staged in the sibling folder .NAME.tmp-PID and one rename, or one exchange of names with the artefact that
// is replaced, puts them in place: a crash at any moment leaves what stood there before or the new artefact. Where the
// file system cannot exchange names, a crash between two renames leaves the old artefact as .NAME.old-PID:
// SweepOrphans, and the next Create for the folder, put it back.
class ArtifactWriter {
 public:
  // `final_dir` may exist only if it holds an artefact (which Commit replaces) or is an empty folder.
  static absl::StatusOr<ArtifactWriter> Create(const std::filesystem::path& final_dir);

  ArtifactWriter(ArtifactWriter&& other) noexcept;
  ArtifactWriter& operator=(ArtifactWriter&& other) noexcept;
  ArtifactWriter(const ArtifactWriter&) = delete;
  ArtifactWriter& operator=(const ArtifactWriter&) = delete;
  // Removes the stage if it was not committed.
  ~ArtifactWriter();

  // UsageError for a name outside the grammar above, or one added before.
  absl::Status Add(const std::string& name, std::string_view bytes);
  // Copies `file`, in parts. Errors as ReadFile.
  absl::Status AddFrom(const std::string& name, const std::filesystem::path& file);
  // Writes the manifest, makes everything durable and renames it into place. The writer is spent afterwards, whether
  // or not it succeeded; on failure what stood at final_dir is still there.
  absl::Status Commit(const std::string& kind, const nlohmann::json& metadata);

 private:
  ArtifactWriter(std::filesystem::path final_dir, std::filesystem::path stage);
  // Checks the name and makes its folder.
  absl::Status PrepareName(const std::string& name);
  absl::Status SwapIntoPlace() const;
  void RemoveStage();

  std::filesystem::path final_dir_;
  std::filesystem::path stage_;  // empty once committed or moved from
  std::map<std::string, ManifestFile> files_;
};

// An opened and verified artefact.
struct Artifact {
  std::filesystem::path dir;
  std::string kind;
  nlohmann::json metadata;
  std::map<std::string, std::string> sha256;  // file name -> hash, without manifest.json
};

// Verifies every file's size and hash. BadArtifact, naming the file, for a missing folder or manifest, an unknown
// version, another kind than `expected_kind` ("" accepts any), missing, extra or changed files, symlinks, odd names.
// The manifest guards itself by its last key, the hash of the rest.
absl::StatusOr<Artifact> OpenArtifact(const std::filesystem::path& dir, const std::string& expected_kind);

// One file's bytes, whose hash is checked again. BadArtifact if the artefact has no such file.
absl::StatusOr<std::string> ReadArtifactFile(const Artifact& artifact, const std::string& name);

// Puts artefacts back that a crash left as .NAME.old-PID with nothing at NAME, and removes the other leftovers of
// processes that no longer run. Errors are ignored: sweeping is housekeeping.
void SweepOrphans(const std::filesystem::path& parent);

// SHA-256 over the sorted lines "NAME SHA256\n": the artefact's identity, independent of its metadata.
std::string ContentSha256(const Artifact& artifact);

}  // namespace trivium
