// Statuses: exit codes, annotation and the two macros.
#include "core/base/status.h"

#include "core/base/nearest.h"
#include "tests/test.h"

namespace trivium {
namespace {

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return UsageError("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

absl::Status CheckQuarter(int n) {
  RETURN_IF_ERROR(Quarter(n).status());
  return absl::OkStatus();
}

}  // namespace

TEST_CASE("each kind of failure has the exit code of the command line's contract", "[base]") {
  REQUIRE(ExitCode(absl::OkStatus()) == 0);
  REQUIRE(ExitCode(Failed("x")) == 1);
  REQUIRE(ExitCode(UsageError("x")) == 2);
  REQUIRE(ExitCode(BadArtifact("x")) == 3);
  REQUIRE(ExitCode(OutOfResource("x")) == 4);
  REQUIRE(ExitCode(Interrupted("x")) == 130);
  REQUIRE(ExitCode(absl::Status(absl::StatusCode::kUnknown, "x")) == 1);
}

TEST_CASE("annotating keeps the code and puts the prefix first", "[base]") {
  const absl::Status status = Annotate(BadArtifact("damaged"), "a.shard:3: ");
  REQUIRE(Message(status) == "a.shard:3: damaged");
  REQUIRE(ExitCode(status) == 3);
  REQUIRE(Annotate(absl::OkStatus(), "x").ok());
}

TEST_CASE("the macros pass values on and return the first error", "[base]") {
  REQUIRE(Quarter(12).value() == 3);
  REQUIRE(Message(Quarter(6).status()) == "odd");
  REQUIRE(CheckQuarter(8).ok());
  REQUIRE(ExitCode(CheckQuarter(7)) == 2);
}

TEST_CASE("the nearest candidate is found for slips and not for other words", "[base]") {
  const std::vector<std::string> keys = {"train.steps", "train.seed", "memory.top_k"};
  REQUIRE(Nearest("train.step", keys) == "train.steps");
  REQUIRE(Nearest("trian.seed", keys) == "train.seed");
  REQUIRE(Nearest("memroy.topk", keys) == "memory.top_k");
  REQUIRE(Nearest("corpus", keys).empty());
  REQUIRE(Nearest("", keys).empty());
  REQUIRE(Nearest("x", {"y"}).empty());
  REQUIRE(Nearest(std::string(100000, 'a'), {std::string(100000, 'a')}).empty());
}

}  // namespace trivium
