// The numbers of a run, as lines of run/metrics.jsonl ({"step":N,"name":value,...}) and as a TensorBoard event file.
// The trainer is its caller; nothing reads metrics back to make decisions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace trivium {

// Open Log* Flush?   Not thread-safe. Log buffers for some seconds; Flush, and the destructor (which ignores
// errors), write.
class MetricsWriter {
 public:
  // `resume_step` -1 begins anew: metrics.jsonl is emptied and old event files of the folder are removed. Otherwise
  // lines of later steps, and a torn last line, are dropped from metrics.jsonl, and the event file says so to
  // TensorBoard by a session-start event at resume_step + 1. Creates `run_dir` if need be.
  static absl::StatusOr<std::unique_ptr<MetricsWriter>> Open(const std::filesystem::path& run_dir, int64_t resume_step);

  virtual ~MetricsWriter() = default;

  // One line; a value that is not finite is null there and absent from the event file.
  virtual absl::Status Log(int64_t step, const std::vector<std::pair<std::string, double>>& values) = 0;
  virtual absl::Status Flush() = 0;
};

}  // namespace trivium
