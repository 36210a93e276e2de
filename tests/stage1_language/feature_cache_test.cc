// The feature cache: the encoder's own states, each text encoded once, memory bounded.
#include "stage1_language/model/feature_cache.h"

#include <thread>

#include "stage1_language/model/frozen_lm.h"
#include "tests/stage1_language/tiny_language.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

std::shared_ptr<FrozenLm> TinyLm() {
  return FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(4)).value();
}

// [3, 5]: the first two texts are equal, the last is short and padded.
at::Tensor Ids() {
  at::Tensor ids = torch::arange(15).view({3, 5}) + 260;
  ids[1].copy_(ids[0]);
  ids[2].narrow(0, 3, 2).fill_(TinyTokenizer().unk());
  return ids;
}

TEST_CASE("A cached encoder gives the encoder's states and encodes each text once", "[stage1_language]") {
  const auto lm = TinyLm();
  const auto cache = std::make_shared<FeatureCache>(1 << 20);
  const CachedEncoder encoder(lm, cache);
  const std::vector<int64_t> layers = {0, 2};
  const at::Tensor plain = lm->HiddenStates(Ids(), layers);
  for (int round = 0; round < 3; ++round) {
    const at::Tensor states = encoder.HiddenStates(Ids(), layers);
    REQUIRE(states.sizes() == plain.sizes());
    REQUIRE(at::allclose(states.narrow(0, 0, 2), plain.narrow(0, 0, 2), 1e-5, 1e-6));
    REQUIRE(at::allclose(states[2].narrow(0, 0, 3), plain[2].narrow(0, 0, 3), 1e-5, 1e-6));
    REQUIRE(states[2].narrow(0, 3, 2).abs().max().item<float>() == 0);
  }
  const FeatureCacheCounts counts = cache->Counts();
  REQUIRE(counts.misses == 2);
  REQUIRE(counts.hits == 7);
  REQUIRE(counts.entries == 2);
  REQUIRE(counts.missed_tokens == 8);
  REQUIRE(counts.hit_tokens == 5 + 2 * 13);
  REQUIRE(counts.SecondsSaved() > 0);
}

TEST_CASE("Other layers and other models are other features", "[stage1_language]") {
  const auto cache = std::make_shared<FeatureCache>(1 << 20);
  const CachedEncoder first(TinyLm(), cache),
      second(FrozenLm::Random(TinyLanguageConfig(), TinyTokenizer(), SeedTree(5)).value(), cache);
  first.HiddenStates(Ids(), {1});
  first.HiddenStates(Ids(), {2});
  second.HiddenStates(Ids(), {1});
  REQUIRE(cache->Counts().misses == 6);
}

TEST_CASE("The least recently used features leave first, and nothing larger than the cache enters",
          "[stage1_language]") {
  const auto features = std::make_shared<const std::vector<float>>(100);
  FeatureCache cache(2 * (2 * 1 + 400 + 100));
  cache.Put("a", features);
  cache.Put("b", features);
  REQUIRE(cache.Find("a") != nullptr);
  cache.Put("c", features);
  REQUIRE(cache.Find("b") == nullptr);
  REQUIRE(cache.Find("a") != nullptr);
  REQUIRE(cache.Counts().evicted == 1);
  cache.Put("large", std::make_shared<const std::vector<float>>(10000));
  REQUIRE(cache.Find("large") == nullptr);
  REQUIRE(cache.Counts().entries == 2);
}

TEST_CASE("Logits and features are the same from many threads at once", "[stage1_language]") {
  const auto lm = TinyLm();
  const auto cache = std::make_shared<FeatureCache>(1 << 20);
  const CachedEncoder encoder(lm, cache);
  const at::Tensor ids = torch::arange(12).view({2, 6}) + 270;
  const at::Tensor logits = lm->NextLogits(ids), states = lm->HiddenStates(ids, {1});
  // Not bit for bit: products over one position and over six may be summed in another order.
  REQUIRE(torch::allclose(logits, lm->model().Logits(ids).select(1, 5), 1e-5, 1e-5));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        wrong += !torch::equal(lm->NextLogits(ids), logits);
        wrong += !at::allclose(encoder.HiddenStates(ids, {1}), states, 1e-5, 1e-6);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(wrong == 0);
}

}  // namespace
}  // namespace trivium
