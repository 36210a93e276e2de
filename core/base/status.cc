// Makers, exit codes and annotation of statuses. See status.h.
#include "core/base/status.h"

namespace trivium {

absl::Status UsageError(const std::string& message) { return {absl::StatusCode::kInvalidArgument, message}; }
absl::Status BadArtifact(const std::string& message) { return {absl::StatusCode::kDataLoss, message}; }
absl::Status OutOfResource(const std::string& message) { return {absl::StatusCode::kResourceExhausted, message}; }
absl::Status Interrupted(const std::string& message) { return {absl::StatusCode::kCancelled, message}; }
absl::Status Failed(const std::string& message) { return {absl::StatusCode::kInternal, message}; }

int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
      return 2;
    case absl::StatusCode::kDataLoss:
      return 3;
    case absl::StatusCode::kResourceExhausted:
      return 4;
    case absl::StatusCode::kCancelled:
      return 130;
    default:
      return 1;
  }
}

std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

absl::Status Annotate(const absl::Status& status, const std::string& prefix) {
  if (status.ok()) return status;
  return {status.code(), prefix + Message(status)};
}

}  // namespace trivium
