// Bootstrap intervals against what is known in closed form, and the Wilson interval of shares with halves.
#include "core/metrics/bootstrap.h"

#include <cmath>

#include "tests/test.h"

using namespace trivium;

TEST_CASE("A bootstrap of equal weights is the interval of a mean", "[core/metrics]") {
  Rng rng = SeedTree(3).MakeRng();
  std::vector<double> values, ones;
  double sum = 0, squares = 0;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(5 + rng.Normal());
    ones.push_back(1);
    sum += values.back();
    squares += values.back() * values.back();
  }
  const double mean = sum / 2000, half = 1.96 * std::sqrt((squares / 2000 - mean * mean) / 2000);
  const Interval interval = BootstrapRatio(values, ones, SeedTree(1));
  REQUIRE(interval.low == Approx(mean - half).margin(half / 5));
  REQUIRE(interval.high == Approx(mean + half).margin(half / 5));
}

TEST_CASE("A bootstrap is a function of its seed and never excludes the ratio", "[core/metrics]") {
  const std::vector<double> above = {1, 4, 2, 9, 3}, below = {2, 3, 2, 4, 5};
  const Interval first = BootstrapRatio(above, below, SeedTree(1)), again = BootstrapRatio(above, below, SeedTree(1));
  REQUIRE(first.low == again.low);
  REQUIRE(first.high == again.high);
  REQUIRE(first.low <= 19.0 / 16);
  REQUIRE(first.high >= 19.0 / 16);
  const Interval other = BootstrapRatio(above, below, SeedTree(2), 50);
  REQUIRE(other.low <= 19.0 / 16);
}

TEST_CASE("Equal ratios leave nothing open, one item leaves all", "[core/metrics]") {
  const Interval equal = BootstrapRatio({2, 4, 6}, {1, 2, 3}, SeedTree(1));
  REQUIRE(equal.low == Approx(2));
  REQUIRE(equal.high == Approx(2));
  const Interval one = BootstrapRatio({6}, {3}, SeedTree(1));
  REQUIRE(one.low == 0);
  REQUIRE(one.high == Approx(4));
}

TEST_CASE("A share with halves lies between the shares beside it", "[core/metrics]") {
  const Interval half = WilsonOfShare(7.5 / 10, 10);
  REQUIRE(half.low > Wilson(7, 10).low);
  REQUIRE(half.low < Wilson(8, 10).low);
  REQUIRE(WilsonOfShare(0.7, 10).low == Approx(Wilson(7, 10).low));
  REQUIRE(WilsonOfShare(0.7, 0).high == 1.0);
}
