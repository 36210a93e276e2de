// See token_store.h.
#include "stage1_language/tokens/token_store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "core/artifact/artifact_dir.h"
#include "core/base/file_io.h"
#include "core/base/sha256.h"

namespace trivium {
namespace {

constexpr uint64_t kMagic = 0x31304B4F54495254;  // "TRITOK01", as bytes on a little-endian machine
constexpr char kKind[] = "token_cache";
constexpr char kFile[] = "tokens.bin";
constexpr size_t kKeyDigits = 32;  // of the key in the folder's name

enum Header { kMagicAt, kIdBytes, kDocuments, kTokens, kTextBytes, kHeaderSize };

std::string CacheKey(const std::vector<std::string>& documents, const Tokenizer& tokenizer) {
  Sha256 sum;
  sum.Update("trivium tokens " + std::to_string(kMagic) + "\n" + Sha256Hex(tokenizer.bytes()) + "\n");
  for (const std::string& document : documents) {
    sum.Update(std::to_string(document.size()) + ":");
    sum.Update(document);
  }
  return sum.Hex();
}

// The file into memory, read-only.
absl::StatusOr<std::pair<std::shared_ptr<const void>, std::string_view>> Map(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return ErrnoStatus(errno, "cannot open", path);
  struct stat info {};
  void* memory = MAP_FAILED;
  int error = fstat(descriptor, &info) != 0 ? errno : 0;
  const auto size = static_cast<size_t>(info.st_size);
  if (error == 0) {
    memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  close(descriptor);
  if (error != 0) return ErrnoStatus(error, "cannot map", path);
  std::shared_ptr<const void> owner(memory, [size](const void* mapped) { munmap(const_cast<void*>(mapped), size); });
  return std::pair(std::move(owner), std::string_view(static_cast<const char*>(memory), size));
}

template <class Id>
bool IdsAreGood(const uint64_t* offsets, const Id* ids, uint64_t documents, uint64_t tokens,
                const Tokenizer& tokenizer) {
  const auto vocab = static_cast<uint64_t>(tokenizer.vocab_size());
  if (std::any_of(ids, ids + tokens, [vocab](Id id) { return id >= vocab; })) return false;
  return std::all_of(offsets, offsets + documents,
                     [&](uint64_t begin) { return ids[begin] == static_cast<Id>(tokenizer.bos()); });
}

}  // namespace

TokenStore TokenStore::Encode(const std::vector<std::string>& documents, const Tokenizer& tokenizer) {
  const uint64_t id_bytes = tokenizer.vocab_size() <= std::numeric_limits<uint16_t>::max() ? 2 : 4;
  std::array<uint64_t, kHeaderSize> header = {kMagic, id_bytes, documents.size(), 0, 0};
  std::vector<uint64_t> offsets;
  std::string ids;
  const auto add = [&ids, id_bytes](int32_t id) {
    char bytes[4];
    std::memcpy(bytes, &id, sizeof(bytes));  // little-endian: the low bytes stand first
    ids.append(bytes, id_bytes);
  };
  for (const std::string& document : documents) {
    offsets.push_back(ids.size() / id_bytes);
    add(tokenizer.bos());
    for (const int32_t id : tokenizer.Encode(document)) add(id);
    header[kTextBytes] += document.size();
  }
  offsets.push_back(ids.size() / id_bytes);
  header[kTokens] = offsets.back();

  // Of words, so that the numbers lie aligned.
  const size_t head_bytes = sizeof(header) + offsets.size() * sizeof(uint64_t);
  auto content = std::make_shared<std::vector<uint64_t>>((head_bytes + ids.size() + 7) / 8);
  char* const bytes = reinterpret_cast<char*>(content->data());
  std::memcpy(bytes, header.data(), sizeof(header));
  std::memcpy(bytes + sizeof(header), offsets.data(), offsets.size() * sizeof(uint64_t));
  std::copy(ids.begin(), ids.end(), bytes + head_bytes);
  // Never refused: it was made here.
  return Parse(content, std::string_view(bytes, head_bytes + ids.size()), tokenizer).value();
}

absl::StatusOr<TokenStore> TokenStore::Parse(std::shared_ptr<const void> owner, std::string_view content,
                                             const Tokenizer& tokenizer) {
  const absl::Status bad = BadArtifact("tokens.bin holds something else");
  std::array<uint64_t, kHeaderSize> header{};
  if (content.size() < sizeof(header)) return bad;
  std::memcpy(header.data(), content.data(), sizeof(header));
  const uint64_t documents = header[kDocuments], tokens = header[kTokens], id_bytes = header[kIdBytes];
  if (header[kMagicAt] != kMagic || (id_bytes != 2 && id_bytes != 4)) return bad;
  // No sum below can overflow.
  if (documents >= content.size() / sizeof(uint64_t) || tokens > content.size() / id_bytes) return bad;
  const uint64_t head_bytes = sizeof(header) + (documents + 1) * sizeof(uint64_t);
  if (content.size() != head_bytes + tokens * id_bytes) return bad;

  TokenStore store;
  store.owner_ = std::move(owner);
  store.content_ = content;
  store.offsets_ = reinterpret_cast<const uint64_t*>(content.data() + sizeof(header));
  store.ids_ = content.data() + head_bytes;
  store.id_bytes_ = id_bytes;
  const uint64_t* const end = store.offsets_ + documents;
  const bool grows = std::adjacent_find(store.offsets_, end + 1, std::greater_equal<>()) == end + 1;
  if (store.offsets_[0] != 0 || *end != tokens || !grows) return bad;
  if (id_bytes == 2
          ? !IdsAreGood(store.offsets_, static_cast<const uint16_t*>(store.ids_), documents, tokens, tokenizer)
          : !IdsAreGood(store.offsets_, static_cast<const uint32_t*>(store.ids_), documents, tokens, tokenizer)) {
    return bad;
  }
  store.documents_ = static_cast<int64_t>(documents);
  store.tokens_ = static_cast<int64_t>(tokens);
  store.bytes_per_token_ =
      static_cast<double>(header[kTextBytes]) / static_cast<double>(std::max<uint64_t>(tokens - documents, 1));
  return store;
}

absl::StatusOr<TokenStore> TokenStore::Open(const std::filesystem::path& dir, const std::string& key,
                                            const Tokenizer& tokenizer) {
  ASSIGN_OR_RETURN(const Artifact artifact, OpenArtifact(dir, kKind));
  const auto stored = artifact.metadata.find("key");
  if (stored == artifact.metadata.end() || *stored != key || artifact.sha256.count(kFile) == 0) {
    return BadArtifact(dir.string() + " holds the ids of something else");
  }
  ASSIGN_OR_RETURN(auto mapped, Map(dir / kFile));
  ASSIGN_OR_RETURN(TokenStore store, Parse(std::move(mapped.first), mapped.second, tokenizer));
  store.is_mapped_ = true;
  return store;
}

TokenStore TokenStore::Cached(const std::filesystem::path& cache, const std::vector<std::string>& documents,
                              const Tokenizer& tokenizer, std::vector<std::string>* notes) {
  const std::string key = CacheKey(documents, tokenizer);
  const std::filesystem::path dir = cache / ("tokens-" + key.substr(0, kKeyDigits));
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(dir, error))) {
    absl::StatusOr<TokenStore> store = Open(dir, key, tokenizer);
    if (store.ok()) {
      notes->push_back("token ids from " + dir.string());
      return *std::move(store);
    }
    notes->push_back("the token cache is not used and is made anew: " + Message(store.status()));
  }
  TokenStore encoded = Encode(documents, tokenizer);
  const auto write = [&]() -> absl::StatusOr<TokenStore> {
    ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::Create(dir));
    RETURN_IF_ERROR(writer.Add(kFile, encoded.content_));
    RETURN_IF_ERROR(
        writer.Commit(kKind, {{"key", key}, {"documents", encoded.documents_}, {"tokens", encoded.tokens_}}));
    return Open(dir, key, tokenizer);
  };
  absl::StatusOr<TokenStore> written = write();
  if (!written.ok()) {
    notes->push_back("the token cache is not kept: " + Message(written.status()));
    return encoded;
  }
  notes->push_back("token ids kept in " + dir.string());
  return *std::move(written);
}

void TokenStore::Append(int64_t begin, int64_t count, std::vector<int64_t>* ids) const {
  if (id_bytes_ == 2) {
    const auto* first = static_cast<const uint16_t*>(ids_) + begin;
    ids->insert(ids->end(), first, first + count);
  } else {
    const auto* first = static_cast<const uint32_t*>(ids_) + begin;
    ids->insert(ids->end(), first, first + count);
  }
}

}  // namespace trivium
