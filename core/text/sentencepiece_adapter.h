// SentencePiece behind std types. Its header redeclares absl::string_view and so cannot share a translation unit with
// Abseil: this header and its .cc know neither Abseil nor the rest of Trivium.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace trivium {

class SentencePieceAdapter {
 public:
  SentencePieceAdapter();
  ~SentencePieceAdapter();
  SentencePieceAdapter(const SentencePieceAdapter&) = delete;
  SentencePieceAdapter& operator=(const SentencePieceAdapter&) = delete;

  // Trains in memory; writes the serialized model. Returns "" or the library's error text.
  static std::string Train(const std::unordered_map<std::string, std::string>& options,
                           const std::vector<std::string>& sentences, std::string* model);
  // Loads a serialized model that WalkTokenizerModel has accepted. Returns "" or the library's error text.
  std::string Load(const std::string& model);

  std::vector<int32_t> Encode(const std::string& text) const;
  std::string Decode(const std::vector<int32_t>& ids) const;  // ids outside the vocabulary are skipped
  std::string Piece(int32_t id) const;
  float Score(int32_t id) const;   // REQUIRES: an id of the vocabulary, here and below
  int32_t Kind(int32_t id) const;  // the format's number: 1 normal, 2 unknown, 3 control, 6 byte
  int32_t vocab_size() const;
  // Ids of the special pieces; -1 where the model has none. (unk it always has.)
  int32_t unk() const;
  int32_t bos() const;
  int32_t eos() const;
  int32_t pad() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trivium
