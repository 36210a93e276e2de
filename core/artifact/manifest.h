// The text of an artefact's manifest.json. Its form is canonical: one content has one text, so that a change of any
// byte is noticed. Used by the reader and the writer of artefacts only.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace trivium {

inline constexpr char kManifestName[] = "manifest.json";
inline constexpr uint64_t kMaxManifestBytes = 16 << 20;

struct ManifestFile {
  uint64_t bytes = 0;
  std::string sha256;  // 64 lower-case hex digits
};

struct Manifest {
  std::string kind;
  std::map<std::string, ManifestFile> files;
  nlohmann::json metadata;
};

// "file" or "folder/file" of [A-Za-z0-9._-], no part starting with a dot, at most 128 bytes, not "manifest.json".
bool IsArtifactFileName(std::string_view name);

// The text, whose last key "self_sha256" is the hash of the text without it. UsageError for metadata that could not be
// read back (nested too deep, too large).
absl::StatusOr<std::string> RenderManifest(const Manifest& manifest);
// BadArtifact for everything that RenderManifest would not have written.
absl::StatusOr<Manifest> ParseManifest(std::string_view text);

}  // namespace trivium
