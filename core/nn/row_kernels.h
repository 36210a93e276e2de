// Element-wise work of the layers on the CPU, row by row, so that a row is read once while it lies in the cache:
// composed operators pass over memory once each. float32, contiguous, [rows, width] where nothing else is said. For the
// processor at hand one of three versions (AVX-512, AVX2, any) is taken when the program starts. Torch-free.
#pragma once

#include <cstdint>

namespace trivium {

// y = weight * x * scale with scale = 1 / sqrt(mean(x^2) + eps), which is kept for the gradient. scale: [rows].
void RmsNormRows(const float* x, const float* weight, int64_t rows, int64_t width, float eps, float* y, float* scale);
// x_gradient of that, and weight_gradient ([width]) added up over the rows; null where it is not asked for.
void RmsNormRowsGradient(const float* gradient, const float* x, const float* weight, const float* scale, int64_t rows,
                         int64_t width, float* x_gradient, float* weight_gradient);

// y = x / |x|; rows shorter than 1e-6 stay that short. scale: [rows], one over the length.
void UnitLengthRows(const float* x, int64_t rows, int64_t width, float* y, float* scale);
void UnitLengthRowsGradient(const float* gradient, const float* y, const float* scale, int64_t rows, int64_t width,
                            float* x_gradient);

// The first `turned` heads of each token turned by its angle, the others copied. x: rows of `width` numbers at the
// given strides, y: [items, tokens, heads, width] contiguous; cos, sin: [tokens, width], of sin the first half
// negative.
struct HeadRows {
  int64_t items, tokens, heads, width;
  int64_t item_stride, token_stride, head_stride;  // of x, in numbers
};
// sign: 1, or -1 to turn back, which is also the gradient.
void RotateRows(const float* x, const HeadRows& rows, const float* cos, const float* sin, float sign, int64_t turned,
                float* y);

// Each channel of a sequence convolved with taps of its own, the middle one at the place itself and nothing outside:
// y[i, t, c] = sum_k kernel[k, c] x[i, t + k - taps / 2, c]. x, y: [items, words, width], of which items lie `stride`
// numbers apart; kernel: [taps, width].
struct WordRows {
  int64_t items, words, width, taps, stride;
  const float* present;  // [items, words]: words of 0 count as zeros wherever they are read; null: all are present
};
void ConvolveRows(const float* x, const float* kernel, const WordRows& rows, float* y);
// x_gradient of that, and kernel_gradient added up over items and words; either null where it is not asked for.
void ConvolveRowsGradient(const float* gradient, const float* x, const float* kernel, const WordRows& rows,
                          float* x_gradient, float* kernel_gradient);

// y = x * weight of `count` rows of each item; items lie `stride` numbers apart. weight: [width].
void ScaleRows(const float* x, const float* weight, int64_t items, int64_t count, int64_t width, int64_t stride,
               float* y);
// x_gradient of that, and weight_gradient added up over all rows.
void ScaleRowsGradient(const float* gradient, const float* x, const float* weight, int64_t items, int64_t count,
                       int64_t width, int64_t stride, float* x_gradient, float* weight_gradient);

}  // namespace trivium
