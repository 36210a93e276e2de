// JSON files as results are written to.
#include "core/base/json_file.h"

#include <nlohmann/json.hpp>

#include "tests/harness/temp_dir.h"
#include "tests/test.h"

namespace trivium {

TEST_CASE("result files are written whole, and bad texts in them do not throw", "[base]") {
  const TempDir dir;
  REQUIRE(WriteJson(dir / "a.json", {{"text", "a\xFF"}, {"n", 2}}).ok());
  REQUIRE(nlohmann::json::parse(Slurp(dir / "a.json"))["n"] == 2);
  REQUIRE(CountEntries(dir.path()) == 1);
  REQUIRE(ExitCode(WriteJson(dir / "none" / "a.json", 1)) == 2);
}

}  // namespace trivium
