// See loop_kernels.h; built as row_kernels.cc is.
#include "core/nn/loop_kernels.h"

#include <algorithm>
#include <cmath>

#include "core/nn/processor_versions.h"
#include "core/nn/vector_math.h"

namespace trivium {

TRIVIUM_FOR_EACH_PROCESSOR
void GatedSiluRows(const float* x, int64_t stride, const float* scale, int64_t rows, int64_t hidden, float* y) {
  for (int64_t r = 0; r < rows; ++r, x += stride, y += hidden) {
    const float of_row = scale == nullptr ? 1.0F : scale[r];
    const float *gate = x, *up = x + hidden;
#pragma omp simd
    for (int64_t c = 0; c < hidden; ++c) {
      const float a = of_row * gate[c];
      y[c] = a * Sigmoid(a) * of_row * up[c];
    }
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void GatedSiluRowsGradient(const float* gradient, const float* x, int64_t stride, const float* scale, int64_t rows,
                           int64_t hidden, float* x_gradient, float* scale_gradient) {
  for (int64_t r = 0; r < rows; ++r, x += stride, x_gradient += stride, gradient += hidden) {
    const float of_row = scale == nullptr ? 1.0F : scale[r];
    const float *gate = x, *up = x + hidden;
    float *of_gate = x_gradient, *of_up = x_gradient + hidden;
    float of_scale = 0;
#pragma omp simd reduction(+ : of_scale)
    for (int64_t c = 0; c < hidden; ++c) {
      const float a = of_row * gate[c], open = Sigmoid(a);
      const float to_gate = gradient[c] * of_row * up[c] * open * (1.0F + a * (1.0F - open));
      const float to_up = gradient[c] * a * open;
      of_scale += to_gate * gate[c] + to_up * up[c];
      of_gate[c] = of_row * to_gate;
      of_up[c] = of_row * to_up;
    }
    if (scale_gradient != nullptr) scale_gradient[r] = of_scale;
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void JointScaleRows(const float* x, const float* more, int64_t rows, int64_t width, float count, float eps,
                    float* scale) {
  for (int64_t r = 0; r < rows; ++r, x += width) {
    float squares = more[r];
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < width; ++c) squares += x[c] * x[c];
    scale[r] = 1.0F / std::sqrt(squares / count + eps);
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void GatedStepRows(const GatedStep& given, float eps, float* y, float* scale) {
  const float *state = given.state, *add = given.add, *x = given.x, *weight = given.weight;
  const int64_t width = given.width;
  for (int64_t r = 0; r < given.rows; ++r) {
    const float* gate = given.gate + r * given.stride;
    const int64_t at = r * width;
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < width; ++c) squares += x[at + c] * x[at + c];
    const float of_row = 1.0F / std::sqrt(squares / static_cast<float>(width) + eps);
    scale[r] = of_row;
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) {
      const float made = add[at + c] + x[at + c] * of_row * weight[c];
      y[at + c] = state[at + c] + Sigmoid(gate[c]) * (made - state[at + c]);
    }
  }
}

// With n = x s and h the gradient of w n: dx = s (h w - n mean(h w n)), as in RmsNormRowsGradient.
TRIVIUM_FOR_EACH_PROCESSOR
void GatedStepRowsGradient(const float* gradient, const GatedStep& given, const float* scale,
                           const GatedStepGradients& gradients) {
  const float *state = given.state, *add = given.add, *x = given.x, *weight = given.weight;
  float *of_state = gradients.state, *of_add = gradients.add, *of_x = gradients.x, *of_weight = gradients.weight;
  const int64_t width = given.width;
  for (int64_t r = 0; r < given.rows; ++r) {
    const float* gate = given.gate + r * given.stride;
    float* of_gate = gradients.gate + r * given.stride;
    const int64_t at = r * width;
    const float of_row = scale[r];
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t c = 0; c < width; ++c) {
      const float open = Sigmoid(gate[c]), normed = x[at + c] * of_row;
      const float made = add[at + c] + normed * weight[c], to_made = gradient[at + c] * open;
      of_state[at + c] = gradient[at + c] - to_made;
      of_add[at + c] = to_made;
      of_gate[c] = to_made * (1.0F - open) * (made - state[at + c]);
      of_weight[c] += to_made * normed;
      along += to_made * weight[c] * normed;
    }
    along /= static_cast<float>(width);
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) {
      of_x[at + c] = of_row * (of_add[at + c] * weight[c] - x[at + c] * of_row * along);
    }
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void SoftmaxRestRows(const float* x, int64_t rows, int64_t width, float* y, float* rest) {
  for (int64_t r = 0; r < rows; ++r, x += width, y += width) {
    float most = x[1], sum = 0;
#pragma omp simd reduction(max : most)
    for (int64_t c = 1; c < width; ++c) most = std::max(most, x[c]);
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 1; c < width; ++c) {
      y[c] = Exp(x[c] - most);
      sum += y[c];
    }
    rest[r] = most + std::log(sum);
    // The first column takes 1 / (1 + exp(rest - x)) of the whole, the others share what is left.
    const float left = Sigmoid(rest[r] - x[0]), share = left / sum;
    y[0] = Sigmoid(x[0] - rest[r]);
#pragma omp simd
    for (int64_t c = 1; c < width; ++c) y[c] *= share;
  }
}

// dx = y (g - g . y), and exp(x - rest) times the gradient of `rest` in all columns but the first.
TRIVIUM_FOR_EACH_PROCESSOR
void SoftmaxRestRowsGradient(const float* gradient, const float* rest_gradient, const float* x, const float* y,
                             const float* rest, int64_t rows, int64_t width, float* x_gradient) {
  for (int64_t r = 0; r < rows; ++r, x += width, y += width, gradient += width, x_gradient += width) {
    float along = 0;
#pragma omp simd reduction(+ : along)
    for (int64_t c = 0; c < width; ++c) along += gradient[c] * y[c];
    const float of_rest = rest_gradient[r], sum = rest[r];
    x_gradient[0] = y[0] * (gradient[0] - along);
#pragma omp simd
    for (int64_t c = 1; c < width; ++c) x_gradient[c] = y[c] * (gradient[c] - along) + of_rest * Exp(x[c] - sum);
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
void ProfileRows(const float* x, const int64_t* bucket, const ProfileShape& shape, float* weights, float* y) {
  const int64_t words = shape.words, profile = shape.profile;
  std::fill_n(y, shape.items * shape.positions * profile, 0.0F);
  for (int64_t i = 0; i < shape.items; ++i) {
    const int64_t* of_position = bucket;
    for (int64_t p = 0; p < shape.positions; ++p, x += 1 + words, weights += 1 + words, y += profile) {
      float most = x[0], sum = 0;
#pragma omp simd reduction(max : most)
      for (int64_t w = 1; w <= words; ++w) most = std::max(most, x[w]);
#pragma omp simd reduction(+ : sum)
      for (int64_t w = 0; w <= words; ++w) {
        weights[w] = Exp(x[w] - most);
        sum += weights[w];
      }
      const float share = 1.0F / sum;
#pragma omp simd
      for (int64_t w = 0; w <= words; ++w) weights[w] *= share;
      float of_words = 0;
      for (int64_t w = 0; w < words; ++w) {
        y[of_position[w]] += weights[1 + w];
        of_words += weights[1 + w];
      }
      y[profile - 1] = of_words;
      of_position += words;
    }
  }
}

// Of a word's weight: d = g[its bucket] + g[last]; dx = weights (d - d . weights).
TRIVIUM_FOR_EACH_PROCESSOR
void ProfileRowsGradient(const float* gradient, const float* weights, const int64_t* bucket, const ProfileShape& shape,
                         float* x_gradient) {
  const int64_t words = shape.words, profile = shape.profile;
  for (int64_t i = 0; i < shape.items; ++i) {
    const int64_t* of_position = bucket;
    for (int64_t p = 0; p < shape.positions; ++p) {
      const float of_words = gradient[profile - 1];
      float along = 0;
      x_gradient[0] = 0;
      for (int64_t w = 0; w < words; ++w) {
        x_gradient[1 + w] = gradient[of_position[w]] + of_words;
        along += x_gradient[1 + w] * weights[1 + w];
      }
#pragma omp simd
      for (int64_t w = 0; w <= words; ++w) x_gradient[w] = weights[w] * (x_gradient[w] - along);
      of_position += words;
      x_gradient += 1 + words;
      weights += 1 + words;
      gradient += profile;
    }
  }
}

}  // namespace trivium
