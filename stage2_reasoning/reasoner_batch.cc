// See reasoner_batch.h: pads items to one shape and keeps which row came from which fact.
#include "stage2_reasoning/reasoner_batch.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/text/sentences.h"

namespace trivium {
namespace {

// Rows of sentences [first, first + count) of `encoded`, which become rows `row`.. of item `item`.
int64_t CopyRows(const EncodedSentences& encoded, int64_t first, int64_t count, const std::vector<double>& priors,
                 int64_t item, Rows& rows, std::vector<int64_t>& fact_of_row) {
  int64_t row = 0;
  for (int64_t s = 0; s < count; ++s) {
    const int64_t length = encoded.lengths[static_cast<size_t>(first + s)] - 1;
    if (length < 1) continue;  // one word says nothing after anything
    rows.keys.select(0, item).narrow(0, row, length).copy_(encoded.keys.select(0, first + s).narrow(0, 0, length));
    rows.vectors.select(0, item)
        .narrow(0, row, length)
        .copy_(encoded.vectors.select(0, first + s).narrow(0, 1, length));
    rows.prior.select(0, item)
        .narrow(0, row, length)
        .copy_(encoded.weights.select(0, first + s).narrow(0, 1, length).log() + priors[static_cast<size_t>(s)]);
    fact_of_row.insert(fact_of_row.end(), static_cast<size_t>(length), s);
    row += length;
  }
  return row;
}

Rows EmptyRows(const RowEncoder& encoder, int64_t items, int64_t rows) {
  return {at::zeros({items, rows, encoder.key_width()}), at::zeros({items, rows, encoder.width()}),
          at::full({items, rows}, kNoRow, at::kFloat)};
}

int64_t RowCount(const EncodedSentences& encoded, int64_t first, int64_t count) {
  int64_t rows = 0;
  for (int64_t s = first; s < first + count; ++s) rows += encoded.lengths[static_cast<size_t>(s)] - 1;
  return rows;
}

// ReasonerBatch::support. A fact's last word stands before its full stop, in its last row but one.
at::Tensor SupportRows(const std::vector<Item>& items, const EncodedSentences& encoded) {
  size_t most = 0;
  for (const Item& item : items) most = std::max(most, item.support.size());
  if (most == 0) return {};
  at::Tensor rows = at::full({static_cast<int64_t>(items.size()), static_cast<int64_t>(most)}, -1, at::kLong);
  auto at = rows.accessor<int64_t, 2>();
  int64_t first = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    int64_t needed = 0;
    for (int64_t fact : items[i].support) {
      const int64_t row = RowCount(encoded, first, fact + 1) - 2;
      if (row >= 0) at[static_cast<int64_t>(i)][needed++] = row;
    }
    first += static_cast<int64_t>(items[i].facts.size());
  }
  return rows;
}

}  // namespace

absl::StatusOr<ReasonerBatch> EncodeQuestions(const RowEncoder& encoder, const std::vector<Item>& items) {
  std::vector<std::string> texts;
  ReasonerBatch batch;
  for (const Item& item : items) {
    texts.push_back(item.question);
    batch.sentences.push_back({item.question});
  }
  ASSIGN_OR_RETURN(const EncodedSentences encoded, encoder.Encode(texts));
  batch.questions.identity = encoded.identity;
  batch.questions.hidden = encoded.hidden;
  batch.questions.prefix_keys = encoded.keys;
  batch.questions.mask = at::arange(encoded.vectors.size(1), at::kLong).unsqueeze(0) <
                         torch::tensor(encoded.lengths, at::kLong).unsqueeze(1);
  return batch;
}

