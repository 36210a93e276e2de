// Reads memory rows by content: cosine attention with a learned temperature over the rows and a NULL row ("no such
// fact"), the logarithm of a fact's confidence added to its score. The same reader reads working memory and mounted
// shards. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/nn/layers.h"
#include "core/nn/shared_factor.h"

namespace trivium {

class RowStore;

// Rows as data: no weight in them, no gradient through them.
struct Rows {
  at::Tensor keys;     // [items or 1, rows, key_width]
  at::Tensor vectors;  // [items or 1, rows, vector_width]: the value, frozen word vectors
  at::Tensor prior;    // [items or 1, rows]: log confidence; kNoRow where a row is padding
  // Of facts that may think (Controller); undefined where none does.
  at::Tensor fact_of_row{};  // [items, rows] int64: number of the row's fact, -1 where a row is padding
  at::Tensor last_row{};     // [items, facts] int64: the row of each fact's last word, -1 where a fact is padding
  // [items or 1, 2, rows] int64: the first row of a row's fact and the one after its last, of facts in the order in
  // which they were told; undefined where they have none.
  at::Tensor span{};
};
inline constexpr double kNoRow = -1e9;
// Scores grow with the logarithm of the number of rows, so that attention stays as sharp over a large store as over the
// facts of one item (scalable softmax, Nakanishi 2025, arXiv 2501.19399). At this number the factor is 1.
inline constexpr double kUsualRows = 100;

// Of a mounted store of at most so many rows each query is compared with all of them, as with the item's own; of a
// larger one only the best are looked for.
inline constexpr int64_t kCompareAllRows = 4096;
// Over many rows a full softmax spreads its weight too thin; reading the best few keeps long chains sharp.
inline constexpr int64_t kReadAllRows = 200;
inline constexpr int64_t kTopRows = 16;
// How many rows a query reads where nobody says: 0 (all) up to kReadAllRows, else kTopRows.
inline int64_t DefaultTopRows(int64_t rows) { return rows > kReadAllRows ? kTopRows : 0; }

// Facts with a state of their own, which their rows show to whoever reads them.
struct Thoughts {
  at::Tensor states;        // [items, facts, width]
  at::Tensor rows_of_fact;  // [items, 1 + rows, facts] float: 1 where a row is of a fact
};

// Rows projected once for all loops; the NULL row comes first. Beside them rows of a store may be mounted, which all
// items read: one softmax goes over both.
struct Memory {
  SharedFactor keys;    // [items or 1, 1 + rows, key_width], as long as `scale` along key_width
  SharedFactor values;  // [items or 1, 1 + rows, width]
  at::Tensor prior;     // [items or 1, 1, 1 + rows]: times `belief`
  double belief = 1;    // what the logarithm of a mounted row's confidence counts; without a gradient
  // [items or 1, 1, 1]: log(1 + present rows, mounted ones counted) / log(kUsualRows) / temperature; never 0
  at::Tensor scale;
  at::Tensor span;                    // Rows::span; undefined where the reader asks for no order
  const RowStore* mounted = nullptr;  // not owned
  std::vector<int64_t> without;       // slots of mounted rows that are not read

  // That of these items alone; rows that all items share stay. items: int64.
  Memory Of(const at::Tensor& items) const;
};

struct ReadResult {
  at::Tensor read;             // [items, positions, width]
  at::Tensor fit;              // [items, positions, 1]: how well rows match, NULL apart: their log-sum-exp in cosines
  at::Tensor weights;          // [items, positions, 1 + rows]; with mounted_weights sums to 1
  at::Tensor mounted_weights;  // [items, positions, k], of the mounted rows that were read; undefined without a store
  at::Tensor mounted_rows;     // [items, positions, k] int64: their slots in the store
};

struct Reader {
  Reader() = default;
  // vector_width: of the frozen word vectors; key_width = 3 * vector_width; width: of the controller's state.
  // Key, value and query projections begin from the identity on the word-vector part, which is what lets names that
  // were never met in training be looked up.
  // thinking: rows may show the states of facts; ordered: queries may prefer what was told later, or earlier.
  // beliefs: how much a fact's confidence counts is learned.
  Reader(int64_t vector_width, int64_t width, Rng& rng, bool thinking = false, bool ordered = false,
         bool beliefs = false);

  // mounted: rows that this reader projected (Project), or null; without: slots of those among them that are left out,
  // each once.
  Memory Prepare(const Rows& rows, const RowStore* mounted = nullptr, std::vector<int64_t> without = {}) const;
  // Keys, of unit length, and values that rows are read by; sizes as in Rows, values [items or 1, rows, width].
  std::pair<at::Tensor, at::Tensor> Project(const at::Tensor& keys, const at::Tensor& vectors) const;
  // The query that the words before a position make, as kNN-LM asks: [.., key_width] -> [.., key_width].
  at::Tensor PrefixQuery(const at::Tensor& prefix_keys) const;
  // top_k > 0 reads only the k best rows of each query and what ties with the last of them, the NULL row among them. Of
  // a store of more than kCompareAllRows rows at most max(top_k, kTopRows) are read, without gradients.
  // thoughts: of the item's own facts, or null; REQUIRES then: made with `thinking`.
  // query: [items, positions, key_width], or one wider with the slope s last: a row's score is lowered by s times the
  // fit of the facts told later (s < 0: earlier), so that the last, or first, of those that fit is read.
  // nearest, if not null, receives the cosine of the nearest row whatever its confidence, [items, positions, 1],
  // without a gradient; -1 where there is no row. Thoughts and order do not count, nor rows that were not looked at.
  ReadResult Read(const at::Tensor& query, const Memory& memory, int64_t top_k = 0, const Thoughts* thoughts = nullptr,
                  at::Tensor* nearest = nullptr) const;

  void AddParameters(const std::string& prefix, NamedTensors& list) const;

  int64_t vector_width = 0;
  at::Tensor query;    // [key_width, 2 * width]: of [input ; state]; with order one row more, of the slope
  at::Tensor key;      // [key_width, key_width]
  at::Tensor value;    // [width, vector_width]
  at::Tensor context;  // [width, vector_width]: of the key's ordered part, so that a read also tells what stood before
  at::Tensor thought_key;      // [key_width, width]: what a fact's state adds to the keys of its rows; begins at zero
  at::Tensor thought_value;    // [width, width]: and to their values; both undefined where no fact thinks
  at::Tensor order_threshold;  // scalar: from which cosine on a row fits; undefined without order
  at::Tensor order_steepness;  // scalar: the logarithm of how steeply; undefined without order
  at::Tensor log_belief;       // scalar: the logarithm of how much a confidence counts; undefined: as its logarithm is
  at::Tensor null_key;         // [key_width]
  at::Tensor null_value;       // [width]
  at::Tensor log_inverse_temperature;  // scalar
};

}  // namespace trivium
