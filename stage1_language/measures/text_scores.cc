// See text_scores.h.
#include "stage1_language/measures/text_scores.h"

#include <algorithm>

#include "core/nn/torch_pch.h"
#include "stage1_language/model/language_model.h"

namespace trivium {
namespace {

constexpr size_t kBatchTokens = 8192;

// A text or a part of a long one: bos and the tokens to predict.
struct Piece {
  size_t text = 0;
  std::vector<int32_t> ids;
};

std::vector<Piece> Cut(const std::vector<std::string>& texts, const Tokenizer& tokenizer, size_t context) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<int32_t> ids = tokenizer.Encode(texts[i]);
    for (size_t begin = 0; begin < ids.size(); begin += context) {
      Piece piece{.text = i, .ids = {tokenizer.bos()}};
      const size_t end = std::min(begin + context, ids.size());
      piece.ids.insert(piece.ids.end(), ids.begin() + static_cast<int64_t>(begin),
                       ids.begin() + static_cast<int64_t>(end));
      pieces.push_back(std::move(piece));
    }
  }
  // Equal lengths side by side leave little padding.
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.ids.size() < b.ids.size(); });
  return pieces;
}

// Adds the nats of pieces [begin, end) to their texts.
void AddScores(const LanguageModel& model, const std::vector<Piece>& pieces, size_t begin, size_t end, int64_t pad,
               std::vector<TextScore>* scores) {
  const size_t length = pieces[end - 1].ids.size();
  std::vector<int64_t> rows;
  for (size_t i = begin; i < end; ++i) {
    rows.insert(rows.end(), pieces[i].ids.begin(), pieces[i].ids.end());
    rows.resize((i - begin + 1) * length, pad);
  }
  const at::Tensor ids = torch::tensor(rows).view({static_cast<int64_t>(end - begin), static_cast<int64_t>(length)});
  const at::Tensor losses = model.TokenLosses(ids.to(model.device())).to(at::kCPU, at::kDouble);  // [items, length - 1]
  for (size_t i = begin; i < end; ++i) {
    const auto tokens = static_cast<int64_t>(pieces[i].ids.size()) - 1;
    TextScore& score = (*scores)[pieces[i].text];
    score.nats += losses[static_cast<int64_t>(i - begin)].narrow(0, 0, tokens).sum().item<double>();
    score.tokens += tokens;
  }
}

}  // namespace

std::vector<TextScore> ScoreTexts(const LanguageModel& model, const Tokenizer& tokenizer,
                                  const std::vector<std::string>& texts) {
  const std::vector<Piece> pieces = Cut(texts, tokenizer, static_cast<size_t>(model.config().max_tokens));
  std::vector<TextScore> scores(texts.size());
  for (size_t begin = 0, end = 0; begin < pieces.size(); begin = end) {
    while (end < pieces.size() && (end == begin || (end - begin + 1) * pieces[end].ids.size() <= kBatchTokens)) ++end;
    AddScores(model, pieces, begin, end, tokenizer.pad(), &scores);
  }
  return scores;
}

}  // namespace trivium
