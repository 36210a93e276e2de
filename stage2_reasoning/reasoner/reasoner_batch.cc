// See reasoner_batch.h: pads items to one shape and keeps which row came from which fact.
#include "stage2_reasoning/reasoner/reasoner_batch.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/text/sentences.h"

namespace trivium {
namespace {

// Which words of which sentences become rows: row r of item i is word `word[i][r]` of the flattened sentences.
struct RowPlan {
  int64_t rows = 1;                         // of the item that has most
  std::vector<std::vector<int64_t>> words;  // of each item: the place of its rows' words in [sentences * words]
};

// Rows of sentences [first, first + count) of `encoded` for one more item; which sentence each row came from.
std::vector<int64_t> PlanRows(const EncodedSentences& encoded, int64_t first, int64_t count, RowPlan& plan) {
  const int64_t stride = encoded.vectors.size(1);
  std::vector<int64_t> sentence_of_row;
  plan.words.emplace_back();
  for (int64_t s = 0; s < count; ++s) {
    // One word says nothing after anything.
    for (int64_t w = 1; w < encoded.lengths[static_cast<size_t>(first + s)]; ++w) {
      plan.words.back().push_back((first + s) * stride + w);
      sentence_of_row.push_back(s);
    }
  }
  plan.rows = std::max(plan.rows, static_cast<int64_t>(sentence_of_row.size()));
  return sentence_of_row;
}

// All items' rows in three gathers. Padding repeats the first word of all and can never be read.
Rows GatherRows(const EncodedSentences& encoded, const RowPlan& plan) {
  const auto items = static_cast<int64_t>(plan.words.size());
  at::Tensor word = at::zeros({items, plan.rows}, at::kLong), present = at::zeros({items, plan.rows}, at::kBool);
  for (int64_t i = 0; i < items; ++i) {
    const std::vector<int64_t>& of_item = plan.words[static_cast<size_t>(i)];
    const auto count = static_cast<int64_t>(of_item.size());
    if (count == 0) continue;
    word.select(0, i).narrow(0, 0, count).copy_(torch::tensor(of_item, at::kLong));
    present.select(0, i).narrow(0, 0, count).fill_(true);
  }
  present = present.to(encoded.vectors.device());
  const at::Tensor flat = word.flatten().to(encoded.vectors.device());
  const auto gather = [&](const at::Tensor& of_words, const at::Tensor& which) {
    return of_words.flatten(0, 1).index_select(0, which).view({items, plan.rows, -1});
  };
  const at::Tensor weights = encoded.weights.flatten().index_select(0, flat).view({items, plan.rows});
  // The key of a word is made of what stands before it.
  return {gather(encoded.keys, (flat - 1).clamp_min(0)), gather(encoded.vectors, flat),
          at::where(present, weights.log(), at::full({}, kNoRow, weights.options()))};
}

Rows EmptyRows(const RowEncoder& encoder, int64_t items, int64_t rows) {
  const at::TensorOptions there = at::TensorOptions(at::kFloat).device(encoder.device());
  return {at::zeros({items, rows, encoder.key_width()}, there), at::zeros({items, rows, encoder.width()}, there),
          at::full({items, rows}, kNoRow, there)};
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

// Into the rows' prior: how sure items are of their facts.
void AddConfidences(const std::vector<Item>& items, const std::vector<std::vector<int64_t>>& fact_of_row, Rows& rows) {
  const auto is_sure = [](const Item& item) { return item.confidences.empty(); };
  if (std::all_of(items.begin(), items.end(), is_sure)) return;
  at::Tensor belief = at::zeros({rows.prior.size(0), rows.prior.size(1)}, at::kFloat);
  auto at = belief.accessor<float, 2>();
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t row = 0; row < fact_of_row[i].size(); ++row) {
      const double confidence = items[i].confidence(static_cast<size_t>(fact_of_row[i][row]));
      at[static_cast<int64_t>(i)][static_cast<int64_t>(row)] = static_cast<float>(std::log(confidence));
    }
  }
  rows.prior += belief.to(rows.prior.device());
}

// Rows::span, on the CPU. most: rows of the item that has most.
at::Tensor FactSpans(const std::vector<std::vector<int64_t>>& fact_of_row, int64_t most) {
  at::Tensor span = at::zeros({std::ssize(fact_of_row), 2, most}, at::kLong);
  auto at = span.accessor<int64_t, 3>();
  for (size_t i = 0; i < fact_of_row.size(); ++i) {
    const std::vector<int64_t>& facts = fact_of_row[i];
    for (size_t begin = 0, end = 0; begin < facts.size(); begin = end) {
      while (end < facts.size() && facts[end] == facts[begin]) ++end;
      for (size_t row = begin; row < end; ++row) {
        at[static_cast<int64_t>(i)][0][static_cast<int64_t>(row)] = static_cast<int64_t>(begin);
        at[static_cast<int64_t>(i)][1][static_cast<int64_t>(row)] = static_cast<int64_t>(end);
      }
    }
  }
  return span;
}

// AnswerTargets of one answer. number: of each word; present: [words], those of its item.
absl::StatusOr<std::vector<int64_t>> SlotTargets(const std::string& answer,
                                                 const std::unordered_map<std::string, int64_t>& number,
                                                 const at::Tensor& present, int64_t answer_slots) {
  const std::vector<std::string> said = SplitWords(answer);
  const auto length = std::ssize(said);
  if (length > answer_slots) {
    return UsageError(" has more than " + std::to_string(answer_slots) + " words; raise reasoner.answer_slots");
  }
  std::vector<int64_t> targets(static_cast<size_t>(answer_slots), kNoTarget);
  for (size_t slot = 0; slot < said.size(); ++slot) {
    const auto found = number.find(said[slot]);
    if (found == number.end() || !present[found->second].item<bool>()) {
      return UsageError(" has the word '" + said[slot] +
                        "', which stands neither in its facts nor in its question nor in reasoner.closed_class");
    }
    targets[slot] = found->second;
  }
  if (length < answer_slots) targets[said.size()] = 0;
  return targets;
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
  batch.questions.vectors = encoded.weighted;
  batch.questions.hidden = encoded.hidden;
  batch.questions.prefix_keys = encoded.keys;
  const at::Tensor mask = at::arange(encoded.vectors.size(1), at::kLong).unsqueeze(0) <
                          torch::tensor(encoded.lengths, at::kLong).unsqueeze(1);
  batch.questions.mask = mask.to(encoder.device());
  return batch;
}

absl::StatusOr<at::Tensor> AnswerTargets(const std::vector<Item>& items, const Candidates& words,
                                         int64_t answer_slots) {
  const std::unordered_map<std::string, int64_t> number = words.Numbers();
  const at::Tensor present = words.present.cpu();
  std::vector<std::vector<std::vector<int64_t>>> said;  // item, answer, slot
  int64_t most = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    const at::Tensor may_say = present[present.size(0) == 1 ? 0 : static_cast<int64_t>(i)];
    absl::StatusOr<std::vector<int64_t>> slots = SlotTargets(item.answer, number, may_say, answer_slots);
    if (!slots.ok()) return Annotate(slots.status(), "the answer '" + item.answer + "' of item " + item.id);
    said.push_back({*std::move(slots)});
    for (const std::string& other : item.answers) {
      if (other == item.answer) continue;
      slots = SlotTargets(other, number, may_say, answer_slots);
      if (!slots.ok()) continue;
      std::vector<std::vector<int64_t>>& of_item = said.back();
      if (std::find(of_item.begin(), of_item.end(), *slots) == of_item.end()) of_item.push_back(*std::move(slots));
    }
    most = std::max(most, std::ssize(said.back()));
  }
  at::Tensor targets = at::full({std::ssize(items), most, answer_slots}, kNoTarget, at::kLong);
  for (size_t i = 0; i < said.size(); ++i) {
    for (size_t answer = 0; answer < said[i].size(); ++answer) {
      targets[static_cast<int64_t>(i)][static_cast<int64_t>(answer)].copy_(torch::tensor(said[i][answer], at::kLong));
    }
  }
  return targets.to(words.present.device());
}

