// Functions of one number in operations that vectorise, for the row kernels. Only their .cc files include this.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace trivium {

// exp(x) within 2 units in the last place: 2^n times a polynomial (Cephes, expf). Nothing below -87.
__attribute__((always_inline)) inline float Exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves no place for a fraction
  const float within = std::min(std::max(x, -87.0F), 88.0F);
  const float n = (within * 1.44269504F + kRound) - kRound;
  const float r = within - n * 0.693359375F + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const float power = std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
  return x < -87.0F ? 0.0F : p * power;
}

__attribute__((always_inline)) inline float Sigmoid(float x) { return x < -87.0F ? 0.0F : 1.0F / (1.0F + Exp(-x)); }

}  // namespace trivium
