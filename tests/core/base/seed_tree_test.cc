// Golden values (made by an independent Python implementation of xoshiro256** and of the tree) and distributions.
#include "core/base/seed_tree.h"

#include <cmath>
#include <set>

#include "tests/test.h"

namespace trivium {

TEST_CASE("the generator is xoshiro256** seeded by splitmix64", "[base]") {
  Rng zero(0);
  REQUIRE(zero.Next() == 0x99ec5f36cb75f2b4);
  REQUIRE(zero.Next() == 0xbf6e1f784956452a);
  REQUIRE(zero.Next() == 0x1a5f849d4933e6e0);
  Rng rng(42);
  REQUIRE(rng.Next() == 0x15780b2e0c2ec716);
  REQUIRE(rng.Next() == 0x6104d9866d113a7e);
}

TEST_CASE("the seeds of the tree never change", "[base]") {
  const SeedTree root(7);
  REQUIRE(root.Child("stage1").seed() == 0x6bf9137751f706fa);
  REQUIRE(root.Child(uint64_t{0}).seed() == 0xe94ed3f2ef067932);
  REQUIRE(root.Child("stage2/train").Child(uint64_t{12345}).seed() == 0x7737b8275cb82ae7);
  REQUIRE(root.Child("").seed() == 0x5ac834c3083f20e);
}

TEST_CASE("children of many steps and purposes have different seeds", "[base]") {
  std::set<uint64_t> seeds;
  for (uint64_t root = 0; root < 4; ++root) {
    for (const char* purpose : {"a", "b", "ab", "ba"}) {
      const SeedTree tree = SeedTree(root).Child(purpose);
      for (uint64_t step = 0; step < 2000; ++step) seeds.insert(tree.Child(step).seed());
    }
  }
  REQUIRE(seeds.size() == 4 * 4 * 2000);
}

TEST_CASE("draws below n are uniform and stay below n", "[base]") {
  Rng rng(1);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts.at(rng.Below(7));
  double chi2 = 0;
  for (const int count : counts) chi2 += (count - 10000.0) * (count - 10000.0) / 10000.0;
  REQUIRE(chi2 < 22.5);  // 0.999 quantile at 6 degrees of freedom
  REQUIRE(rng.Below(0) == 0);
  REQUIRE(rng.Below(1) == 0);
}

TEST_CASE("draws between two numbers reach both and survive the whole range", "[base]") {
  Rng rng(2);
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(rng.Between(-2, 2));
  REQUIRE(seen == std::set<int64_t>{-2, -1, 0, 1, 2});
  REQUIRE(rng.Between(5, 5) == 5);
  rng.Between(INT64_MIN, INT64_MAX);
}

TEST_CASE("normal draws have mean 0 and variance 1", "[base]") {
  Rng rng(3);
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.Normal();
    REQUIRE(std::isfinite(value));
    sum += value;
    squares += value * value;
  }
  REQUIRE(std::abs(sum / kDraws) < 0.02);
  REQUIRE(std::abs(squares / kDraws - 1) < 0.03);
}

TEST_CASE("shuffles are uniform permutations and samples are distinct", "[base]") {
  Rng rng(4);
  std::vector<int> counts(6);
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> values = {0, 1, 2};
    rng.Shuffle(values);
    const size_t first = static_cast<size_t>(values[0]);
    ++counts[first * 2 + (values[1] > values[2] ? 1 : 0)];
  }
  for (const int count : counts) REQUIRE(std::abs(count - 1000) < 150);

  const std::vector<int> sample = rng.Sample(std::vector<int>{1, 2, 3, 4, 5}, 3);
  REQUIRE(std::set<int>(sample.begin(), sample.end()).size() == 3);
  REQUIRE(rng.Sample(std::vector<int>{1, 2}, 9).size() == 2);
  REQUIRE(rng.Sample(std::vector<int>{}, 3).empty());
}

}  // namespace trivium