at::Tensor ConclusionTargets(const std::vector<Item>& items, const Candidates& words) {
  int64_t most = 0;
  bool any = false;
  for (const Item& item : items) {
    most = std::max(most, std::ssize(item.facts));
    any = any || !item.conclusions.empty();
  }
  if (!any) return {};
  const std::unordered_map<std::string, int64_t> number = words.Numbers();
  at::Tensor targets = at::full({std::ssize(items), most}, kNoTarget, at::kLong);
  auto at = targets.accessor<int64_t, 2>();
  for (size_t i = 0; i < items.size(); ++i) {
    if (std::ssize(items[i].facts) > kMostThinkingFacts) continue;
    for (size_t fact = 0; fact < items[i].conclusions.size(); ++fact) {
      const auto found = number.find(items[i].conclusions[fact]);
      if (found != number.end()) at[static_cast<int64_t>(i)][static_cast<int64_t>(fact)] = found->second;
    }
  }
  return targets.to(words.present.device());
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
  RowPlan plan;
  *fact_of_row = PlanRows(encoded, 0, static_cast<int64_t>(facts.size()), plan);
  if (fact_of_row->empty()) return EmptyRows(encoder, 1, 1);
  Rows rows = GatherRows(encoded, plan);
  std::vector<double> prior_of_row;
  for (int64_t fact : *fact_of_row) prior_of_row.push_back(priors[static_cast<size_t>(fact)]);
  rows.prior += torch::tensor(prior_of_row, at::kFloat).to(encoder.device());
  return rows;
}

