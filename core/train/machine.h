// What the process runs on and how torch is set up for it: threads, denormals, determinism, memory figures.
// Used by the trainer, by `doctor` and for environment.json.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/status.h"

namespace trivium {

// Sets the intra-op thread count (0: the machine's usable cores), flushing of denormals in every worker thread, and
// deterministic algorithms, for the whole process. Returns the thread count. Call it before the first big operation.
int64_t SetUpTorch(int64_t threads);

// "auto" is cuda if this LibTorch has a usable one, else cpu. UsageError for cuda without one.
absl::StatusOr<std::string> ChooseDevice(const std::string& wanted);

// Cores this process may use.
int64_t UsableCores();
// Largest resident size so far, in bytes.
int64_t PeakMemoryBytes();
// Memory of the machine, in bytes.
int64_t TotalMemoryBytes();

// {"time","system","processor","cores","memory_bytes","compiler","torch","threads","simd","cuda"}: for
// environment.json.
nlohmann::json DescribeMachine();

}  // namespace trivium
