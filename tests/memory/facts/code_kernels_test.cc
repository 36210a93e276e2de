// Bytes in place of numbers: how far off their products are, and what cannot be scaled.
#include "memory/code_kernels.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "core/base/seed_tree.h"

namespace trivium {
namespace {

std::vector<float> UnitVector(int64_t width, Rng& rng) {
  std::vector<float> x(static_cast<size_t>(width));
  double squares = 0;
  for (float& number : x) {
    number = static_cast<float>(rng.Uniform() - 0.5);
    squares += double{number} * number;
  }
  for (float& number : x) number = static_cast<float>(number / std::sqrt(squares));
  return x;
}

}  // namespace

TEST_CASE("Products of codes are near those of unit vectors, the nearer the wider they are", "[memory]") {
  Rng rng(1);
  for (const int64_t width : {1, 7, 16, 96, 288, 301}) {
    const std::vector<float> query = UnitVector(width, rng);
    std::vector<int16_t> query_code(static_cast<size_t>(width));
    const float of_query = EncodeQuery(query.data(), width, query_code.data());
    constexpr int64_t kRows = 20;
    std::vector<int8_t> codes(static_cast<size_t>(kRows * width));
    std::vector<float> scales, cosines;
    for (int64_t r = 0; r < kRows; ++r) {
      const std::vector<float> row = UnitVector(width, rng);
      scales.push_back(EncodeRow(row.data(), width, codes.data() + r * width));
      double product = 0;
      for (int64_t i = 0; i < width; ++i) {
        product += double{row[static_cast<size_t>(i)]} * query[static_cast<size_t>(i)];
        REQUIRE(std::abs(codes[static_cast<size_t>(r * width + i)]) <= 127);
      }
      cosines.push_back(static_cast<float>(product));
      REQUIRE(Product(row.data(), query.data(), width) == Approx(product).margin(1e-6));
    }
    std::vector<float> scores(kRows), priors(kRows);
    for (size_t r = 0; r < kRows; ++r) priors[r] = static_cast<float>(r);
    ScoresOfCodes(query_code.data(), of_query, {codes.data(), scales.data(), priors.data(), kRows, width},
                  scores.data());
    for (size_t r = 0; r < kRows; ++r) {
      REQUIRE(scores[r] - priors[r] == Approx(cosines[r]).margin(width < 96 ? 1e-2 : 3e-3));
    }
  }
}

TEST_CASE("A row of zeros has a code of zeros", "[memory]") {
  const std::vector<float> zeros(5, 0.0F);
  std::vector<int8_t> code(5, 1);
  REQUIRE(EncodeRow(zeros.data(), 5, code.data()) > 0);
  REQUIRE(code == std::vector<int8_t>(5, 0));
}

}  // namespace trivium
