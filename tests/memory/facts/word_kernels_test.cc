// Words of pieces and sums of words against the formulas, in numbers written out.
#include "memory/word_kernels.h"

#include <cmath>
#include <vector>

#include "tests/test.h"

namespace trivium {
namespace {

constexpr int64_t kWidth = 3;

// P turns (a, b, c) into (c, a, b).
const std::vector<int64_t> kTurn = {2, 0, 1}, kTurnedTwice = {1, 2, 0};

std::vector<float> Scaled(const std::vector<float>& x) {
  float squares = 0;
  for (float value : x) squares += value * value;
  std::vector<float> y;
  for (float value : x) y.push_back(value / std::sqrt(squares / static_cast<float>(x.size()) + 1e-5F));
  return y;
}

void RequireNear(const float* is, const std::vector<float>& wanted) {
  for (size_t c = 0; c < wanted.size(); ++c) REQUIRE(is[c] == Approx(wanted[c]).margin(1e-6));
}

}  // namespace

TEST_CASE("A word of one piece is its piece, of several their sum by place and signs of its own", "[memory]") {
  const std::vector<float> pieces = {1, 2, 3, 10, 20, 30, -1, 0, 1};
  std::vector<float> signs(static_cast<size_t>(8 * 256 * kWidth), 1.0F);
  const PieceVectors of = {pieces.data(), signs.data(), {kTurn, kTurnedTwice}, kWidth};
  const auto bind = [&](const std::vector<int64_t>& word) {
    std::vector<float> y(kWidth, 99);
    BindPieces(of, word.data(), 3, y.data());
    return y;
  };
  RequireNear(bind({1, -1, -1}).data(), {10, 20, 30});
  RequireNear(bind({-1, -1, -1}).data(), {0, 0, 0});
  const float half = std::sqrt(0.5F), two = std::sqrt(2.0F), three = std::sqrt(3.0F);
  RequireNear(bind({0, 1, -1}).data(), {(31 / two + 1) * half, (12 / two + 1) * half, (23 / two + 1) * half});
  RequireNear(bind({0, 1, 2}).data(), {(31 / three + 1) * half, (13 / three + 1) * half, (22 / three + 1) * half});
  REQUIRE(bind({0, 1, -1}) != bind({1, 0, -1}));
}

TEST_CASE("A key is made of the mean of the words so far and of their sum in order", "[memory]") {
  const std::vector<float> words = {1, 2, 3, 5, 0, -5};
  constexpr int64_t kStride = 7;  // of a key of other parts, too
  std::vector<float> keys(2 * kStride, 99);
  SumWords(words.data(), 2, kWidth, kTurn, 0.5F, kStride, keys.data());
  RequireNear(keys.data(), Scaled({1, 2, 3}));
  RequireNear(keys.data() + kWidth, Scaled({1, 2, 3}));
  RequireNear(keys.data() + kStride, Scaled({3, 1, -1}));
  RequireNear(keys.data() + kStride + kWidth, Scaled({5 + 1.5F, 0.5F, -5 + 1}));
  REQUIRE(keys[2 * kWidth] == 99);
}

}  // namespace trivium
