// See bits_per_byte.h.
#include "stage1_language/bits_per_byte.h"

#include <algorithm>
#include <cmath>

#include "core/nn/torch_pch.h"
#include "stage1_language/language_model.h"

namespace trivium {
namespace {

constexpr double kLn2 = 0.6931471805599453;
constexpr double kNormal95 = 1.959964;
constexpr size_t kBatchTokens = 8192;

// A document or a part of a long one: bos and the tokens to predict.
struct Piece {
  size_t document = 0;
  std::vector<int32_t> ids;
};

std::vector<Piece> Cut(const std::vector<std::string>& documents, const Tokenizer& tokenizer, size_t context) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < documents.size(); ++i) {
    const std::vector<int32_t> ids = tokenizer.Encode(documents[i]);
    for (size_t begin = 0; begin < ids.size(); begin += context) {
      Piece piece{.document = i, .ids = {tokenizer.bos()}};
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

// Adds the nats of pieces [begin, end) to their documents.
void AddNats(const LanguageModel& model, const std::vector<Piece>& pieces, size_t begin, size_t end, int64_t pad,
             std::vector<double>* nats) {
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
    (*nats)[pieces[i].document] += losses[static_cast<int64_t>(i - begin)].narrow(0, 0, tokens).sum().item<double>();
  }
}

}  // namespace

nlohmann::json ToJson(const BitsPerByte& result) {
  return {{"bits_per_byte", result.value}, {"low", result.low},
          {"high", result.high},           {"perplexity", result.perplexity},
          {"documents", result.documents}, {"tokens", result.tokens},
          {"bytes", result.bytes}};
}

absl::StatusOr<BitsPerByte> MeasureBitsPerByte(const LanguageModel& model, const Tokenizer& tokenizer,
                                               const std::vector<std::string>& documents) {
  const std::vector<Piece> pieces = Cut(documents, tokenizer, static_cast<size_t>(model.config().max_tokens));
  if (pieces.empty()) return UsageError("there is no text to measure");
  std::vector<double> nats(documents.size(), 0.0);
  BitsPerByte result{.documents = static_cast<int64_t>(documents.size())};
  for (size_t begin = 0, end = 0; begin < pieces.size(); begin = end) {
    while (end < pieces.size() && (end == begin || (end - begin + 1) * pieces[end].ids.size() <= kBatchTokens)) ++end;
    AddNats(model, pieces, begin, end, tokenizer.pad(), &nats);
  }
  double total = 0;
  for (const double value : nats) total += value;
  for (const std::string& document : documents) result.bytes += static_cast<int64_t>(document.size());
  for (const Piece& piece : pieces) result.tokens += static_cast<int64_t>(piece.ids.size()) - 1;
  const auto bytes = static_cast<double>(result.bytes), count = static_cast<double>(documents.size());
  result.value = total / kLn2 / bytes;
  result.perplexity = std::exp(total / static_cast<double>(result.tokens));
  // Linearised ratio estimator: documents are what was drawn, not bytes.
  double squares = 0;
  for (size_t i = 0; i < documents.size(); ++i) {
    const double rest = nats[i] / kLn2 - result.value * static_cast<double>(documents[i].size());
    squares += rest * rest;
  }
  const double half =
      documents.size() > 1 ? kNormal95 * std::sqrt(squares * count / (count - 1)) / bytes : result.value;
  result.low = result.value - half;
  result.high = result.value + half;
  return result;
}

}  // namespace trivium
