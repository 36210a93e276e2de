// What the writer and the readers of GGUF files share: little-endian bytes out, and how a fault is told. See gguf.h.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace trivium {

inline absl::Status BadGguf(const std::string& why) { return BadArtifact("gguf: " + why); }
inline absl::Status BadGgufKey(const std::string& key, const std::string& why) {
  return BadGguf("key \"" + key + "\" " + why);
}

template <typename T>
void AppendBytes(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

// A text as GGUF writes it: its length in 64 bits, then its bytes.
inline void AppendText(std::string_view text, std::string& out) {
  AppendBytes<uint64_t>(text.size(), out);
  out += text;
}

}  // namespace trivium
