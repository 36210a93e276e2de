// Items -> tensors: the facts of each item as memory rows and its question as frozen features. All of it is computed by
// the frozen language model, without gradients. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/base/status.h"
#include "memory/fact.h"
#include "memory/reader.h"
#include "memory/row_encoder.h"
#include "stage2_reasoning/controller.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

struct ReasonerBatch {
  QuestionBatch questions;
  Rows rows;
  std::vector<std::vector<int64_t>> fact_of_row;  // per item (one entry if rows are shared): index of each row's fact
  at::Tensor
      support;  // [items, facts] int64: row of the last word of each needed fact, -1 beyond; undefined if none is known
  // [items, answer_slots] int64: pieces, end of text, then padding; or vocab + w, where the answer is word w of
  // rows.words, and end of text. Undefined without answers.
  at::Tensor answers;
};

// Rows of a list of facts (one memory for all items of a batch): tensors of leading size 1.
absl::StatusOr<Rows> EncodeFacts(const RowEncoder& encoder, const std::vector<Fact>& facts,
                                 std::vector<int64_t>* fact_of_row);

// Items with their own facts (working memory). answer_slots > 0: with answers too; UsageError for one that has more
// pieces than slots - 1 and is no word of the item's facts.
absl::StatusOr<ReasonerBatch> EncodeItems(const RowEncoder& encoder, const std::vector<Item>& items,
                                          int64_t answer_slots);

// Items without their facts: a memory shared by all of them is given apart (mounted shards). `words`, if not null, are
// those of its facts.
absl::StatusOr<ReasonerBatch> EncodeQuestions(const RowEncoder& encoder, const std::vector<Item>& items,
                                              int64_t answer_slots, const OpenWords* words = nullptr);

}  // namespace trivium
