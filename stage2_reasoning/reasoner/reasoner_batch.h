// Items -> tensors: the facts of each item as memory rows and its question as frozen features. All of it is computed by
// the frozen language model, without gradients. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/base/status.h"
#include "memory/candidates.h"
#include "memory/fact.h"
#include "memory/reader.h"
#include "memory/row_encoder.h"
#include "stage2_reasoning/reasoner/controller.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct ReasonerBatch {
  QuestionBatch questions;
  Rows rows;
  std::vector<std::vector<int64_t>> fact_of_row;  // per item (one entry if rows are shared): index of each row's fact
  at::Tensor
      support;  // [items, facts] int64: row of the last word of each needed fact, -1 beyond; undefined if none is known
  std::vector<std::vector<std::string>> sentences;  // per item: question and own facts, whose words it may answer with
};

// Rows of a list of facts (one memory for all items of a batch): tensors of leading size 1.
absl::StatusOr<Rows> EncodeFacts(const RowEncoder& encoder, const std::vector<Fact>& facts,
                                 std::vector<int64_t>* fact_of_row);

// Facts beyond so many have no states of their own: each attends to all.
inline constexpr int64_t kMostThinkingFacts = 64;

// Makes Rows::span, of facts in the order in which they were told, and fact_of_row and last_row, so that the facts of
// all items that have not too many may think. fact_of_row: of each item, as EncodeFacts gives it. REQUIRES: an item's
// rows are its own.
void NumberFacts(const std::vector<std::vector<int64_t>>& fact_of_row, Rows& rows);

// Items with their own facts (working memory).
absl::StatusOr<ReasonerBatch> EncodeItems(const RowEncoder& encoder, const std::vector<Item>& items);

// Items without their facts: rows stay undefined, and a memory shared by all of them is given apart.
absl::StatusOr<ReasonerBatch> EncodeQuestions(const RowEncoder& encoder, const std::vector<Item>& items);

// In an AnswerTargets where the answer has ended: nothing is asked of that slot. Where an item has fewer answers than
// others, of all slots of an answer.
inline constexpr int64_t kNoTarget = -100;

// The numbers of the words of each item's accepted answers among `words`, item.answer first: [items, answers,
// answer_slots] int64, after the last word 0 (the end), then kNoTarget. UsageError naming the item whose answer has
// more words than slots or a word that is no candidate; other accepted answers that cannot be said are left out.
absl::StatusOr<at::Tensor> AnswerTargets(const std::vector<Item>& items, const Candidates& words, int64_t answer_slots);

// The numbers of the words that facts come to (Item::conclusions): [items, facts] int64, 0 (the end) of a fact that
// comes to nothing; kNoTarget where the word is no candidate, beyond the item's facts, and in items without conclusions
// or of more than kMostThinkingFacts facts; undefined if no item has conclusions. REQUIRES: the words are of all items
// alike.
at::Tensor ConclusionTargets(const std::vector<Item>& items, const Candidates& words);

}  // namespace trivium
