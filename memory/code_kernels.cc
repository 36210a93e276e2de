// See code_kernels.h. The build gives this file -O3 -fopenmp-simd.
#include "memory/code_kernels.h"

#include <algorithm>
#include <cmath>

#include "core/nn/processor_versions.h"

namespace trivium {
namespace {

template <typename Code>
float EncodeTo(const float* x, int64_t width, float most, Code* code) {
  float largest = 0;
  for (int64_t i = 0; i < width; ++i) largest = std::max(largest, std::abs(x[i]));
  const float scale = largest > 0 ? largest / most : 1.0F;
  for (int64_t i = 0; i < width; ++i) code[i] = static_cast<Code>(std::lrint(x[i] / scale));
  return scale;
}

}  // namespace

float EncodeRow(const float* x, int64_t width, int8_t* code) { return EncodeTo(x, width, 127.0F, code); }

float EncodeQuery(const float* x, int64_t width, int16_t* code) { return EncodeTo(x, width, 2047.0F, code); }

TRIVIUM_FOR_EACH_PROCESSOR
void ScoresOfCodes(const int16_t* query, float factor, const CodedRows& rows, float* out) {
  for (int64_t r = 0; r < rows.rows; ++r) {
    const int8_t* code = rows.codes + r * rows.width;
    int32_t sum = 0;
    for (int64_t i = 0; i < rows.width; ++i) sum += static_cast<int16_t>(code[i]) * query[i];
    out[r] = factor * rows.scales[r] * static_cast<float>(sum) + rows.priors[r];
  }
}

TRIVIUM_FOR_EACH_PROCESSOR
float Product(const float* x, const float* y, int64_t width) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < width; ++i) sum += x[i] * y[i];
  return sum;
}

}  // namespace trivium
