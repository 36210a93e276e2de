// Rendering and strict parsing of manifests. See manifest.h.
#include "core/artifact/manifest.h"

#include <algorithm>

#include "core/artifact/json_scan.h"
#include "core/base/sha256.h"

namespace trivium {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr char kFormat[] = "trivium";
constexpr uint64_t kVersion = 1;
constexpr char kSelfKey[] = "self_sha256";

// Metadata may hold text from anywhere: bytes that are no UTF-8 become U+FFFD, numbers that are not finite null.
std::string Dump(const OrderedJson& json) { return json.dump(1, ' ', false, OrderedJson::error_handler_t::replace); }

bool IsSha256(const nlohmann::json& value) {
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool IsNamePart(std::string_view part) {
  return !part.empty() && part.front() != '.' && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::string Render(const Manifest& manifest) {
  OrderedJson json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["kind"] = manifest.kind;
  json["files"] = OrderedJson::object();
  for (const auto& [name, file] : manifest.files) {
    json["files"][name] = {{"bytes", file.bytes}, {"sha256", file.sha256}};
  }
  json["metadata"] = manifest.metadata;
  const std::string self = Sha256Hex(Dump(json));
  json[kSelfKey] = self;
  return Dump(json) + "\n";
}

absl::StatusOr<ManifestFile> ParseFile(const std::string& name, const nlohmann::json& entry) {
  if (!IsArtifactFileName(name)) return BadArtifact("odd file name " + nlohmann::json(name).dump(-1, ' ', true));
  if (!entry.is_object() || entry.size() != 2 || !entry.contains("bytes") || !entry.contains("sha256") ||
      !entry["bytes"].is_number_unsigned() || !IsSha256(entry["sha256"])) {
    return BadArtifact("the entry of " + name + " needs exactly bytes and sha256");
  }
  return ManifestFile{entry["bytes"].get<uint64_t>(), entry["sha256"].get<std::string>()};
}

}  // namespace

bool IsArtifactFileName(std::string_view name) {
  if (name.size() > 128 || name == kManifestName) return false;
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return IsNamePart(name);
  return IsNamePart(name.substr(0, slash)) && IsNamePart(name.substr(slash + 1));
}

absl::StatusOr<std::string> RenderManifest(const Manifest& manifest) {
  std::string text = Render(manifest);
  if (const auto parsed = ParseManifest(text); !parsed.ok()) {
    return UsageError("the artefact's metadata cannot be stored: " + Message(parsed.status()));
  }
  return text;
}

absl::StatusOr<Manifest> ParseManifest(std::string_view text) {
  if (text.size() > kMaxManifestBytes) return BadArtifact("larger than 16 MB");
  absl::StatusOr<nlohmann::json> json = ParseStrictJson(text);
  if (!json.ok()) return BadArtifact("damaged: " + Message(json.status()));
  if (!json->is_object() || !json->contains("format") || (*json)["format"] != kFormat) {
    return BadArtifact("damaged, or not written by Trivium");
  }
  const nlohmann::json version = json->value("version", nlohmann::json());
  if (version != kVersion) {
    return BadArtifact("format version " + version.dump(-1, ' ', true) + " is unknown; this program reads version 1");
  }
  for (const char* key : {"kind", "files", "metadata", kSelfKey}) {
    if (!json->contains(key)) return BadArtifact("damaged: no \"" + std::string(key) + "\"");
  }
  if (!(*json)["kind"].is_string() || !(*json)["files"].is_object() || !(*json)["metadata"].is_object()) {
    return BadArtifact("damaged: kind, files or metadata is of another type");
  }
  Manifest manifest;
  manifest.kind = (*json)["kind"].get<std::string>();
  manifest.metadata = (*json)["metadata"];
  for (const auto& [name, entry] : (*json)["files"].items()) {
    ASSIGN_OR_RETURN(manifest.files[name], ParseFile(name, entry));
  }
  // One comparison finds every other change: unknown keys, another order, spaces, and content that the hash betrays.
  if (Render(manifest) != text) return BadArtifact("damaged: it is not as Trivium wrote it (was it edited?)");
  return manifest;
}

}  // namespace trivium
