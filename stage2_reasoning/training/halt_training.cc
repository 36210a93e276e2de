// See halt_training.h: watched loops over drawn items, one sample an item and loop.
#include "stage2_reasoning/training/halt_training.h"

#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

constexpr int64_t kBatchItems = 64;

template <typename Predicate>
at::Tensor OfEach(const std::vector<Item>& items, const Predicate& holds) {
  at::Tensor verdicts = at::zeros({std::ssize(items)}, at::kBool);
  for (size_t i = 0; i < items.size(); ++i) verdicts[static_cast<int64_t>(i)] = holds(i);
  return verdicts;
}

}  // namespace

HaltHead TrainHaltHead(const Reasoner& reasoner, const ItemSource& source, const SeedTree& seeds, int64_t loops,
                       int64_t batches) {
  TORCH_CHECK(batches > 0, "a halt head is fitted to no items");
  std::vector<at::Tensor> features, right, settled;
  for (int64_t b = 0; b < batches; ++b) {
    std::vector<Item> items;
    for (DrawnItem& drawn : source.DrawEvenly(seeds.Child(static_cast<uint64_t>(b)), kBatchItems)) {
      items.push_back(std::move(drawn.item));
    }
    RunOptions run;
    run.halting.loops = WatchedLoops(loops);
    std::vector<std::vector<std::string>> answers(items.size());  // of each item, loop by loop
    run.watch = [&](const LoopView& view) {
      for (size_t i = 0; i < items.size(); ++i) answers[i].push_back(view.answers[i]);
      if (view.loop > loops) return;
      features.push_back(view.features.cpu());
      right.push_back(OfEach(items, [&](size_t i) { return Verify(items[i], view.answers[i]); }));
    };
    // Generated items always encode, and the user's own were checked before training.
    reasoner.Run(EncodeItems(reasoner.encoder(), items).value(), run);
    for (int64_t loop = 0; loop < loops; ++loop) {
      settled.push_back(OfEach(items, [&](size_t i) { return static_cast<size_t>(loop) >= SettledFrom(answers[i]); }));
    }
  }
  HaltHead head;
  const at::Tensor x = at::cat(features);
  head.right = FitLogistic(x, at::cat(right));
  head.settled = FitLogistic(x.narrow(1, 0, HaltFeatures::kScalars), at::cat(settled));
  return head;
}

}  // namespace trivium