absl::StatusOr<at::Tensor> AnswerTargets(const std::vector<Item>& items, const Candidates& words,
                                         int64_t answer_slots) {
  std::unordered_map<std::string, int64_t> number;
  for (int64_t w = 0; w < words.size(); ++w) number.emplace(words.texts[static_cast<size_t>(w)], w);
  at::Tensor targets = at::full({static_cast<int64_t>(items.size()), answer_slots}, kNoTarget, at::kLong);
  auto at = targets.accessor<int64_t, 2>();
  for (size_t i = 0; i < items.size(); ++i) {
    const auto item = static_cast<int64_t>(i);
    const std::vector<std::string> answer = SplitWords(items[i].answer);
    const auto length = static_cast<int64_t>(answer.size());
    const std::string who = "the answer '" + items[i].answer + "' of item " + items[i].id;
    if (length > answer_slots) {
      return UsageError(who + " has more than " + std::to_string(answer_slots) + " words; raise reasoner.answer_slots");
    }
    for (int64_t slot = 0; slot < length; ++slot) {
      const auto found = number.find(answer[static_cast<size_t>(slot)]);
      if (found == number.end() || !words.present[words.present.size(0) == 1 ? 0 : item][found->second].item<bool>()) {
        return UsageError(who + " has the word '" + answer[static_cast<size_t>(slot)] +
                          "', which stands neither in its facts nor in its question nor in reasoner.closed_class");
      }
      at[item][slot] = found->second;
    }
    if (length < answer_slots) at[item][length] = 0;
  }
  return targets;
}

absl::StatusOr<Rows> EncodeFacts(const RowEncoder& encoder, const std::vector<Fact>& facts,
                                 std::vector<int64_t>* fact_of_row) {
  fact_of_row->clear();
  if (facts.empty()) return EmptyRows(encoder, 1, 1);
  torch::NoGradGuard no_grad;
  std::vector<std::string> texts;
  std::vector<double> priors;
  for (const Fact& fact : facts) {
    texts.push_back(fact.text);
    priors.push_back(std::log(fact.confidence));
  }
  ASSIGN_OR_RETURN(const EncodedSentences encoded, encoder.Encode(texts));
  Rows rows = EmptyRows(encoder, 1, std::max<int64_t>(1, RowCount(encoded, 0, static_cast<int64_t>(facts.size()))));
  CopyRows(encoded, 0, static_cast<int64_t>(facts.size()), priors, 0, rows, *fact_of_row);
  return rows;
}

absl::StatusOr<ReasonerBatch> EncodeItems(const RowEncoder& encoder, const std::vector<Item>& items) {
  torch::NoGradGuard no_grad;
  ASSIGN_OR_RETURN(ReasonerBatch batch, EncodeQuestions(encoder, items));
  std::vector<std::string> facts;
  for (size_t i = 0; i < items.size(); ++i) {
    facts.insert(facts.end(), items[i].facts.begin(), items[i].facts.end());
    batch.sentences[i].insert(batch.sentences[i].end(), items[i].facts.begin(), items[i].facts.end());
  }
  const auto count = static_cast<int64_t>(items.size());
  if (facts.empty()) {
    batch.fact_of_row.resize(items.size());
    batch.rows = EmptyRows(encoder, count, 1);
    return batch;
  }
  ASSIGN_OR_RETURN(const EncodedSentences encoded, encoder.Encode(facts));
  batch.fact_of_row.resize(items.size());
  int64_t max_rows = 1, first = 0;
  for (const Item& item : items) {
    const auto size = static_cast<int64_t>(item.facts.size());
    max_rows = std::max(max_rows, RowCount(encoded, first, size));
    first += size;
  }
  batch.rows = EmptyRows(encoder, count, max_rows);
  batch.support = SupportRows(items, encoded);
  first = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto size = static_cast<int64_t>(items[static_cast<size_t>(i)].facts.size());
    const std::vector<double> certain(static_cast<size_t>(size), 0.0);
    CopyRows(encoded, first, size, certain, i, batch.rows, batch.fact_of_row[static_cast<size_t>(i)]);
    first += size;
  }
  return batch;
}

}  // namespace trivium
