// One shard file: parsing, verification and canonical writing. See shard_file.h.
#include "memory/shard_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/artifact/json_scan.h"
#include "core/base/file_io.h"
#include "core/base/nearest.h"
#include "core/base/sha256.h"
#include "memory/fact_io.h"

namespace trivium {
namespace {

constexpr char kFormat[] = "trivium-shard";
constexpr uint64_t kVersion = 1;
constexpr uint64_t kMaxShardBytes = 4ull << 30;
constexpr size_t kMaxHeaderBytes = 4096;
// A fact's line: the fields with JSON's escapes and keys around them.
constexpr size_t kMaxLineBytes = 2 * kMaxFactBytes + 1024;

std::string Header(uint64_t facts, const std::string& body_sha256) {
  nlohmann::ordered_json header;
  header["format"] = kFormat;
  header["version"] = kVersion;
  header["facts"] = facts;
  header["sha256"] = body_sha256;
  return header.dump();
}

// The number of facts that the header promises, once it is known to be genuine.
absl::StatusOr<uint64_t> CheckHeader(std::string_view line, std::string_view body) {
  const absl::StatusOr<nlohmann::json> header = ParseStrictJson(line);
  if (!header.ok() || !header->is_object() || header->value("format", nlohmann::json()) != kFormat) {
    return BadArtifact("is no shard file, or its first line is damaged");
  }
  const nlohmann::json version = header->value("version", nlohmann::json());
  if (version != kVersion) {
    return BadArtifact("shard version " + version.dump(-1, ' ', true) + " is unknown; this program reads version 1");
  }
  const nlohmann::json facts = header->value("facts", nlohmann::json());
  if (!facts.is_number_unsigned()) return BadArtifact("damaged: the header gives no number of facts");
  if (Header(facts.get<uint64_t>(), Sha256Hex(body)) != line) {
    return BadArtifact("damaged: the SHA-256 in the header is not that of the facts below it");
  }
  return facts.get<uint64_t>();
}

absl::StatusOr<Fact> ParseFact(std::string_view line) {
  if (line.size() > kMaxLineBytes) return UsageError("the fact is longer than 64 kB");
  ASSIGN_OR_RETURN(const nlohmann::json object, ParseStrictJson(line));
  ASSIGN_OR_RETURN(Fact fact, FactFromJson(object));
  if (fact.id.empty()) return UsageError("the fact has no id");
  return fact;
}

}  // namespace

ShardFile::ShardFile(std::string name) : name_(std::move(name)) {}

absl::StatusOr<ShardFile> ShardFile::Load(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxShardBytes));
  return Parse(bytes, path.stem().string(), path.string());
}

absl::StatusOr<ShardFile> ShardFile::Parse(std::string_view bytes, const std::string& name, const std::string& where) {
  const size_t header_end = bytes.substr(0, kMaxHeaderBytes).find('\n');
  if (header_end == std::string_view::npos) {
    return BadArtifact(where + ":1: is no shard file, or its first line is damaged");
  }
  std::string_view body = bytes.substr(header_end + 1);
  const absl::StatusOr<uint64_t> promised = CheckHeader(bytes.substr(0, header_end), body);
  if (!promised.ok()) return Annotate(promised.status(), where + ":1: ");

  ShardFile shard(name);
  uint64_t line_number = 1;
  while (!body.empty()) {
    const std::string place = where + ":" + std::to_string(++line_number) + ": ";
    const size_t end = body.find('\n');
    if (end == std::string_view::npos) return BadArtifact(place + "the last line is not complete");
    absl::StatusOr<Fact> fact = ParseFact(body.substr(0, end));
    if (!fact.ok()) return BadArtifact(place + Message(fact.status()));
    const absl::StatusOr<std::string> added = shard.Add(*std::move(fact));
    if (!added.ok()) return BadArtifact(place + Message(added.status()));
    body.remove_prefix(end + 1);
  }
  if (shard.size() != *promised) {
    return BadArtifact(where + ":1: the header promises " + std::to_string(*promised) + " facts, the file holds " +
                       std::to_string(shard.size()));
  }
  return shard;
}

std::string ShardFile::Body() const {
  std::string body;
  for (const Fact& fact : facts_) body += FactToJson(fact).dump() + "\n";
  return body;
}

std::string ShardFile::Serialize() const {
  const std::string body = Body();
  return Header(facts_.size(), Sha256Hex(body)) + "\n" + body;
}

absl::Status ShardFile::Save(const std::filesystem::path& path) const { return WriteFileAtomic(path, Serialize()); }

std::optional<Fact> ShardFile::Find(const std::string& id) const {
  const auto known = index_.find(id);
  if (known == index_.end()) return std::nullopt;
  return facts_[known->second];
}

absl::StatusOr<std::string> ShardFile::Add(Fact fact) {
  if (fact.id.empty()) fact.id = FreeId(fact.text);
  RETURN_IF_ERROR(ValidateFact(fact));
  if (index_.count(fact.id) != 0) {
    return UsageError("shard " + name_ + " has a fact " + fact.id + " already: \"" + facts_[index_[fact.id]].text +
                      "\"");
  }
  fact.shard = name_;
  index_[fact.id] = facts_.size();
  facts_.push_back(std::move(fact));
  return facts_.back().id;
}

std::string ShardFile::FreeId(const std::string& text) const {
  std::string id = FactId(text);
  for (int count = 2; index_.count(id) != 0 && facts_[index_.at(id)].text != text; ++count) {
    id = FactId(text + "\n" + std::to_string(count));
  }
  return id;
}

absl::Status ShardFile::Edit(const std::string& id, const std::string& text) {
  const auto known = index_.find(id);
  if (known == index_.end()) return UnknownId(id);
  Fact edited = facts_[known->second];
  edited.text = text;
  edited.subject.clear();
  edited.relation.clear();
  edited.object.clear();
  RETURN_IF_ERROR(ValidateFact(edited));
  facts_[known->second] = std::move(edited);
  return absl::OkStatus();
}

absl::Status ShardFile::Delete(const std::string& id) {
  const auto known = index_.find(id);
  if (known == index_.end()) return UnknownId(id);
  const size_t position = known->second;
  facts_.erase(facts_.begin() + static_cast<std::ptrdiff_t>(position));
  index_.erase(known);
  for (auto& entry : index_) {
    if (entry.second > position) --entry.second;
  }
  return absl::OkStatus();
}

std::string ShardFile::Sha256() const { return Sha256Hex(Body()); }

absl::Status ShardFile::UnknownId(const std::string& id) const {
  std::vector<std::string> ids;
  for (const auto& entry : index_) ids.push_back(entry.first);
  const std::string nearest = Nearest(id, ids);
  return UsageError("shard " + name_ + " has no fact \"" + id + "\"" +
                    (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"));
}

}  // namespace trivium
