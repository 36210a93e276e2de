// See row_encoder.h: words to pieces, pieces to hidden states, states and word vectors to keys.
#include "memory/row_encoder.h"

#include "core/nn/torch_pch.h"

#include <algorithm>

#include "core/base/seed_tree.h"
#include "core/nn/layers.h"
#include "core/text/tokenizer.h"
#include "memory/word_kernels.h"

namespace trivium {
namespace {

// The permutation and the signs are part of the format of a trained reasoner: never change these.
constexpr uint64_t kPermutationSeed = 0x7472697669756d, kSignsSeed = 0x6e616d6573;
// Nats. A word that tells less still counts a little; a rare word of many pieces does not drown the others.
constexpr double kLeastSurprisal = 0.1, kMostSurprisal = 8;
// Sentences whose lengths differ by more are not padded to one another, if there are many.
constexpr int64_t kMuchLonger = 2, kFewSentences = 8;
// A word of this surprisal has weight one half of the most.
constexpr double kHalfSurprisal = 2;

}  // namespace

RowEncoder::RowEncoder(const TextEncoder& encoder, const RowEncoderConfig& config)
    : encoder_(encoder),
      layer_(config.layer >= 0 ? std::min(config.layer, encoder.num_layers())
                               : std::max<int64_t>(1, encoder.num_layers() / 2)),
      content_keys_(config.content_keys),
      order_decay_(config.order_decay) {
  torch::NoGradGuard no_grad;
  pieces_ = UnitMeanSquare(encoder.Embeddings()).cpu().contiguous();
  turn_.resize(static_cast<size_t>(encoder.width()));
  for (size_t i = 0; i < turn_.size(); ++i) turn_[i] = static_cast<int64_t>(i);
  Rng rng(kPermutationSeed);
  rng.Shuffle(turn_);
  signs_ = at::empty({kDigits * kDigitBase, encoder.width()}, at::kFloat);
  Rng signs(kSignsSeed);
  float* sign = signs_.data_ptr<float>();
  for (int64_t i = 0; i < signs_.numel(); ++i) sign[i] = signs.Chance(0.5) ? 1.0F : -1.0F;
}

at::Tensor RowEncoder::Weights(const at::Tensor& ids, const at::Tensor& states, const at::Tensor& ends,
                               const std::vector<int64_t>& lengths) const {
  const int64_t count = ids.size(0), tokens = ids.size(1) - 1;
  // Padding is left out: the vocabulary is what takes the time.
  const at::Tensor words = torch::tensor(lengths, at::kLong).to(device()).unsqueeze(1);
  const at::Tensor token_counts = ends.gather(1, words - 1);
  const at::Tensor present = at::arange(tokens, ids.options()).unsqueeze(0) < token_counts;
  const at::Tensor told =
      encoder_.Surprisals(states.narrow(1, 0, tokens).index({present}), ids.narrow(1, 1, tokens).index({present}));
  const at::Tensor so_far = at::zeros({count, tokens}, states.options()).index_put_({present}, told).cumsum(1);
  // Of a word: what its pieces tell together. Token t of the sentence stands at t - 1 here.
  const at::Tensor to_end = so_far.gather(1, (ends - 1).clamp_min(0));
  const at::Tensor surprisal = (to_end - at::constant_pad_nd(to_end.narrow(1, 0, to_end.size(1) - 1), {1, 0}))
                                   .clamp(kLeastSurprisal, kMostSurprisal);
  return (surprisal / (surprisal + kHalfSurprisal)).unsqueeze(-1);
}

at::Tensor RowEncoder::Bind(const at::Tensor& pieces) const {
  const int64_t most = pieces.size(-1), width = encoder_.width(), words = pieces.numel() / most;
  PieceVectors of = {pieces_.data_ptr<float>(), signs_.data_ptr<float>(), {}, width};
  std::vector<int64_t> power = turn_, next(turn_.size());
  for (int64_t p = 1; p < most; ++p) {
    of.turn.push_back(power);
    for (size_t c = 0; c < next.size(); ++c) next[c] = power[static_cast<size_t>(turn_[c])];
    power.swap(next);
  }
  std::vector<int64_t> shape = pieces.sizes().vec();
  shape.back() = width;
  at::Tensor bound = at::empty(shape, at::kFloat);
  for (int64_t w = 0; w < words; ++w) {
    BindPieces(of, pieces.data_ptr<int64_t>() + w * most, most, bound.data_ptr<float>() + w * width);
  }
  return bound;
}

at::Tensor RowEncoder::OrderedKeys(const at::Tensor& weighted) const {
  const at::Tensor x = weighted.cpu().contiguous();
  const int64_t sentences = x.size(0), words = x.size(1), width = x.size(2);
  at::Tensor keys = at::empty({sentences, words, 3 * width}, at::kFloat);
  for (int64_t s = 0; s < sentences; ++s) {
    SumWords(x.data_ptr<float>() + s * words * width, words, width, turn_, static_cast<float>(order_decay_), 3 * width,
             keys.data_ptr<float>() + s * words * 3 * width + width);
  }
  return keys;
}

at::Tensor RowEncoder::States(const at::Tensor& ids, const std::vector<int64_t>& lengths,
                              const std::vector<int64_t>& layers) const {
  std::vector<int64_t> order(lengths.size());
  for (size_t s = 0; s < order.size(); ++s) order[s] = static_cast<int64_t>(s);
  const auto length = [&](int64_t s) { return lengths[static_cast<size_t>(s)]; };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return length(a) < length(b); });
  if (length(order.back()) < kMuchLonger * length(order.front()) || ids.size(0) < kFewSentences) {
    return encoder_.HiddenStates(ids, layers);
  }
  at::Tensor all;
  for (size_t begin = 0, end; begin < order.size(); begin = end) {
    end = begin + 1;
    while (end < order.size() && length(order[end]) < kMuchLonger * length(order[begin])) ++end;
    const at::Tensor rows = torch::tensor(
        std::vector<int64_t>(order.begin() + static_cast<int64_t>(begin), order.begin() + static_cast<int64_t>(end)),
        ids.options());
    const int64_t tokens = length(order[end - 1]);
    const at::Tensor states = encoder_.HiddenStates(ids.index_select(0, rows).narrow(1, 0, tokens), layers);
    if (!all.defined()) all = at::zeros({ids.size(0), ids.size(1), states.size(2)}, states.options());
    all.narrow(1, 0, tokens).index_copy_(0, rows, states);
  }
  return all;
}

