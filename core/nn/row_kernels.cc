// See row_kernels.h. The build gives this file -O3 -fopenmp-simd: the sums may be taken in any order.
#include "core/nn/row_kernels.h"

#include <algorithm>
#include <cmath>

#include "core/nn/processor_versions.h"

namespace trivium {
TRIVIUM_FOR_EACH_PROCESSOR
void RmsNormRows(const float* x, const float* weight, int64_t rows, int64_t width, float eps, float* y, float* scale) {
  for (int64_t r = 0; r < rows; ++r, x += width, y += width) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < width; ++c) squares += x[c] * x[c];
    const float of_row = 1.0F / std::sqrt(squares / static_cast<float>(width) + eps);
    scale[r] = of_row;
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) y[c] = x[c] * of_row * weight[c];
  }
}

// With n = x s: dx = s (g w - n mean(g w n)), dw = sum of g n over the rows.
TRIVIUM_FOR_EACH_PROCESSOR
void RmsNormRowsGradient(const float* gradient, const float* x, const float* weight, const float* scale, int64_t rows,
                         int64_t width, float* x_gradient, float* weight_gradient) {
  for (int64_t r = 0; r < rows; ++r, x += width, gradient += width, x_gradient += width) {
    const float of_row = scale[r];
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t c = 0; c < width; ++c) along += gradient[c] * weight[c] * x[c];
    along *= of_row * of_row / static_cast<float>(width);
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) x_gradient[c] = of_row * (gradient[c] * weight[c] - x[c] * along);
    if (weight_gradient == nullptr) continue;
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) weight_gradient[c] += gradient[c] * x[c] * of_row;
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void UnitLengthRows(const float* x, int64_t rows, int64_t width, float* y, float* scale) {
  for (int64_t r = 0; r < rows; ++r, x += width, y += width) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < width; ++c) squares += x[c] * x[c];
    const float of_row = 1.0F / std::max(std::sqrt(squares), 1e-6F);
    scale[r] = of_row;
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) y[c] = x[c] * of_row;
  }
}

// dx = s (g - y (g . y)).
TRIVIUM_FOR_EACH_PROCESSOR
void UnitLengthRowsGradient(const float* gradient, const float* y, const float* scale, int64_t rows, int64_t width,
                            float* x_gradient) {
  for (int64_t r = 0; r < rows; ++r, y += width, gradient += width, x_gradient += width) {
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t c = 0; c < width; ++c) along += gradient[c] * y[c];
    const float of_row = scale[r];
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) x_gradient[c] = of_row * (gradient[c] - y[c] * along);
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void RotateRows(const float* x, const HeadRows& rows, const float* cos, const float* sin, float sign, int64_t turned,
                float* y) {
  const int64_t width = rows.width, half = width / 2;
  for (int64_t i = 0; i < rows.items; ++i) {
    for (int64_t t = 0; t < rows.tokens; ++t) {
      const float *cosines = cos + t * width, *sines = sin + t * width;
      for (int64_t h = 0; h < rows.heads; ++h, y += width) {
        const float* from = x + i * rows.item_stride + t * rows.token_stride + h * rows.head_stride;
        if (h >= turned) {
          std::copy_n(from, width, y);
          continue;
        }
#pragma omp simd
        for (int64_t c = 0; c < half; ++c) {
          const float low = from[c], high = from[c + half];
          y[c] = low * cosines[c] + sign * high * sines[c];
          y[c + half] = high * cosines[c + half] + sign * low * sines[c + half];
        }
      }
    }
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void ConvolveRows(const float* x, const float* kernel, const WordRows& rows, float* y) {
  const int64_t words = rows.words, width = rows.width;
  for (int64_t i = 0; i < rows.items; ++i, x += rows.stride, y += rows.stride) {
    std::fill_n(y, words * width, 0.0F);
    for (int64_t k = 0; k < rows.taps; ++k) {
      const int64_t shift = k - rows.taps / 2;
      const float* of_tap = kernel + k * width;
      for (int64_t t = std::max<int64_t>(0, -shift); t < std::min(words, words - shift); ++t) {
        if (rows.present != nullptr && rows.present[i * words + t + shift] == 0) continue;
        const float* from = x + (t + shift) * width;
        float* to = y + t * width;
#pragma omp simd
        for (int64_t c = 0; c < width; ++c) to[c] += of_tap[c] * from[c];
      }
    }
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void ConvolveRowsGradient(const float* gradient, const float* x, const float* kernel, const WordRows& rows,
                          float* x_gradient, float* kernel_gradient) {
  const int64_t words = rows.words, width = rows.width;
  for (int64_t i = 0; i < rows.items; ++i) {
    const int64_t of_item = i * rows.stride;
    if (x_gradient != nullptr) std::fill_n(x_gradient + of_item, words * width, 0.0F);
    for (int64_t k = 0; k < rows.taps; ++k) {
      const int64_t shift = k - rows.taps / 2;
      for (int64_t t = std::max<int64_t>(0, -shift); t < std::min(words, words - shift); ++t) {
        if (rows.present != nullptr && rows.present[i * words + t + shift] == 0) continue;
        const float* of_place = gradient + of_item + t * width;
        const int64_t other = of_item + (t + shift) * width;
        if (x_gradient != nullptr) {
          const float* of_tap = kernel + k * width;
          float* to = x_gradient + other;
#pragma omp simd
          for (int64_t c = 0; c < width; ++c) to[c] += of_tap[c] * of_place[c];
        }
        if (kernel_gradient == nullptr) continue;
        const float* from = x + other;
        float* to = kernel_gradient + k * width;
#pragma omp simd
        for (int64_t c = 0; c < width; ++c) to[c] += of_place[c] * from[c];
      }
    }
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void ScaleRows(const float* x, const float* weight, int64_t items, int64_t count, int64_t width, int64_t stride,
               float* y) {
  for (int64_t i = 0; i < items; ++i, x += stride, y += stride) {
    for (int64_t r = 0; r < count; ++r) {
#pragma omp simd
      for (int64_t c = 0; c < width; ++c) y[r * width + c] = x[r * width + c] * weight[c];
    }
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void ScaleRowsGradient(const float* gradient, const float* x, const float* weight, int64_t items, int64_t count,
                       int64_t width, int64_t stride, float* x_gradient, float* weight_gradient) {
  for (int64_t i = 0; i < items; ++i, gradient += stride, x += stride, x_gradient += stride) {
    for (int64_t r = 0; r < count; ++r) {
      const int64_t at = r * width;
#pragma omp simd
      for (int64_t c = 0; c < width; ++c) {
        x_gradient[at + c] = gradient[at + c] * weight[c];
        weight_gradient[c] += gradient[at + c] * x[at + c];
      }
    }
  }
}

}  // namespace trivium
