// SHA-256 (FIPS 180-4): the identity of every artefact, shard and fact. Results are 64 lower-case hex digits.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace trivium {

// (Update)* Hex, once. For content that comes in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(std::string_view bytes);
  // Ends the sum; call it once, and nothing after it.
  std::string Hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string Sha256Hex(std::string_view bytes);

// Streams the file, so its size is not bounded. Errors as ReadFile.
absl::StatusOr<std::string> Sha256File(const std::filesystem::path& path);

}  // namespace trivium
