// See precision.h.
#include "core/nn/precision.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include "core/nn/torch_pch.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace trivium {
namespace {

constexpr int64_t kTimedRows = 2048;
constexpr int kTimedRuns = 5;
constexpr double kWorthIt = 1.3;

thread_local Precision t_precision = Precision::kFloat32;

double BestSeconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int run = 0; run < kTimedRuns; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

// AMX-BF16: CPUID leaf 7, EDX bit 22.
bool HasMatrixUnits() {
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && ((edx >> 22) & 1) != 0;
#else
  return false;
#endif
}

}  // namespace

std::string PrecisionName(Precision precision) { return precision == Precision::kBFloat16 ? "bf16" : "fp32"; }

PrecisionScope::PrecisionScope(Precision precision) : before_(t_precision) { t_precision = precision; }
PrecisionScope::~PrecisionScope() { t_precision = before_; }

Precision CurrentPrecision() { return t_precision; }

at::Tensor Multiply(const at::Tensor& x, const at::Tensor& y) {
  if (t_precision == Precision::kFloat32) return at::mm(x, y);
  return at::mm(x.to(at::kBFloat16), y.to(at::kBFloat16)).to(at::kFloat);
}

PrecisionTimes TimePrecisions(int64_t rows, int64_t width) {
  const at::NoGradGuard no_gradients;
  const at::Tensor x = at::ones({rows, width}), y = at::ones({width, 4 * width});
  const auto multiply = [&] { Multiply(x, y); };
  PrecisionTimes times;
  times.fp32 = BestSeconds(multiply);
  // One product of a few rows first: where bf16 is emulated, a whole one takes longer than the answer is worth.
  const PrecisionScope scope(Precision::kBFloat16);
  const at::Tensor few = x.narrow(0, 0, std::max<int64_t>(rows / 32, 1));
  times.bf16 = 32 * BestSeconds([&] { Multiply(few, y); });
  if (times.bf16 < 8 * times.fp32) times.bf16 = BestSeconds(multiply);
  return times;
}

absl::StatusOr<Precision> ChoosePrecision(const std::string& wanted, int64_t width) {
  if (wanted == "fp32") return Precision::kFloat32;
  if (wanted == "bf16") return Precision::kBFloat16;
  if (wanted != "auto") return UsageError("train.precision is \"" + wanted + "\"; choose auto, fp32 or bf16");
  // Never a matter of chance: without matrix units the two are so near that a busy minute could decide.
  if (!HasMatrixUnits()) return Precision::kFloat32;
  const PrecisionTimes times = TimePrecisions(kTimedRows, width);
  return times.fp32 >= kWorthIt * times.bf16 ? Precision::kBFloat16 : Precision::kFloat32;
}

}  // namespace trivium
