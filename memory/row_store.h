// Projected memory rows that are kept from question to question: unit keys in an index, values beside them. Rows that
// begin alike ("the friend of ..") have one key, which is kept and searched once. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "memory/row_index.h"

namespace trivium {

// A row is known by its slot, a number that it keeps until it is removed; free slots are used again. Const calls are
// thread-safe; the others need to be alone.
class RowStore {
 public:
  RowStore(int64_t key_width, int64_t width, const RowIndexOptions& options = {});

  // Of rows with the same prefix only one key is looked at: REQUIRES that equal prefixes have equal keys.
  // keys: [rows, key_width] unit length; values: [rows, width]; prior: [rows]; float32. Returns the rows' slots.
  std::vector<int64_t> Add(const std::vector<std::string>& prefixes, const at::Tensor& keys, const at::Tensor& values,
                           const at::Tensor& prior);
  // REQUIRES: slots of present rows.
  void Remove(const std::vector<int64_t>& slots);
  // After many additions or removals: lets the index choose its lists anew if need be.
  void Balance() { index_.Balance(); }
  // Makes room for so many more rows at once.
  void Reserve(int64_t more);

  int64_t rows() const { return rows_; }
  int64_t keys() const { return index_.size(); }
  int64_t slots() const { return static_cast<int64_t>(key_of_slot_.size()); }
  // [slots, width]; whatever was there before in free slots.
  at::Tensor values() const { return values_.narrow(0, 0, slots()); }
  const RowIndex& index() const { return index_; }
  // [slots]: log confidence of the rows, kNoMatch of free slots.
  at::Tensor Priors() const;
  // The same of these slots alone, int64 of any shape.
  at::Tensor PriorsOf(const at::Tensor& slots) const;

  // score = scale * cosine + prior of all rows: [queries, slots], kNoMatch for free slots. For few rows.
  at::Tensor Scores(const at::Tensor& queries, double scale) const;
  // The k best rows of each query (RowMatches::rows are slots). Exact up to RowIndexOptions::exact_rows keys. Of rows
  // with the same key and prior those in the first slots come first.
  RowMatches Best(const at::Tensor& queries, double scale, int64_t k) const;

 private:
  struct Key {
    std::string prefix;
    std::vector<std::pair<float, int64_t>> rows;  // (-prior, slot), ascending: the most believed first
  };

  RowIndex index_;
  std::vector<Key> keys_;  // by the index's row number
  std::vector<int64_t> free_keys_;
  std::unordered_map<std::string, int64_t> key_of_prefix_;
  std::vector<int64_t> key_of_slot_;  // -1: free
  std::vector<float> prior_;          // by slot
  std::vector<int64_t> free_slots_;
  at::Tensor values_;  // [capacity, width]
  int64_t rows_ = 0;
};

}  // namespace trivium
