// How every part of Trivium reports failure: absl::Status with five meanings, one exit code each.
// Callees return a status and never print; the command frame (core/cli) turns it into text and an exit code.
// A message says what is wrong, where (file:line or key), the nearest valid choice and what to type.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <utility>

namespace trivium {

// The user's words: command line, config, corpus, task or fact files. kInvalidArgument, exit 2.
absl::Status UsageError(const std::string& message);
// A damaged, missing or incompatible artefact. kDataLoss, exit 3.
absl::Status BadArtifact(const std::string& message);
// Disk or memory ran out. kResourceExhausted, exit 4.
absl::Status OutOfResource(const std::string& message);
// Stopped by a signal after saving. kCancelled, exit 130.
absl::Status Interrupted(const std::string& message);
// Everything else that went wrong. kInternal, exit 1.
absl::Status Failed(const std::string& message);

// The process exit code of a status: 0 when ok, 1 for any code not made by the five makers above.
int ExitCode(const absl::Status& status);
// The message as std::string, for callers that cannot use Debian's absl::string_view.
std::string Message(const absl::Status& status);
// The same code with `prefix` put before the message; an ok status stays ok.
absl::Status Annotate(const absl::Status& status, const std::string& prefix);

}  // namespace trivium

#define TRIVIUM_CONCAT_INNER(a, b) a##b
#define TRIVIUM_CONCAT(a, b) TRIVIUM_CONCAT_INNER(a, b)

// Returns from the enclosing function if `expr` (an absl::Status) is not ok.
#define RETURN_IF_ERROR(expr)                                                              \
  do {                                                                                     \
    if (absl::Status status_of_expr = (expr); !status_of_expr.ok()) return status_of_expr; \
  } while (false)

// Assigns the value of `expr` (an absl::StatusOr) to `lhs`, or returns its status.
// A `lhs` that contains a comma outside parentheses needs a type alias.
#define ASSIGN_OR_RETURN(lhs, expr) TRIVIUM_ASSIGN_OR_RETURN(TRIVIUM_CONCAT(status_or_, __LINE__), lhs, expr)
#define TRIVIUM_ASSIGN_OR_RETURN(result, lhs, expr) \
  auto result = (expr);                             \
  if (!result.ok()) return result.status();         \
  lhs = std::move(result).value()
