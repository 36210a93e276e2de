// See word_kernels.h. The build gives this file -O3 -fopenmp-simd: the sums may be taken in any order.
#include "memory/word_kernels.h"

#include <algorithm>
#include <cmath>

#include "core/base/seed_tree.h"
#include "core/nn/row_kernels.h"

namespace trivium {
namespace {

constexpr float kEps = 1e-5F;  // as UnitMeanSquare's

}  // namespace

void BindPieces(const PieceVectors& of, const int64_t* word, int64_t count, float* y) {
  const int64_t width = of.width;
  int64_t pieces = 0;
  SeedTree hash(0);
  std::fill_n(y, width, 0.0F);
  for (; pieces < count && word[pieces] >= 0; ++pieces) {
    const float* piece = of.pieces + word[pieces] * width;
    hash = hash.Child(static_cast<uint64_t>(word[pieces]));
    if (pieces == 0) {
      std::copy_n(piece, width, y);
      continue;
    }
    const int64_t* turn = of.turn[static_cast<size_t>(pieces - 1)].data();
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) y[c] += piece[turn[c]];
  }
  if (pieces < 2) return;
  const float scale = 1.0F / std::sqrt(static_cast<float>(pieces)), half = std::sqrt(0.5F);
  std::vector<const float*> signs;
  for (int64_t d = 0; d < kDigits; ++d) {
    const auto digit = static_cast<int64_t>(hash.seed() >> (8 * d) & (kDigitBase - 1));
    signs.push_back(of.signs + (d * kDigitBase + digit) * width);
  }
  for (int64_t c = 0; c < width; ++c) {
    float own = 1;
    for (const float* sign : signs) own *= sign[c];
    y[c] = (y[c] * scale + own) * half;
  }
}

void SumWords(const float* x, int64_t words, int64_t width, const std::vector<int64_t>& turn, float decay,
              int64_t stride, float* y) {
  const auto size = static_cast<size_t>(width);
  std::vector<float> sum(size), ordered(size), turned(size), mean(size);
  const std::vector<float> ones(size, 1.0F);
  float scale = 0;
  for (int64_t w = 0; w < words; ++w, x += width, y += stride) {
    const float share = 1.0F / static_cast<float>(w + 1);
    for (size_t c = 0; c < size; ++c) turned[c] = x[c] + decay * ordered[static_cast<size_t>(turn[c])];
#pragma omp simd
    for (size_t c = 0; c < size; ++c) {
      sum[c] += x[c];
      mean[c] = sum[c] * share;
    }
    std::swap(ordered, turned);
    RmsNormRows(mean.data(), ones.data(), 1, width, kEps, y, &scale);
    RmsNormRows(ordered.data(), ones.data(), 1, width, kEps, y + width, &scale);
  }
}

}  // namespace trivium
