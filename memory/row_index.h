// The best rows for a query among very many: maximum inner product over unit-length keys, plus a prior of each row.
// Few rows are compared one by one; from `exact_rows` on, an inverted file (IVF-flat, Jegou et al. 2011, "Product
// quantization for nearest neighbor search", with bytes in place of product codes): rows lie in lists, one for each
// centroid of a spherical k-means. A query looks only into the lists whose centroids are nearest, at the rows' bytes,
// and then at the keys of the best of them. Rows come and go one by one.
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace trivium {

// The best rows of each query, best first.
struct RowMatches {
  at::Tensor scores;  // [queries, k] float32; kNoMatch where there are fewer than k rows
  at::Tensor rows;    // [queries, k] int64; 0 there
};
inline constexpr double kNoMatch = -1e9;

struct RowIndexOptions {
  int64_t exact_rows = 8192;  // up to so many rows all are compared
  int64_t probes = 64;        // lists that a query looks into
};

// Const calls are thread-safe; the others need to be alone.
class RowIndex {
 public:
  explicit RowIndex(int64_t key_width, const RowIndexOptions& options = {});

  // rows: numbers >= 0 that are not in the index. keys: [rows, key_width] float32 of unit length. prior: [rows]
  // float32.
  void Add(const std::vector<int64_t>& rows, const at::Tensor& keys, const at::Tensor& prior);
  // REQUIRES: the row is in the index.
  void Remove(int64_t row);
  void SetPrior(int64_t row, float prior);
  // Chooses centroids anew if there are exact_rows now and were not before, or if the rows have become four times as
  // many (or a quarter) since the last choice. Call it after additions; takes about rows^1.5 * key_width steps.
  void Balance();

  // score = scale * cosine + prior. queries: [queries, key_width] float32 of unit length.
  RowMatches Search(const at::Tensor& queries, double scale, int64_t k) const;
  // The same over all rows, however many.
  RowMatches SearchAll(const at::Tensor& queries, double scale, int64_t k) const;
  // Cosines with all rows: [queries, columns], column r for row r, 0 where there is no such row. For few rows.
  at::Tensor Cosines(const at::Tensor& queries, int64_t columns) const;

  // The keys of rows that are in the index: [rows, key_width].
  at::Tensor KeysOf(const std::vector<int64_t>& rows) const;

  int64_t size() const { return size_; }
  int64_t lists() const { return static_cast<int64_t>(lists_.size()); }
  bool clustered() const { return centroids_.defined(); }

 private:
  struct List {
    std::vector<float> keys;    // [rows, key_width]
    std::vector<int8_t> codes;  // the same as EncodeRow has it, while there are centroids
    std::vector<float> scales;  // [rows]: of the codes
    std::vector<float> priors;  // [rows]
    std::vector<int64_t> rows;
    float most_prior = static_cast<float>(kNoMatch);  // no row's prior is above it
  };
  struct Place {
    int32_t list = -1;
    int32_t position = 0;
  };
  class Best;

  void Append(int64_t list, int64_t row, const float* key, float prior);
  at::Tensor Keys(const List& list) const;  // [rows, key_width], a view
  at::Tensor Centroids(int64_t count) const;
  // Search of the queries [first, end), whose nearest lists are `chosen`: [queries, probes] int64.
  void SearchPart(const at::Tensor& queries, const at::Tensor& chosen, double scale, int64_t k, int64_t first,
                  int64_t end, std::vector<Best>& best) const;
  // What each of `queries` (a part of all, `numbers` among them) finds in the list.
  void Scan(const List& list, const at::Tensor& queries, const std::vector<int64_t>& numbers, double scale,
            std::vector<Best>& best) const;

  int64_t key_width_;
  RowIndexOptions options_;
  int64_t size_ = 0;
  int64_t balanced_size_ = 0;  // rows when the centroids were chosen
  std::vector<List> lists_;    // blocks in order of arrival until there are centroids
  std::vector<Place> places_;  // by row
  at::Tensor centroids_;       // [lists, key_width] unit length; undefined while all rows are compared
};

}  // namespace trivium
