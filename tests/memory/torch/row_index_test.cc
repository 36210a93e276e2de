// The index against a plain matrix product and top-k: exact while small, nearly so beyond, with rows coming and going.
#include "memory/row_index.h"

#include "core/nn/layers.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

constexpr int64_t kVectorWidth = 24;

// Around `groups` centres, as the keys of sentences made from a few patterns lie.
at::Tensor ClusteredKeys(int64_t rows, int64_t groups, double spread, Rng& rng) {
  const at::Tensor centres = UnitLength(NormalTensor({groups, kVectorWidth}, 1, rng));
  std::vector<int64_t> group;
  for (int64_t r = 0; r < rows; ++r) group.push_back(rng.Between(0, groups - 1));
  return UnitLength(centres.index_select(0, torch::tensor(group)) + NormalTensor({rows, kVectorWidth}, spread, rng));
}

std::vector<int64_t> Range(int64_t first, int64_t end) {
  std::vector<int64_t> rows;
  for (int64_t r = first; r < end; ++r) rows.push_back(r);
  return rows;
}

// Share of the true k best that were found.
double Recall(const at::Tensor& found, const at::Tensor& truth) {
  return (found.unsqueeze(2) == truth.unsqueeze(1)).any(2).to(at::kFloat).mean().item<double>();
}

}  // namespace

TEST_CASE("A small index finds the best rows exactly, priors counted", "[memory]") {
  Rng rng(1);
  const at::Tensor keys = ClusteredKeys(500, 20, 0.1, rng), prior = NormalTensor({500}, 1, rng);
  const at::Tensor queries = ClusteredKeys(7, 20, 0.1, rng);
  RowIndex index(kVectorWidth);
  index.Add(Range(0, 500), keys, prior);
  const RowMatches found = index.Search(queries, 5.0, 10);
  const at::Tensor scores = at::mm(queries, keys.t()) * 5.0 + prior;
  const auto [best, rows] = scores.topk(10, 1);
  REQUIRE(at::allclose(found.scores, best, 1e-5, 1e-5));
  REQUIRE(at::equal(found.rows, rows));
  REQUIRE(at::allclose(index.Cosines(queries, 500), at::mm(queries, keys.t()), 1e-5, 1e-6));
  const RowMatches more = index.Search(queries, 5.0, 600);
  REQUIRE(more.scores.select(1, 500).max().item<double>() == kNoMatch);
}

TEST_CASE("A large index finds at least 99 of 100 of the best rows, also after additions and removals", "[memory]") {
  Rng rng(2);
  constexpr int64_t kRows = 20000;
  at::Tensor keys = ClusteredKeys(kRows, 300, 0.08, rng), prior = NormalTensor({kRows}, 0.3, rng);
  RowIndexOptions options;
  options.exact_rows = 2000;
  RowIndex index(kVectorWidth, options);
  index.Add(Range(0, 15000), keys.narrow(0, 0, 15000), prior.narrow(0, 0, 15000));
  index.Balance();
  REQUIRE(index.clustered());
  index.Add(Range(15000, kRows), keys.narrow(0, 15000, 5000), prior.narrow(0, 15000, 5000));
  const int64_t lists = index.lists();
  for (int64_t row = 0; row < kRows; row += 3) {
    index.Remove(row);
    prior[row] = kNoMatch;
  }
  index.SetPrior(1, 3.0F);
  prior[1] = 3.0F;
  REQUIRE(index.lists() == lists);
  REQUIRE(torch::equal(index.KeysOf({19999, 1}), keys.index_select(0, torch::tensor({19999, 1}))));
  REQUIRE(index.size() == kRows - (kRows + 2) / 3);
  const at::Tensor queries = UnitLength(keys.narrow(0, 5000, 200) + NormalTensor({200, kVectorWidth}, 0.04, rng));
  const at::Tensor truth = std::get<1>((at::mm(queries, keys.t()) * 10.0 + prior).topk(16, 1));
  REQUIRE(Recall(index.SearchAll(queries, 10.0, 16).rows, truth) > 0.9999);
  REQUIRE(Recall(index.Search(queries, 10.0, 16).rows, truth) >= 0.99);
}

TEST_CASE("Rows that are unlike all others are found by their own keys", "[memory]") {
  Rng rng(4);
  at::Tensor keys = ClusteredKeys(6000, 100, 0.05, rng);
  keys.narrow(1, 12, 12).narrow(0, 0, 5900).zero_();
  keys.narrow(1, 0, 12).narrow(0, 5900, 100).mul_(0.05);
  keys = UnitLength(keys);
  RowIndexOptions options;
  options.exact_rows = 2000;
  RowIndex index(kVectorWidth, options);
  index.Add(Range(0, 5900), keys.narrow(0, 0, 5900), at::zeros({5900}));
  index.Balance();
  index.Add(Range(5900, 6000), keys.narrow(0, 5900, 100), at::zeros({100}));
  REQUIRE(index.clustered());
  const RowMatches found = index.Search(keys.narrow(0, 5900, 100), 10.0, 16);
  REQUIRE(torch::equal(found.rows.select(1, 0), at::arange(5900, 6000)));
}

TEST_CASE("Removing almost all rows leads back to exact search", "[memory]") {
  Rng rng(3);
  const at::Tensor keys = ClusteredKeys(3000, 30, 0.1, rng), prior = at::zeros({3000});
  RowIndexOptions options;
  options.exact_rows = 1000;
  RowIndex index(kVectorWidth, options);
  index.Add(Range(0, 3000), keys, prior);
  index.Balance();
  REQUIRE(index.clustered());
  for (int64_t row = 10; row < 3000; ++row) index.Remove(row);
  index.Balance();
  REQUIRE_FALSE(index.clustered());
  const RowMatches found = index.Search(keys.narrow(0, 4, 1), 1.0, 1);
  REQUIRE(found.rows.item<int64_t>() == 4);
}

}  // namespace trivium
