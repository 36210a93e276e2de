// The cosine read against a plain double loop, its gradients, and what priors, padding and top-k do.
#include "memory/reader.h"

#include <cmath>

#include "memory/row_store.h"
#include "tests/harness/gradient_check.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

constexpr int64_t kVector = 3, kWidth = 4, kKey = 3 * kVector, kRows = 5;

Reader SmallReader() {
  Rng rng(7);
  Reader reader(kVector, kWidth, rng);
  NamedTensors parameters;
  reader.AddParameters("", parameters);
  torch::NoGradGuard no_grad;
  // Away from the identity start, so that every weight matters.
  for (auto& [name, tensor] : parameters) tensor.add_(NormalTensor(tensor.sizes().vec(), 0.3, rng));
  return reader;
}

Rows SmallRows(Rng& rng) {
  return {NormalTensor({1, kRows, kKey}, 1, rng), NormalTensor({1, kRows, kVector}, 1, rng), at::zeros({1, kRows})};
}

double At(const at::Tensor& tensor, std::initializer_list<int64_t> index) {
  at::Tensor t = tensor;
  for (int64_t i : index) t = t[i];
  return t.item<double>();
}

// Softmax over cosines with the NULL row first, written out number by number.
std::vector<double> ReferenceWeights(const Reader& reader, const at::Tensor& query, const Rows& rows) {
  const auto normalised = [](std::vector<double> v) {
    double square = 0;
    for (double x : v) square += x * x;
    for (double& x : v) x /= std::sqrt(square);
    return v;
  };
  std::vector<double> q;
  for (int64_t i = 0; i < kKey; ++i) q.push_back(At(query, {0, 0, i}));
  q = normalised(q);
  std::vector<std::vector<double>> keys(1);
  for (int64_t i = 0; i < kKey; ++i) keys[0].push_back(At(reader.null_key, {i}));
  for (int64_t r = 0; r < kRows; ++r) {
    std::vector<double> key;
    for (int64_t i = 0; i < kKey; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < kKey; ++j) sum += At(reader.key, {i, j}) * At(rows.keys, {0, r, j});
      key.push_back(sum);
    }
    keys.push_back(key);
  }
  const double scale = std::log(1.0 + kRows) / std::log(kUsualRows);
  std::vector<double> weights;
  double total = 0;
  for (size_t r = 0; r < keys.size(); ++r) {
    const std::vector<double> key = normalised(keys[r]);
    double cosine = 0;
    for (int64_t i = 0; i < kKey; ++i) cosine += q[static_cast<size_t>(i)] * key[static_cast<size_t>(i)];
    const double prior = r == 0 ? 0 : At(rows.prior, {0, static_cast<int64_t>(r) - 1});
    weights.push_back(std::exp(cosine * scale * std::exp(reader.log_inverse_temperature.item<double>()) + prior));
    total += weights.back();
  }
  for (double& w : weights) w /= total;
  return weights;
}

}  // namespace

TEST_CASE("A read is a softmax over cosines with a NULL row, as written out by hand", "[memory]") {
  const Reader reader = SmallReader();
  Rng rng(1);
  Rows rows = SmallRows(rng);
  rows.prior[0][2] = std::log(0.25);
  const at::Tensor query = NormalTensor({1, 1, kKey}, 1, rng);
  const ReadResult result = reader.Read(query, reader.Prepare(rows));
  const std::vector<double> expected = ReferenceWeights(reader, query, rows);
  // How well rows fit is their part of the softmax's sum, in cosines: the NULL row has no part in it.
  const double scale =
      std::log(1.0 + kRows) / std::log(kUsualRows) * std::exp(reader.log_inverse_temperature.item<double>());
  double null_score = 0;
  const at::Tensor null = UnitLength(reader.null_key), asked = UnitLength(query[0][0]);
  for (int64_t i = 0; i < kKey; ++i) null_score += At(null, {i}) * At(asked, {i}) * scale;
  const double fit = (null_score + std::log((1 - expected[0]) / expected[0])) / scale;
  REQUIRE(At(result.fit, {0, 0, 0}) == Approx(fit).epsilon(1e-4));
  for (size_t r = 0; r < expected.size(); ++r) {
    REQUIRE(At(result.weights, {0, 0, static_cast<int64_t>(r)}) == Approx(expected[r]).epsilon(1e-5));
  }
  for (int64_t c = 0; c < kWidth; ++c) {
    double sum = expected[0] * At(reader.null_value, {c});
    for (int64_t r = 0; r < kRows; ++r) {
      for (int64_t j = 0; j < kVector; ++j) {
        sum += expected[static_cast<size_t>(r) + 1] *
               (At(reader.value, {c, j}) * At(rows.vectors, {0, r, j}) +
                At(reader.context, {c, j}) * At(rows.keys, {0, r, 2 * kVector + j}));
      }
    }
    REQUIRE(At(result.read, {0, 0, c}) == Approx(sum).epsilon(1e-4).margin(1e-5));
  }
}

