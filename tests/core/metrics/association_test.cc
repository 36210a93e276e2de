// AUROC, calibration and rank correlation against values worked out by hand.
#include "core/metrics/association.h"

#include "tests/test.h"

namespace trivium {
namespace {

TEST_CASE("AUROC is the share of true-false pairs in the right order", "[metrics]") {
  REQUIRE(Auroc({0.1, 0.4, 0.35, 0.8}, {false, false, true, true}) == Approx(0.75));
  REQUIRE(Auroc({0.9, 0.8, 0.1}, {true, true, false}) == 1);
  REQUIRE(Auroc({0.5, 0.5, 0.5, 0.5}, {true, false, true, false}) == 0.5);
  REQUIRE(Auroc({0.1, 0.2}, {true, true}) == 0.5);
}

TEST_CASE("calibration error is the weighted gap between said and seen", "[metrics]") {
  REQUIRE(CalibrationError({0.95, 0.95, 0.95, 0.95}, {true, true, true, false}) == Approx(0.2));
  REQUIRE(CalibrationError({0.95, 0.15}, {true, false}) == Approx(0.1));
  REQUIRE(CalibrationError({1.0, 0.0}, {true, false}) == 0);
  REQUIRE(CalibrationError({}, {}) == 0);
}

TEST_CASE("Spearman sees order alone and shares ranks among equals", "[metrics]") {
  REQUIRE(Spearman({1, 2, 3, 4}, {10, 20, 25, 400}) == Approx(1));
  REQUIRE(Spearman({1, 2, 3}, {3, 2, 1}) == Approx(-1));
  REQUIRE(Spearman({1, 1, 2, 2}, {1, 2, 3, 4}) == Approx(4 / std::sqrt(20.0)));
  REQUIRE(Spearman({1, 1, 1}, {1, 2, 3}) == 0);
}

}  // namespace
}  // namespace trivium
