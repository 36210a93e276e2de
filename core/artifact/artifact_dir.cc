// Opening and verifying artefacts: the manifest, and every file against it. See artifact_dir.h.
#include "core/artifact/artifact_dir.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "core/artifact/manifest.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"

namespace trivium {
namespace fs = std::filesystem;
namespace {

absl::Status BadFile(const fs::path& dir, const std::string& name, const std::string& why) {
  return BadArtifact(dir.string() + ": " + name + " " + why);
}

// What is missing or unreadable in an artefact is damage, not a slip of the user's.
absl::Status AsBadArtifact(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInvalidArgument ? BadArtifact(Message(status)) : status;
}

// The names of all regular files, in the manifest's form. Anything that could lead outside or that no manifest can
// list (links, devices, deeper folders, folders without files) is an error.
absl::StatusOr<std::set<std::string>> ListFiles(const fs::path& dir) {
  std::set<std::string> names;
  std::set<std::string> empty_folders;
  std::error_code error;
  fs::recursive_directory_iterator entry(dir, error), end;
  while (!error && entry != end) {
    const std::string name = entry->path().lexically_relative(dir).generic_string();
    const fs::file_type type = entry->symlink_status(error).type();
    if (error) break;
    if (type == fs::file_type::regular) {
      names.insert(name);
      empty_folders.erase(fs::path(name).parent_path().generic_string());
    } else if (type == fs::file_type::directory && entry.depth() == 0) {
      empty_folders.insert(name);
    } else {
      return BadFile(dir, name, "is neither a file nor a folder of files");
    }
    entry.increment(error);
  }
  if (error) return BadArtifact(dir.string() + ": cannot list: " + error.message());
  if (!empty_folders.empty()) return BadFile(dir, *empty_folders.begin(), "is a folder without files");
  return names;
}

absl::Status VerifyFile(const fs::path& dir, const std::string& name, const ManifestFile& expected) {
  std::error_code error;
  const uint64_t bytes = fs::file_size(dir / name, error);
  if (error) return BadFile(dir, name, "cannot be examined: " + error.message());
  if (bytes != expected.bytes) {
    return BadFile(dir, name,
                   "is damaged: " + std::to_string(bytes) + " bytes, should be " + std::to_string(expected.bytes));
  }
  absl::StatusOr<std::string> sha256 = Sha256File(dir / name);
  if (!sha256.ok()) return AsBadArtifact(sha256.status());
  if (*sha256 != expected.sha256) return BadFile(dir, name, "is damaged: its SHA-256 is not the manifest's");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Artifact> OpenArtifact(const fs::path& dir, const std::string& expected_kind) {
  std::error_code error;
  if (!fs::is_directory(dir, error)) return BadArtifact(dir.string() + ": no such artefact folder");
  const fs::path manifest_path = dir / kManifestName;
  if (!fs::is_regular_file(fs::symlink_status(manifest_path, error))) {
    return BadArtifact(dir.string() + ": no " + kManifestName + " in it, so it is no complete artefact");
  }
  absl::StatusOr<std::string> text = ReadFile(manifest_path, kMaxManifestBytes);
  if (!text.ok()) return AsBadArtifact(text.status());
  absl::StatusOr<Manifest> manifest = ParseManifest(*text);
  if (!manifest.ok()) return Annotate(manifest.status(), manifest_path.string() + ": ");
  if (!expected_kind.empty() && manifest->kind != expected_kind) {
    return BadArtifact(dir.string() + ": is of kind \"" + manifest->kind + "\", but \"" + expected_kind +
                       "\" is needed here");
  }

  ASSIGN_OR_RETURN(std::set<std::string> present, ListFiles(dir));
  present.erase(kManifestName);
  Artifact artifact{dir, manifest->kind, std::move(manifest->metadata), {}};
  for (const auto& [name, expected] : manifest->files) {
    if (present.erase(name) == 0) return BadFile(dir, name, "is missing");
    RETURN_IF_ERROR(VerifyFile(dir, name, expected));
    artifact.sha256[name] = expected.sha256;
  }
  if (!present.empty()) return BadFile(dir, *present.begin(), "is not in the manifest; move it elsewhere");
  return artifact;
}

absl::StatusOr<std::string> ReadArtifactFile(const Artifact& artifact, const std::string& name) {
  const auto known = artifact.sha256.find(name);
  if (known == artifact.sha256.end()) return BadFile(artifact.dir, name, "is not part of this artefact");
  absl::StatusOr<std::string> bytes = ReadFile(artifact.dir / name, UINT64_MAX);
  if (!bytes.ok()) return AsBadArtifact(bytes.status());
  if (Sha256Hex(*bytes) != known->second) return BadFile(artifact.dir, name, "changed since the artefact was opened");
  return bytes;
}

std::string ContentSha256(const Artifact& artifact) {
  Sha256 sum;
  for (const auto& [name, sha256] : artifact.sha256) sum.Update(name + " " + sha256 + "\n");
  return sum.Hex();
}

}  // namespace trivium
