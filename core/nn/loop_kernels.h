// Row kernels (row_kernels.h) of SwiGLU and of what a loop does between two products of matrices.
#pragma once

#include <cstdint>

namespace trivium {

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

// Softmax of each row of x ([items, positions, 1 + words]), and what it weighs by place: y[i, p, bucket[p, w]] is the
// sum over the words w of that bucket, the last of `profile` columns that over all words. The first column of x is of
// no word. weights: as x; bucket: [positions, words] int64 < profile - 1; y: [items, positions, profile].
struct ProfileShape {
  int64_t items, positions, words, profile;
};
void ProfileRows(const float* x, const int64_t* bucket, const ProfileShape& shape, float* weights, float* y);
void ProfileRowsGradient(const float* gradient, const float* weights, const int64_t* bucket, const ProfileShape& shape,
                         float* x_gradient);

}  // namespace trivium