at::Tensor RowEncoder::WordVectors(const std::vector<std::string>& words) const {
  torch::NoGradGuard no_grad;
  std::vector<std::vector<int32_t>> pieces_of;
  size_t most = 1;
  for (const std::string& word : words) {
    pieces_of.push_back(encoder_.tokenizer().EncodeWords(word).at(0).pieces);
    most = std::max(most, pieces_of.back().size());
  }
  at::Tensor pieces = at::full({static_cast<int64_t>(words.size()), static_cast<int64_t>(most)}, -1, at::kLong);
  auto at = pieces.accessor<int64_t, 2>();
  for (size_t w = 0; w < words.size(); ++w) {
    for (size_t p = 0; p < pieces_of[w].size(); ++p)
      at[static_cast<int64_t>(w)][static_cast<int64_t>(p)] = pieces_of[w][p];
  }
  return Bind(pieces).to(device());
}

absl::StatusOr<std::vector<Word>> RowEncoder::Pieces(const std::string& sentence) const {
  std::vector<Word> words = encoder_.tokenizer().EncodeWords(sentence);
  int64_t tokens = 0;
  for (const Word& word : words) tokens += std::ssize(word.pieces);
  if (tokens == 0) return UsageError("a fact or question is empty");
  if (first_tokens() + tokens > encoder_.max_tokens()) {
    return UsageError("a sentence of " + std::to_string(tokens) +
                      " tokens is longer than the language model's context of " +
                      std::to_string(encoder_.max_tokens()) + ": '" + sentence.substr(0, 60) + "...'");
  }
  return words;
}