namespace {

// Of the first query of the first item.
double NearestCosine(const Reader& reader, const at::Tensor& query, const Memory& memory) {
  at::Tensor nearest;
  reader.Read(query, memory, 0, nullptr, &nearest);
  REQUIRE_FALSE(nearest.requires_grad());
  return At(nearest, {0, 0, 0});
}

}  // namespace

TEST_CASE("The nearest row has its bare cosine, whatever its confidence and wherever it lies", "[memory]") {
  const Reader reader = SmallReader();
  Rng rng(3);
  Rows rows = SmallRows(rng);
  rows.prior[0][2] = std::log(0.1);
  const at::Tensor query = reader.PrefixQuery(rows.keys.narrow(1, 2, 1));  // as row 2's sentence begins
  REQUIRE(NearestCosine(reader, query, reader.Prepare(rows)) == Approx(1).epsilon(1e-5));
  const auto [keys, values] = reader.Project(rows.keys, rows.vectors);
  RowStore store(kKey, kWidth);
  store.Add({"a"}, keys[0].narrow(0, 2, 1), values[0].narrow(0, 2, 1), at::full({1}, std::log(0.2)));
  rows.prior[0][2] = kNoRow;
  const double others = NearestCosine(reader, query, reader.Prepare(rows));
  REQUIRE(others < 0.95);
  REQUIRE(NearestCosine(reader, query, reader.Prepare(rows, &store)) == Approx(1).epsilon(1e-5));
  REQUIRE(NearestCosine(reader, query, reader.Prepare(rows, &store, {0})) == Approx(others));
  rows.prior.fill_(kNoRow);
  REQUIRE(NearestCosine(reader, query, reader.Prepare(rows)) == -1);
}

TEST_CASE("A learned scale says how much confidences count, of rows of one's own and of mounted ones alike",
          "[memory]") {
  Rng rng(7);
  Reader reader(kVector, kWidth, rng, /*thinking=*/false, /*ordered=*/false, /*beliefs=*/true);
  torch::NoGradGuard no_grad;
  reader.log_belief.fill_(std::log(4.0));
  Rows rows = SmallRows(rng);
  rows.keys[0][1] = rows.keys[0][0];
  rows.prior[0][0] = std::log(0.9);
  rows.prior[0][1] = std::log(0.6);
  rows.prior[0][4] = kNoRow;
  const at::Tensor query = NormalTensor({1, 1, kKey}, 1, rng);
  const ReadResult own = reader.Read(query, reader.Prepare(rows));
  REQUIRE(At(own.weights, {0, 0, 5}) == 0.0);
  REQUIRE(At(own.weights, {0, 0, 1}) == Approx(std::pow(1.5, 4) * At(own.weights, {0, 0, 2})).epsilon(1e-4));
  // The same five rows, mounted; all that is left of the item is padding.
  const auto [keys, values] = reader.Project(rows.keys, rows.vectors);
  RowStore store(kKey, kWidth);
  store.Add({"a", "a", "b", "c"}, keys[0].narrow(0, 0, 4), values[0].narrow(0, 0, 4), rows.prior[0].narrow(0, 0, 4));
  rows.prior.fill_(kNoRow);
  const ReadResult mounted = reader.Read(query, reader.Prepare(rows, &store));
  REQUIRE(torch::allclose(mounted.mounted_weights[0][0], own.weights[0][0].narrow(0, 1, 4), 1e-4, 1e-5));
  REQUIRE(torch::allclose(mounted.read, own.read, 1e-4, 1e-5));
  const at::Tensor beginning = reader.PrefixQuery(rows.keys.narrow(1, 1, 1));
  REQUIRE(NearestCosine(reader, beginning, reader.Prepare(rows, &store)) == Approx(1).epsilon(1e-5));
}

TEST_CASE("However little confidences count, what is not there is not near", "[memory]") {
  Rng rng(7);
  Reader reader(kVector, kWidth, rng, /*thinking=*/false, /*ordered=*/false, /*beliefs=*/true);
  torch::NoGradGuard no_grad;
  reader.log_belief.fill_(std::log(0.3));
  Rows rows = SmallRows(rng);
  const auto [keys, values] = reader.Project(rows.keys, rows.vectors);
  RowStore store(kKey, kWidth);
  store.Add({"a", "b", "c"}, keys[0].narrow(0, 0, 3), values[0].narrow(0, 0, 3), at::zeros({3}));
  store.Remove({1});
  const at::Tensor query = reader.PrefixQuery(rows.keys.narrow(1, 1, 1));
  rows.prior.fill_(kNoRow);
  const double left = At(UnitLength(query)[0][0].dot(keys[0][2]), {});
  REQUIRE(NearestCosine(reader, query, reader.Prepare(rows, &store, {0})) == Approx(left).epsilon(1e-4));
}

