// See machine.h.
#include "core/train/machine.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

#include <torch/version.h>

#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

std::string ProcessorName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string UtcTime() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts));
}

}  // namespace

int64_t SetUpTorch(int64_t threads) {
  const int64_t count = threads > 0 ? threads : UsableCores();
  at::set_num_threads(static_cast<int>(count));
  // The mode belongs to each thread: set it in all workers, or a result would depend on who computed it.
  at::parallel_for(0, count, 1, [](int64_t, int64_t) { at::globalContext().setFlushDenormal(true); });
  at::globalContext().setFlushDenormal(true);
  // Some scatter kernels add in any order otherwise. Filling fresh memory for determinism would only cost time.
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  return count;
}

absl::StatusOr<std::string> ChooseDevice(const std::string& wanted) {
  const bool has_cuda = torch::cuda::is_available();
  if (wanted == "auto") return std::string(has_cuda ? "cuda" : "cpu");
  if (wanted == "cuda" && !has_cuda) {
    return UsageError(
        "device cuda: this LibTorch finds no usable NVIDIA device; use --device cpu, or see trivium doctor");
  }
  if (wanted != "cuda" && wanted != "cpu") return UsageError("device \"" + wanted + "\": choose auto, cpu or cuda");
  return wanted;
}

int64_t UsableCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0 && CPU_COUNT(&cores) > 0) return CPU_COUNT(&cores);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? online : 1;
}

int64_t PeakMemoryBytes() {
  struct rusage usage = {};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? int64_t{usage.ru_maxrss} * 1024 : 0;
}

int64_t TotalMemoryBytes() { return int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE); }

nlohmann::json DescribeMachine() {
  struct utsname system = {};
  uname(&system);
  return {{"time", UtcTime()},
          {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
          {"processor", ProcessorName()},
          {"cores", UsableCores()},
          {"memory_bytes", TotalMemoryBytes()},
          {"compiler", __VERSION__},
          {"torch", TORCH_VERSION},
          {"threads", at::get_num_threads()},
          {"simd", at::get_cpu_capability()},
          {"cuda", torch::cuda::is_available()}};
}

}  // namespace trivium
