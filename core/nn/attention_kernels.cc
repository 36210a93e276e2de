// See attention_kernels.h; built as row_kernels.cc is.
#include "core/nn/attention_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/nn/processor_versions.h"
#include "core/nn/vector_math.h"

#define TRIVIUM_INLINE __attribute__((always_inline)) inline

namespace trivium {
namespace {

constexpr int64_t kLanes = 16, kRowsAtOnce = 6, kMost = kMostAttended * kWidestHead;
// Less than any score: of what is not seen.
constexpr float kAbsent = -1e30F;

using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

TRIVIUM_INLINE int64_t Padded(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

// A matrix by strides, so that it may stand for its transpose.
struct Strided {
  const float* data;
  int64_t row, column;
};

// c = a b. a: [rows, inner]; b: [inner, columns], c: [rows, columns], columns a multiple of kLanes.
TRIVIUM_INLINE void Multiply(const Strided& a, const float* b, int64_t rows, int64_t inner, int64_t columns, float* c) {
  for (int64_t column = 0; column < columns; column += kLanes) {
    for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
      const float* at[kRowsAtOnce];
      Lanes sum[kRowsAtOnce];
#pragma GCC unroll 6
      for (int64_t r = 0; r < kRowsAtOnce; ++r) {
        at[r] = a.data + std::min(first + r, rows - 1) * a.row;
        sum[r] = Lanes{};
      }
      for (int64_t i = 0; i < inner; ++i) {
        Lanes of_b;
        std::memcpy(&of_b, b + i * columns + column, sizeof of_b);
#pragma GCC unroll 6
        for (int64_t r = 0; r < kRowsAtOnce; ++r) sum[r] += at[r][i * a.column] * of_b;
      }
#pragma GCC unroll 6
      for (int64_t r = 0; r < kRowsAtOnce; ++r) {
        if (first + r < rows) std::memcpy(c + (first + r) * columns + column, &sum[r], sizeof sum[r]);
      }
    }
  }
}

// Where a head's queries (0), keys (1) or values (2) of an item begin in qkv, and their rows there.
struct Place {
  TRIVIUM_INLINE Place(const AttentionRows& given, int64_t item, int64_t head, int64_t part)
      : begin(((item * given.positions * 3 + part) * given.heads + head) * given.head_width),
        row(3 * given.heads * given.head_width),
        turned(part < 2 && head < given.turned) {}

