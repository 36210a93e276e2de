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
// y[i, t, c] = sum_k kernel[k, c] x[i, t + k - taps / 2, c]. x, y: [items, words, width]; kernel: [taps, width].
void ConvolveRows(const float* x, const float* kernel, int64_t items, int64_t words, int64_t width, int64_t taps,
                  float* y);
// x_gradient of that, and kernel_gradient added up over items and words; either null where it is not asked for.
void ConvolveRowsGradient(const float* gradient, const float* x, const float* kernel, int64_t items, int64_t words,
                          int64_t width, int64_t taps, float* x_gradient, float* kernel_gradient);

// y = silu(s a) (s b) of x = [a, b, ..]; s is the row's scale, 1 where scale is null. x: rows of `stride` numbers,
// y: [rows, hidden].
void GatedSiluRows(const float* x, int64_t stride, const float* scale, int64_t rows, int64_t hidden, float* y);
// Of that: the first 2 * hidden numbers of each row of x_gradient, and scale_gradient ([rows]) where a scale was given.
void GatedSiluRowsGradient(const float* gradient, const float* x, int64_t stride, const float* scale, int64_t rows,
                           int64_t hidden, float* x_gradient, float* scale_gradient);

// scale = 1 / sqrt((more + sum x^2) / count + eps): of a root mean square over the row and others whose squares add up
// to `more` ([rows]).
void JointScaleRows(const float* x, const float* more, int64_t rows, int64_t width, float count, float eps,
                    float* scale);

// y = state + g (add + weight * norm(x) - state) with g = 1 / (1 + exp(-gate)) and norm(x) = x * scale, scale =
// 1 / sqrt(mean(x^2) + eps), which is kept for the gradient. gate: rows of `stride` numbers.
struct GatedStep {
  const float *state, *add, *x, *weight, *gate;
  int64_t rows, width, stride;
};
void GatedStepRows(const GatedStep& given, float eps, float* y, float* scale);
// Gradients of all inputs; of `gate` as rows of `stride` numbers; of `weight` added up over the rows.
struct GatedStepGradients {
  float *state, *add, *x, *weight, *gate;
};
void GatedStepRowsGradient(const float* gradient, const GatedStep& given, const float* scale,
                           const GatedStepGradients& gradients);

// y = softmax of each row, rest = log of the sum of exp(x) over all columns but the first; width > 1.
void SoftmaxRestRows(const float* x, int64_t rows, int64_t width, float* y, float* rest);
// gradient, y: [rows, width]; rest, rest_gradient: [rows].
void SoftmaxRestRowsGradient(const float* gradient, const float* rest_gradient, const float* x, const float* y,
                             const float* rest, int64_t rows, int64_t width, float* x_gradient);

}  // namespace trivium
