// See candidates.h.
#include "memory/candidates.h"

#include "core/nn/torch_pch.h"

#include "core/nn/layers.h"
#include "core/text/sentences.h"
#include "core/text/tokenizer.h"

namespace trivium {

ClosedClass::ClosedClass(const RowEncoder& encoder, const std::vector<std::string>& words) : texts_({""}) {
  torch::NoGradGuard no_grad;
  const at::Tensor end = encoder.piece_vectors().narrow(0, encoder.encoder().tokenizer().eos(), 1).to(encoder.device());
  texts_.insert(texts_.end(), words.begin(), words.end());
  vectors_ = UnitLength(words.empty() ? end : at::cat({end, encoder.WordVectors(words)})).contiguous();
}

CandidateWords::CandidateWords(const RowEncoder& encoder, const ClosedClass& closed, int64_t items)
    : encoder_(&encoder),
      items_(items),
      closed_(static_cast<int64_t>(closed.texts().size())),
      texts_(closed.texts()),
      vectors_(closed.vectors()) {
  for (size_t w = 0; w < texts_.size(); ++w) number_.emplace(texts_[w], static_cast<int64_t>(w));
}

void CandidateWords::Add(int64_t item, const std::string& word) {
  const auto [found, is_new] = number_.try_emplace(word, static_cast<int64_t>(texts_.size()));
  if (is_new) texts_.push_back(word);
  if (found->second >= closed_) members_.emplace_back(item, found->second);
}

void CandidateWords::AddSentence(int64_t item, const std::string& sentence) {
  for (const std::string& word : SplitWords(sentence)) Add(item, word);
}

std::unordered_map<std::string, int64_t> Candidates::Numbers() const {
  std::unordered_map<std::string, int64_t> number;
  for (int64_t w = 0; w < size(); ++w) number.emplace(texts[static_cast<size_t>(w)], w);
  return number;
}

Candidates CandidateWords::Get() {
  torch::NoGradGuard no_grad;
  const std::vector<std::string> more(texts_.begin() + vectors_.size(0), texts_.end());
  if (!more.empty()) vectors_ = at::cat({vectors_, UnitLength(encoder_->WordVectors(more))});
  Candidates all{texts_, vectors_, at::zeros({items_, static_cast<int64_t>(texts_.size())}, at::kBool)};
  all.present.narrow(1, 0, closed_).fill_(true);
  auto present = all.present.accessor<bool, 2>();
  for (const auto& [item, word] : members_) present[item][word] = true;
  all.present = all.present.to(vectors_.device());
  return all;
}

}  // namespace trivium