TEST_CASE("Padding rows are never read and a stronger belief is read more", "[memory]") {
  const Reader reader = SmallReader();
  Rng rng(2);
  Rows rows = SmallRows(rng);
  rows.keys[0][1] = rows.keys[0][0];
  rows.prior[0][0] = std::log(0.9);
  rows.prior[0][1] = std::log(0.1);
  rows.prior[0][4] = kNoRow;
  const ReadResult result = reader.Read(NormalTensor({1, 1, kKey}, 1, rng), reader.Prepare(rows));
  REQUIRE(At(result.weights, {0, 0, 5}) == 0.0);
  REQUIRE(At(result.weights, {0, 0, 1}) / At(result.weights, {0, 0, 2}) == Approx(9.0).epsilon(1e-4));
}

TEST_CASE("Top-k keeps the k best rows and their proportions", "[memory]") {
  const Reader reader = SmallReader();
  Rng rng(3);
  const Rows rows = SmallRows(rng);
  const Memory memory = reader.Prepare(rows);
  const at::Tensor query = NormalTensor({1, 1, kKey}, 1, rng);
  const at::Tensor all = reader.Read(query, memory).weights.flatten();
  const at::Tensor best = reader.Read(query, memory, 2).weights.flatten();
  REQUIRE((best > 0).sum().item<int64_t>() == 2);
  const at::Tensor order = all.argsort(0, true);
  const int64_t first = order[0].item<int64_t>(), second = order[1].item<int64_t>();
  REQUIRE(best[first].item<double>() / best[second].item<double>() ==
          Approx(all[first].item<double>() / all[second].item<double>()).epsilon(1e-4));
}

TEST_CASE("Of two facts that fit, the slope of the query says whether the last or the first is read", "[memory]") {
  Rng rng(3);
  const Reader reader(kVector, kWidth, rng, /*thinking=*/false, /*ordered=*/true);
  REQUIRE(reader.query.size(0) == kKey + 1);
  torch::NoGradGuard no_grad;
  Rows rows = SmallRows(rng);
  rows.keys.select(1, 1).copy_(rows.keys.select(1, 4));  // rows 1 and 4 are alike; facts of rows 0-1, 2, 3-4
  rows.span = torch::tensor({{{0, 0, 2, 3, 3}, {2, 2, 3, 5, 5}}});
  const Memory memory = reader.Prepare(rows);
  const at::Tensor keys = reader.Project(rows.keys, rows.vectors).first.select(1, 1).unsqueeze(1);  // fits both surely
  const auto read = [&](double slope) {
    const at::Tensor query = at::cat({keys, at::full({1, 1, 1}, slope)}, -1);
    return reader.Read(query, memory).weights[0][0];
  };
  const at::Tensor either = read(0), last = read(4), first = read(-4);
  REQUIRE(torch::allclose(either, reader.Read(keys, memory).weights[0][0], 1e-5, 1e-6));
  REQUIRE(At(either, {2}) == Approx(At(either, {5})).epsilon(1e-4));
  REQUIRE(At(last, {5}) > 100 * At(last, {2}));
  REQUIRE(At(first, {2}) > 100 * At(first, {5}));
  // By hand: the row of the middle fact is behind the last fact's two, and nobody is behind those.
  const at::Tensor cosines = at::matmul(memory.keys.value().squeeze(0), keys.flatten()) / memory.scale.flatten();
  const auto fit = [&](int64_t row) { return std::log1p(std::exp((At(cosines, {row + 1}) - 0.7) * std::exp(3.0))); };
  const double ratio = At(last, {3}) / At(last, {5}) / (At(either, {3}) / At(either, {5}));
  REQUIRE(std::log(ratio) == Approx(-4 * (fit(3) + fit(4))).epsilon(1e-3));
}

TEST_CASE("The reader's gradients agree with finite differences", "[memory]") {
  Reader reader = SmallReader();
  std::vector<at::Tensor> inputs;
  for (at::Tensor* weight : {&reader.query, &reader.key, &reader.value, &reader.context, &reader.null_key,
                             &reader.null_value, &reader.log_inverse_temperature}) {
    *weight = weight->detach().to(at::kDouble).requires_grad_(true);
    inputs.push_back(*weight);
  }
  const Rows rows = {GradientInput({1, kRows, kKey}, 1).detach(), GradientInput({1, kRows, kVector}, 2).detach(),
                     at::zeros({1, kRows}, at::kDouble)};
  const at::Tensor input = GradientInput({1, 2, kWidth}, 3), state = GradientInput({1, 2, kWidth}, 4);
  inputs.insert(inputs.end(), {input, state});
  const double error = GradientError(
      [&] {
        return reader.Read(Linear(at::cat({input, state}, -1), reader.query), reader.Prepare(rows)).read;
      },
      inputs);
  REQUIRE(error < 1e-5);
}

}  // namespace trivium
