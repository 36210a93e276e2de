// What is done to the text of single documents: lower case, and a set that knows which texts it has met. Torch-free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace trivium {

// Lower-cases A-Z and the letters U+00C0 to U+00DE (all but U+00D7, the multiplication sign), in place. Other text
// stays as it is, so the length never changes.
void LowerCase(std::string* text);

// Texts that were met, up to case (as LowerCase) and white space: a run of it counts as one space, at both ends as
// none. Holds 16 bytes of SHA-256 a text.
class DocumentSet {
 public:
  // False if a text like this was met before.
  bool Insert(std::string_view text);
  size_t size() const { return digests_.size(); }

 private:
  struct Digest {
    uint64_t high = 0, low = 0;
    bool operator==(const Digest&) const = default;
  };
  struct Hash {
    size_t operator()(const Digest& digest) const { return digest.low; }
  };
  std::unordered_set<Digest, Hash> digests_;
};

}  // namespace trivium