  int64_t begin, row;
  bool turned;
};

// Rows of `count` numbers that begin `row` apart, to rows of Padded(count), zeros beyond `count`.
TRIVIUM_INLINE void Pad(const float* x, int64_t row, int64_t rows, int64_t count, float* to) {
  const int64_t width = Padded(count);
  for (int64_t p = 0; p < rows; ++p, x += row, to += width) {
    for (int64_t c = 0; c < count; ++c) to[c] = x[c];
    for (int64_t c = count; c < width; ++c) to[c] = 0;
  }
}

// Rows of qkv, turned by their positions and times `scale`, to rows of Padded(count) numbers, zeros beyond `count`.
TRIVIUM_INLINE void Load(const AttentionRows& given, const Place& place, int64_t rows, float scale, int64_t count,
                         float* to) {
  const int64_t half = count / 2, width = Padded(count);
  for (int64_t p = 0; p < rows; ++p, to += width) {
    const float* x = given.qkv + place.begin + p * place.row;
    if (place.turned) {
      const float *cos = given.cos + p * count, *sin = given.sin + p * count;
#pragma omp simd
      for (int64_t c = 0; c < half; ++c) to[c] = scale * (x[c] * cos[c] + x[c + half] * sin[c]);
#pragma omp simd
      for (int64_t c = half; c < count; ++c) to[c] = scale * (x[c] * cos[c] + x[c - half] * sin[c]);
    } else {
#pragma omp simd
      for (int64_t c = 0; c < count; ++c) to[c] = scale * x[c];
    }
    for (int64_t c = count; c < width; ++c) to[c] = 0;
  }
}

// Gradients of what Load made, times `scale`, turned back and stored where it was loaded from; zeros after `rows`.
TRIVIUM_INLINE void Store(const AttentionRows& given, const Place& place, const float* x, int64_t rows, float scale,
                          int64_t count, float* gradient) {
  const int64_t half = count / 2, width = Padded(count);
  for (int64_t p = 0; p < given.positions; ++p, x += width) {
    float* to = gradient + place.begin + p * place.row;
    if (p >= rows) {
      std::fill_n(to, count, 0.0F);
    } else if (place.turned) {
      const float *cos = given.cos + p * count, *sin = given.sin + p * count;
#pragma omp simd
      for (int64_t c = 0; c < half; ++c) to[c] = scale * (x[c] * cos[c] + x[c + half] * sin[c + half]);
#pragma omp simd
      for (int64_t c = half; c < count; ++c) to[c] = scale * (x[c] * cos[c] + x[c - half] * sin[c - half]);
    } else {
#pragma omp simd
      for (int64_t c = 0; c < count; ++c) to[c] = scale * x[c];
    }
  }
}

// Rows of Padded(count) numbers as the columns of [count, columns], zeros beyond `rows`.
TRIVIUM_INLINE void Transpose(const float* x, int64_t rows, int64_t count, int64_t columns, float* to) {
  const int64_t width = Padded(count);
  for (int64_t c = 0; c < count; ++c) {
    for (int64_t p = rows; p < columns; ++p) to[c * columns + p] = 0;
  }
  for (int64_t p = 0; p < rows; ++p) {
    for (int64_t c = 0; c < count; ++c) to[c * columns + p] = x[p * width + c];
  }
}

// Scores [positions, columns], a column for each query, with what the mask adds, to weights whose columns sum to one.
TRIVIUM_INLINE void Softmax(const float* mask, int64_t positions, int64_t queries, int64_t columns, float* scores) {
  if (mask != nullptr) {
    for (int64_t q = 0; q < queries; ++q) {
      for (int64_t k = 0; k < positions; ++k) scores[k * columns + q] += mask[q * positions + k];
    }
  } else {
    for (int64_t k = 1; k < positions; ++k) std::fill_n(scores + k * columns, std::min(k, queries), kAbsent);
  }
  for (int64_t first = 0; first < columns; first += kLanes) {
    float most[kLanes], sum[kLanes];
    for (int64_t q = 0; q < kLanes; ++q) {
      most[q] = kAbsent;
      sum[q] = 0;
    }
    for (int64_t k = 0; k < positions; ++k) {
      const float* row = scores + k * columns + first;
#pragma omp simd
      for (int64_t q = 0; q < kLanes; ++q) most[q] = row[q] > most[q] ? row[q] : most[q];
    }
    for (int64_t k = 0; k < positions; ++k) {
      float* row = scores + k * columns + first;
#pragma omp simd
      for (int64_t q = 0; q < kLanes; ++q) {
        row[q] = Exp(row[q] - most[q]);
        sum[q] += row[q];
      }
    }
#pragma omp simd
    for (int64_t q = 0; q < kLanes; ++q) sum[q] = 1.0F / sum[q];
    for (int64_t k = 0; k < positions; ++k) {
      float* row = scores + k * columns + first;
#pragma omp simd
      for (int64_t q = 0; q < kLanes; ++q) row[q] *= sum[q];
    }
  }
}

// Gradients of weights to those of scores: of each column p (g - g . p).
TRIVIUM_INLINE void SoftmaxGradient(const float* weights, int64_t positions, int64_t columns, float* gradient) {
  for (int64_t first = 0; first < columns; first += kLanes) {
    float mean[kLanes] = {};
    for (int64_t k = 0; k < positions; ++k) {
      const float *weight = weights + k * columns + first, *row = gradient + k * columns + first;
#pragma omp simd
      for (int64_t q = 0; q < kLanes; ++q) mean[q] += weight[q] * row[q];
    }
    for (int64_t k = 0; k < positions; ++k) {
      const float* weight = weights + k * columns + first;
      float* row = gradient + k * columns + first;
#pragma omp simd
      for (int64_t q = 0; q < kLanes; ++q) row[q] = weight[q] * (row[q] - mean[q]);
    }
  }
}

TRIVIUM_INLINE float ScoreScale(int64_t count) { return 1.0F / std::sqrt(static_cast<float>(count)); }

// count: given.head_width, which the compiler may know.
TRIVIUM_INLINE void AttendItems(const AttentionRows& given, int64_t count, int64_t begin, int64_t end, float* y,
                                float* weights) {
  const int64_t positions = given.positions, queries = given.queries, heads = given.heads;
  const int64_t width = Padded(count), columns = Padded(queries);
  float query[kMost], turned_query[kMost], key[kMost], value[kMost], scores[kMost];
  for (int64_t item = begin; item < end; ++item) {
    for (int64_t head = 0; head < heads; ++head) {
      Load(given, Place(given, item, head, 0), queries, ScoreScale(count), count, query);
      Load(given, Place(given, item, head, 1), positions, 1, count, key);
      const Place valued(given, item, head, 2);
      Pad(given.qkv + valued.begin, valued.row, positions, count, value);
      Transpose(query, queries, count, columns, turned_query);
      float* of_head = weights == nullptr ? scores : weights + (item * heads + head) * positions * columns;
      Multiply({key, width, 1}, turned_query, positions, count, columns, of_head);
      const float* mask = given.mask;
      if (mask != nullptr) mask += item * given.mask_of_item + head * given.mask_of_head;
      Softmax(mask, positions, queries, columns, of_head);
      float* mixed = query;  // no longer needed
      Multiply({of_head, 1, columns}, value, queries, positions, width, mixed);
      for (int64_t q = 0; q < queries; ++q) {
        float* to = y + ((item * queries + q) * heads + head) * count;
        for (int64_t c = 0; c < count; ++c) to[c] = mixed[q * width + c];
      }
    }
  }
}

TRIVIUM_INLINE void AttendItemsGradient(const float* gradient, const AttentionRows& given, int64_t count, int64_t begin,
                                        int64_t end, const float* weights, float* qkv_gradient) {
  const int64_t positions = given.positions, queries = given.queries, heads = given.heads;
  const int64_t width = Padded(count), columns = Padded(queries);
  float query[kMost], key[kMost], value[kMost], of_mixed[kMost], turned[kMost], of_scores[kMost], made[kMost];
  for (int64_t item = begin; item < end; ++item) {
    for (int64_t head = 0; head < heads; ++head) {
      const Place queried(given, item, head, 0), keyed(given, item, head, 1), valued(given, item, head, 2);
      Load(given, queried, queries, ScoreScale(count), count, query);
      Load(given, keyed, positions, 1, count, key);
      Pad(given.qkv + valued.begin, valued.row, positions, count, value);
      Pad(gradient + (item * queries * heads + head) * count, heads * count, queries, count, of_mixed);
      Transpose(of_mixed, queries, count, columns, turned);
      const float* of_head = weights + (item * heads + head) * positions * columns;
      Multiply({of_head, columns, 1}, of_mixed, positions, queries, width, made);
      Store(given, valued, made, positions, 1, count, qkv_gradient);
      Multiply({value, width, 1}, turned, positions, count, columns, of_scores);
      SoftmaxGradient(of_head, positions, columns, of_scores);
      Multiply({of_scores, 1, columns}, key, queries, positions, width, made);
      Store(given, queried, made, queries, ScoreScale(count), count, qkv_gradient);
      Multiply({of_scores, columns, 1}, query, positions, queries, width, made);  // the scale is in `query`
      Store(given, keyed, made, positions, 1, count, qkv_gradient);
    }
  }
}

// The built-in sizes' head width: its loops are unrolled.
constexpr int64_t kUsualWidth = 24;

}  // namespace

int64_t WeightsStride(int64_t queries) { return Padded(queries); }

TRIVIUM_FOR_EACH_PROCESSOR
void AttendRows(const AttentionRows& given, int64_t begin, int64_t end, float* y, float* weights) {
  if (given.head_width == kUsualWidth) {
    AttendItems(given, kUsualWidth, begin, end, y, weights);
  } else {
    AttendItems(given, given.head_width, begin, end, y, weights);
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void AttendRowsGradient(const float* gradient, const AttentionRows& given, int64_t begin, int64_t end,
                        const float* weights, float* qkv_gradient) {
  if (given.head_width == kUsualWidth) {
    AttendItemsGradient(gradient, given, kUsualWidth, begin, end, weights, qkv_gradient);
  } else {
    AttendItemsGradient(gradient, given, given.head_width, begin, end, weights, qkv_gradient);
  }
}

}  // namespace trivium
