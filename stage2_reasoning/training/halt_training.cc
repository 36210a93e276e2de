// See halt_training.h: watched loops over drawn items, one sample an item and loop.
#include "stage2_reasoning/training/halt_training.h"

#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

constexpr int64_t kDrawnTogether = 64;
// What items that stop by themselves may lose against the best fixed number of loops.
constexpr double kMostLost = 0.002;

template <typename Predicate>
at::Tensor OfEach(const std::vector<Item>& items, const Predicate& holds) {
  at::Tensor verdicts = at::zeros({std::ssize(items)}, at::kBool);
  for (size_t i = 0; i < items.size(); ++i) verdicts[static_cast<int64_t>(i)] = holds(i);
  return verdicts;
}

// Of each item, what it would stop by. x, right: all samples, [loops, kDrawnTogether] of each batch, batch after batch.
std::vector<std::vector<WatchedLoop>> ByItem(const LogisticRegression& settled, const at::Tensor& x,
                                             const at::Tensor& right, int64_t loops) {
  const std::vector<double> p = settled(x);
  const bool* is_right = right.data_ptr<bool>();
  std::vector<std::vector<WatchedLoop>> items(p.size() / static_cast<size_t>(loops));
  const size_t a_batch = static_cast<size_t>(loops * kDrawnTogether);
  for (size_t i = 0; i < p.size(); ++i) {
    items[i / a_batch * kDrawnTogether + i % kDrawnTogether].push_back({is_right[i], p[i]});
  }
  return items;
}

}  // namespace

HaltHead TrainHaltHead(const Reasoner& reasoner, const ItemSource& source, const SeedTree& seeds, int64_t loops,
                       int64_t batches) {
  TORCH_CHECK(batches > 0, "a halt head is fitted to no items");
  std::vector<at::Tensor> features, right_after, settled;
  for (int64_t b = 0; b < batches; ++b) {
    std::vector<Item> items;
    for (DrawnItem& drawn : source.DrawEvenly(seeds.Child(static_cast<uint64_t>(b)), kDrawnTogether)) {
      items.push_back(std::move(drawn.item));
    }
    RunOptions run;
    run.halting.loops = WatchedLoops(loops);
    std::vector<std::vector<std::string>> answers(items.size());  // of each item, loop by loop
    run.watch = [&](const LoopView& view) {
      for (size_t i = 0; i < items.size(); ++i) answers[i].push_back(view.answers[i]);
      if (view.loop > loops) return;
      features.push_back(view.features);
      right_after.push_back(OfEach(items, [&](size_t i) { return Verify(items[i], view.answers[i]); }));
    };
    // Generated items always encode, and the user's own were checked before training.
    reasoner.Run(EncodeItems(reasoner.encoder(), items).value(), run);
    for (int64_t loop = 0; loop < loops; ++loop) {
      settled.push_back(OfEach(items, [&](size_t i) { return static_cast<size_t>(loop) >= SettledFrom(answers[i]); }));
    }
  }
  HaltHead head;
  const at::Tensor x = at::cat(features), right = at::cat(right_after);
  features.clear();
  head.right = FitLogistic(x, right);
  head.settled = FitLogistic(x.narrow(1, 0, HaltHead::ForSettled(reasoner.config().thinking_facts)), at::cat(settled));
  // A few numbers, or some 150 where facts think, fitted to tens of thousands of samples know little of single ones:
  // the same serve for the threshold.
  head.threshold = torch::full({1}, LeastThreshold(ByItem(head.settled, x, right, loops), kMostLost), at::kFloat);
  return head;
}

}  // namespace trivium
