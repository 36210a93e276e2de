// The only translation unit that includes SentencePiece; it must not include Abseil (see the header).
#include "core/text/sentencepiece_adapter.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

namespace trivium {

struct SentencePieceAdapter::Impl {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

// Hands sentences of a vector to the trainer one by one.
class VectorIterator : public sentencepiece::SentenceIterator {
 public:
  explicit VectorIterator(const std::vector<std::string>& sentences) : sentences_(sentences) {}
  bool done() const override { return next_ >= sentences_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return sentences_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  size_t next_ = 0;
};

}  // namespace

SentencePieceAdapter::SentencePieceAdapter() : impl_(std::make_unique<Impl>()) {}
SentencePieceAdapter::~SentencePieceAdapter() = default;

std::string SentencePieceAdapter::Train(const std::unordered_map<std::string, std::string>& options,
                                        const std::vector<std::string>& sentences, std::string* model) {
  VectorIterator iterator(sentences);
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &iterator, model);
  return status.ok() ? "" : status.ToString();
}

std::string SentencePieceAdapter::Load(const std::string& model) {
  const auto status = impl_->processor.LoadFromSerializedProto(model);
  return status.ok() ? "" : status.ToString();
}

std::vector<int32_t> SentencePieceAdapter::Encode(const std::string& text) const {
  std::vector<int> ids;
  if (!impl_->processor.Encode(text, &ids).ok()) ids.clear();
  return {ids.begin(), ids.end()};
}

std::string SentencePieceAdapter::Decode(const std::vector<int32_t>& ids) const {
  std::vector<int> known;
  for (int32_t id : ids) {
    if (id >= 0 && id < vocab_size()) known.push_back(id);
  }
  std::string text;
  if (!impl_->processor.Decode(known, &text).ok()) text.clear();
  return text;
}

std::string SentencePieceAdapter::Piece(int32_t id) const {
  return id >= 0 && id < vocab_size() ? impl_->processor.IdToPiece(id) : "";
}

float SentencePieceAdapter::Score(int32_t id) const { return impl_->processor.GetScore(id); }

int32_t SentencePieceAdapter::Kind(int32_t id) const {
  const auto& model = impl_->processor;
  return model.IsUnknown(id) ? 2 : model.IsControl(id) ? 3 : model.IsByte(id) ? 6 : 1;
}

int32_t SentencePieceAdapter::vocab_size() const { return impl_->processor.GetPieceSize(); }
int32_t SentencePieceAdapter::unk() const { return impl_->processor.unk_id(); }
int32_t SentencePieceAdapter::bos() const { return impl_->processor.bos_id(); }
int32_t SentencePieceAdapter::eos() const { return impl_->processor.eos_id(); }
int32_t SentencePieceAdapter::pad() const { return impl_->processor.pad_id(); }

}  // namespace trivium
