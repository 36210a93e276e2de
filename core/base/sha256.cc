// SHA-256 by OpenSSL's EVP interface. See sha256.h.
#include "core/base/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <new>

#include "core/base/file_io.h"

namespace trivium {

struct Sha256::Context {
  EVP_MD_CTX* evp = nullptr;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  context_->evp = EVP_MD_CTX_new();
  // Fails only without memory or without any digest provider; a hash that lies would be worse than stopping.
  if (context_->evp == nullptr || EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_->evp); }

void Sha256::Update(std::string_view bytes) { EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()); }

std::string Sha256::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(context_->evp, digest.data(), &length);
  constexpr char kHexDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * length);
  for (unsigned int i = 0; i < length; ++i) {
    hex += kHexDigits[digest[i] >> 4];
    hex += kHexDigits[digest[i] & 15];
  }
  return hex;
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 sum;
  sum.Update(bytes);
  return sum.Hex();
}

absl::StatusOr<std::string> Sha256File(const std::filesystem::path& path) {
  Sha256 sum;
  RETURN_IF_ERROR(ReadParts(path, [&sum](std::string_view part) {
    sum.Update(part);
    return absl::OkStatus();
  }));
  return sum.Hex();
}

}  // namespace trivium
