// See tokenizer.h: training options, the check before loading, and a cache of words, which repeat endlessly in
// training.
#include "core/text/tokenizer.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/config/key_table.h"
#include "core/text/sentencepiece_adapter.h"
#include "core/text/sentences.h"
#include "core/text/tokenizer_model.h"
#include "core/text/tokenizer_walker.h"

namespace trivium {
namespace {

constexpr int64_t kMinVocab = 300;
constexpr int64_t kFixedPieces = 256 + 4;  // bytes and special pieces
constexpr size_t kWordCacheEntries = 100'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The end of the UTF-8 character that begins at `begin`.
size_t CharacterEnd(const std::string& text, size_t begin) {
  size_t end = begin + 1;
  while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;  // continuation bytes
  return end;
}

// The `room` commonest characters of the text. The others are left to byte fallback: a text of many rare characters
// must not be refused for a small vocabulary. (The trainer's character_coverage cannot go below 0.98.)
std::set<std::string> CommonCharacters(const std::vector<std::string>& sentences, size_t room) {
  std::map<std::string, int64_t> counts;
  for (const std::string& sentence : sentences) {
    for (size_t begin = 0, end; begin < sentence.size(); begin = end) {
      end = CharacterEnd(sentence, begin);
      ++counts[sentence.substr(begin, end - begin)];
    }
  }
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (const auto& [character, count] : counts) sorted.emplace_back(-count, character);
  std::sort(sorted.begin(), sorted.end());
  std::set<std::string> common;
  for (size_t i = 0; i < std::min(room, sorted.size()); ++i) common.insert(sorted[i].second);
  return common;
}

// Cuts sentences between neighbouring digits, so that no piece ever holds two, and at characters that are not common,
// which are left out. (The trainer's own split_digits would also part a digit from the space before it, and a one-digit
// number would not be one piece as other words are.)
std::vector<std::string> CutForTraining(const std::vector<std::string>& sentences,
                                        const std::set<std::string>& common) {
  std::vector<std::string> cut;
  for (const std::string& sentence : sentences) {
    std::string piece;
    for (size_t begin = 0, end; begin < sentence.size(); begin = end) {
      end = CharacterEnd(sentence, begin);
      const std::string character = sentence.substr(begin, end - begin);
      const bool is_common = common.count(character) > 0;
      const bool splits_number = !piece.empty() && IsDigit(piece.back()) && IsDigit(sentence[begin]);
      if ((!is_common || splits_number) && !piece.empty()) cut.push_back(std::exchange(piece, {}));
      if (is_common) piece += character;
    }
    if (!piece.empty()) cut.push_back(std::move(piece));
  }
  return cut;
}

}  // namespace

absl::Status TokenizerConfig::Validate() const {
  if (vocab_size < kMinVocab)
    return UsageError("tokenizer.vocab_size must be at least 300: 256 of the pieces are bytes");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, const std::string& prefix, TokenizerConfig& config) {
  table.Add(prefix + "vocab_size", &config.vocab_size,
            {.help = "Pieces of the BPE vocabulary; fewer are made if the corpus has no more.",
             .unit = "pieces",
             .min = static_cast<double>(kMinVocab),
             .max = 200000});
}

struct Tokenizer::Shared {
  SentencePieceAdapter model;
  std::string bytes;
  std::mutex mutex;
  std::unordered_map<std::string, std::vector<int32_t>> words;  // guarded by mutex; words repeat endlessly in training

  std::vector<int32_t> PiecesOf(const std::string& word) {
    {
      std::lock_guard lock(mutex);
      const auto it = words.find(word);
      if (it != words.end()) return it->second;
    }
    std::vector<int32_t> pieces = model.Encode(" " + SplitName(word));
    std::lock_guard lock(mutex);
    if (words.size() < kWordCacheEntries) words.emplace(word, pieces);
    return pieces;
  }
};

absl::StatusOr<Tokenizer> Tokenizer::Train(const std::vector<std::string>& sentences, const TokenizerConfig& config) {
  RETURN_IF_ERROR(config.Validate());
  const auto is_blank = [](const std::string& text) { return text.find_first_not_of(" \t\n\r") == std::string::npos; };
  if (std::all_of(sentences.begin(), sentences.end(), is_blank)) {
    return UsageError("the tokenizer has nothing to train on: the corpus is empty");
  }
  // Half of the remaining pieces may be single characters.
  const auto common = CommonCharacters(sentences, static_cast<size_t>(config.vocab_size - kFixedPieces) / 2);
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", "bpe"},
      {"vocab_size", std::to_string(config.vocab_size)},
      {"hard_vocab_limit", "false"},
      {"byte_fallback", "true"},
      {"normalization_rule_name", "identity"},
      {"add_dummy_prefix", "false"},
      {"remove_extra_whitespaces", "false"},
      {"character_coverage", "1.0"},
      {"max_sentence_length", "1073741824"},
      {"unk_id", "0"},
      {"bos_id", "1"},
      {"eos_id", "2"},
      {"pad_id", "3"},
      {"num_threads", "1"},
      {"minloglevel", "2"},
  };
  std::string model;
  const std::string error = SentencePieceAdapter::Train(options, CutForTraining(sentences, common), &model);
  if (!error.empty()) return UsageError("training the tokenizer failed: " + error);
  return FromBytes(model);
}

absl::StatusOr<Tokenizer> Tokenizer::FromBytes(const std::string& model) {
  RETURN_IF_ERROR(WalkTokenizerModel(model));
  auto shared = std::make_shared<Shared>();
  const std::string error = shared->model.Load(model);
  if (!error.empty()) return BadArtifact("tokenizer model refused: " + error);
  if (shared->model.bos() < 0 || shared->model.eos() < 0) {
    return BadArtifact("tokenizer model refused: it has no piece for the beginning or the end of a text");
  }
  shared->bytes = model;
  return Tokenizer(std::move(shared));
}

const std::string& Tokenizer::bytes() const { return shared_->bytes; }
int64_t Tokenizer::vocab_size() const { return shared_->model.vocab_size(); }
int32_t Tokenizer::unk() const { return shared_->model.unk(); }
int32_t Tokenizer::bos() const { return shared_->model.bos(); }
int32_t Tokenizer::eos() const { return shared_->model.eos(); }
int32_t Tokenizer::pad() const { return shared_->model.pad() >= 0 ? shared_->model.pad() : eos(); }
std::vector<int32_t> Tokenizer::Encode(const std::string& text) const { return shared_->model.Encode(text); }
std::string Tokenizer::Decode(const std::vector<int32_t>& ids) const { return shared_->model.Decode(ids); }
std::string Tokenizer::Piece(int32_t id) const { return shared_->model.Piece(id); }

TokenizerPiece Tokenizer::PieceAt(int32_t id) const {
  return {
      .text = Piece(id), .score = shared_->model.Score(id), .kind = static_cast<PieceKind>(shared_->model.Kind(id))};
}

std::vector<Word> Tokenizer::EncodeWords(const std::string& sentence) const {
  std::vector<Word> words;
  for (std::string& text : SplitWords(sentence)) {
    std::vector<int32_t> pieces = shared_->PiecesOf(text);
    words.push_back({std::move(text), std::move(pieces)});
  }
  return words;
}

std::string Tokenizer::DecodeWord(const std::vector<int32_t>& pieces) const {
  const std::string text = Decode(pieces);
  return !text.empty() && text.front() == ' ' ? text.substr(1) : text;
}

}  // namespace trivium