void NumberFacts(const std::vector<std::vector<int64_t>>& fact_of_row, Rows& rows) {
  rows.span = FactSpans(fact_of_row, rows.keys.size(1)).to(rows.keys.device());
  const auto facts_of = [&](size_t item) {
    const int64_t facts = fact_of_row[item].empty() ? 0 : fact_of_row[item].back() + 1;
    return facts > kMostThinkingFacts ? 0 : facts;
  };
  int64_t most = 0;
  for (size_t i = 0; i < fact_of_row.size(); ++i) most = std::max(most, facts_of(i));
  if (most == 0) return;
  const int64_t items = rows.keys.size(0);
  at::Tensor fact = at::full({items, rows.keys.size(1)}, -1, at::kLong), last = at::full({items, most}, -1, at::kLong);
  auto fact_at = fact.accessor<int64_t, 2>(), last_at = last.accessor<int64_t, 2>();
  for (size_t i = 0; i < fact_of_row.size(); ++i) {
    if (facts_of(i) == 0) continue;
    const auto item = static_cast<int64_t>(i);
    const std::vector<int64_t>& facts = fact_of_row[i];
    for (size_t row = 0; row < facts.size(); ++row) {
      fact_at[item][static_cast<int64_t>(row)] = facts[row];
      // The last row but one: a fact ends with its full stop. A fact of one row has that one.
      const bool is_end = row + 1 == facts.size() || facts[row + 1] != facts[row];
      int64_t& of_fact = last_at[item][facts[row]];
      if (of_fact < 0 || !is_end) of_fact = static_cast<int64_t>(row);
    }
  }
  rows.fact_of_row = fact.to(rows.keys.device());
  rows.last_row = last.to(rows.keys.device());
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
  batch.support = SupportRows(items, encoded);
  if (batch.support.defined()) batch.support = batch.support.to(encoder.device());
  RowPlan plan;
  int64_t first = 0;
  for (const Item& item : items) {
    batch.fact_of_row.push_back(PlanRows(encoded, first, std::ssize(item.facts), plan));
    first += std::ssize(item.facts);
  }
  batch.rows = GatherRows(encoded, plan);
  AddConfidences(items, batch.fact_of_row, batch.rows);
  NumberFacts(batch.fact_of_row, batch.rows);
  return batch;
}

}  // namespace trivium
