// A shard is one file of facts that can be mounted, copied and diffed: the knowledge half of a pipeline.
//   shard:  header LF (fact LF)*
//   header: {"format":"trivium-shard","version":1,"facts":COUNT,"sha256":SHA-256 of every byte after the header's LF}
//   fact:   {"id":..,"text":..} and, where not default, "subject","relation","object","confidence","source","time"
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "memory/fact.h"

namespace trivium {

// Held in memory whole: for up to about a million facts. Changes are written by Save only.
class ShardFile : public FactStore {
 public:
  // An empty shard. The name stands in Fact::shard of every fact; it is the file's name without ".shard".
  explicit ShardFile(std::string name);

  // Loads and verifies. UsageError if there is no such file; BadArtifact with file:line if it is damaged (flipped byte,
  // wrong count, NUL, invalid UTF-8, repeated id, fact over 64 kB).
  static absl::StatusOr<ShardFile> Load(const std::filesystem::path& path);
  // Parses a shard's bytes; `where` stands in messages. For tests and fuzzing.
  static absl::StatusOr<ShardFile> Parse(std::string_view bytes, const std::string& name, const std::string& where);

  // Writes atomically; equal facts give equal bytes.
  absl::Status Save(const std::filesystem::path& path) const;
  // What Save writes.
  std::string Serialize() const;

  const std::string& name() const { return name_; }
  size_t size() const { return facts_.size(); }

  std::vector<Fact> Facts() const override { return facts_; }
  std::optional<Fact> Find(const std::string& id) const override;
  absl::StatusOr<std::string> Add(Fact fact) override;
  absl::Status Edit(const std::string& id, const std::string& text) override;
  absl::Status Delete(const std::string& id) override;
  // The SHA-256 in the header.
  std::string Sha256() const override;

 private:
  std::string Body() const;
  // The sentence's id, or another one if an edited fact still bears it.
  std::string FreeId(const std::string& text) const;
  absl::Status UnknownId(const std::string& id) const;

  std::string name_;
  std::vector<Fact> facts_;
  std::map<std::string, size_t> index_;  // id -> position in facts_
};

}  // namespace trivium