absl::StatusOr<RowEncoder::Tokens> RowEncoder::Tokenize(const std::vector<std::string>& sentences) const {
  const auto count = static_cast<int64_t>(sentences.size());
  const int64_t start = first_tokens();
  std::vector<std::vector<Word>> words;
  Tokens result;
  int64_t max_words = 1, max_tokens = 1, max_pieces = 1;
  for (const std::string& sentence : sentences) {
    ASSIGN_OR_RETURN(std::vector<Word> of_sentence, Pieces(sentence));
    words.push_back(std::move(of_sentence));
    int64_t tokens = start;
    for (const Word& word : words.back()) {
      tokens += static_cast<int64_t>(word.pieces.size());
      max_pieces = std::max(max_pieces, static_cast<int64_t>(word.pieces.size()));
    }
    max_tokens = std::max(max_tokens, tokens);
    result.counts.push_back(tokens);
    result.lengths.push_back(static_cast<int64_t>(words.back().size()));
    max_words = std::max(max_words, result.lengths.back());
  }
  result.ids = at::zeros({count, max_tokens}, at::kLong);
  if (content_keys_) result.ids.select(1, 0).fill_(encoder_.tokenizer().bos());
  result.last = at::zeros({count, max_words}, at::kLong);
  result.pieces = at::full({count, max_words, max_pieces}, -1, at::kLong);
  auto ids_at = result.ids.accessor<int64_t, 2>();
  auto last_at = result.last.accessor<int64_t, 2>();
  auto pieces_at = result.pieces.accessor<int64_t, 3>();
  for (int64_t s = 0; s < count; ++s) {
    int64_t token = start, word_index = 0;
    for (const Word& word : words[static_cast<size_t>(s)]) {
      int64_t piece_index = 0;
      for (int32_t piece : word.pieces) {
        pieces_at[s][word_index][piece_index++] = piece;
        ids_at[s][token++] = piece;
      }
      last_at[s][word_index++] = token - 1;
    }
  }
  return result;
}

absl::StatusOr<EncodedSentences> RowEncoder::Encode(const std::vector<std::string>& sentences) const {
  torch::NoGradGuard no_grad;
  ASSIGN_OR_RETURN(Tokens tokens, Tokenize(sentences));
  EncodedSentences result;
  result.lengths = std::move(tokens.lengths);
  const at::Tensor ids = tokens.ids.to(device()), last = tokens.last.to(device());
  const int64_t count = last.size(0), max_words = last.size(1), max_tokens = ids.size(1);
  const int64_t width = encoder_.width();
  result.vectors = Bind(tokens.pieces).to(device());
  const auto at_ends = [&](const at::Tensor& of_tokens) {
    return of_tokens.gather(1, last.unsqueeze(-1).expand({count, max_words, of_tokens.size(2)}));
  };
  at::Tensor meaning;
  if (content_keys_) {
    const int64_t layers = encoder_.num_layers();
    const at::Tensor both = States(ids, tokens.counts, {layer_, layers});
    const at::Tensor weights = Weights(ids, both.narrow(2, width, width), last, result.lengths);
    result.weights = weights.squeeze(-1);
    const at::Tensor added =
        at_ends(both.narrow(2, 0, width) -
                encoder_.Embeddings().index_select(0, ids.flatten()).view({count, max_tokens, width}));
    result.hidden = UnitMeanSquare(added) * weights;
    result.weighted = result.vectors * weights;
    meaning = UnitMeanSquare(result.hidden.cumsum(1));
  } else {
    result.hidden = UnitMeanSquare(at_ends(States(ids, tokens.counts, {layer_})));  // [sentences, words, width]
    result.weighted = result.vectors;
    result.weights = at::ones({count, max_words}, result.vectors.options());
    meaning = result.hidden;
  }
  result.keys = OrderedKeys(result.weighted).to(device());
  result.keys.narrow(2, 0, width).copy_(meaning);
  return result;
}

}  // namespace trivium
