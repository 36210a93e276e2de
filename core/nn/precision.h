// The number format in which matrix products multiply. Sums, norms, softmax, weights and moments stay float32.
// bfloat16 pays only on processors with matrix units for it (AMX); elsewhere it is slower, on some by a hundred times.
// Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "core/base/status.h"

namespace trivium {

enum class Precision { kFloat32, kBFloat16 };
std::string PrecisionName(Precision precision);  // "fp32", "bf16"

// What Linear and LinearCrossEntropy of the calling thread multiply in while this object lives; float32 without one.
class PrecisionScope {
 public:
  explicit PrecisionScope(Precision precision);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  Precision before_;
};

Precision CurrentPrecision();

// x y as float32, multiplied as the calling thread's PrecisionScope says. x: [n, k], y: [k, m]. Differentiable.
at::Tensor Multiply(const at::Tensor& x, const at::Tensor& y);

// Seconds of one [rows, width] x [width, 4 width] product in each format, conversion included, best of several.
struct PrecisionTimes {
  double fp32 = 0, bf16 = 0;
};
PrecisionTimes TimePrecisions(int64_t rows, int64_t width);

// "fp32" and "bf16" are used as given; "auto" is bf16 on a processor with AMX units for it where it was measured
// just now to be at least 1.3 times as fast at this width. UsageError for anything else.
absl::StatusOr<Precision> ChoosePrecision(const std::string& wanted, int64_t width);

}  // namespace trivium
