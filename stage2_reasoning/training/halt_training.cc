// See halt_training.h: watched loops over drawn items, one sample an item and loop.
#include "stage2_reasoning/training/halt_training.h"

#include "core/nn/torch_pch.h"

namespace trivium {
namespace {

constexpr int64_t kBatchItems = 64;

}  // namespace

HaltHead TrainHaltHead(const Reasoner& reasoner, const ItemSource& source, const SeedTree& seeds, int64_t loops,
                       int64_t batches) {
  std::vector<at::Tensor> features, right;
  for (int64_t b = 0; b < batches; ++b) {
    const DrawnBatch batch = source.Draw(seeds.Child(static_cast<uint64_t>(b)), 1.0, kBatchItems);
    if (!batch.world.empty()) continue;  // seldom; one batch of many
    std::vector<Item> items;
    for (const DrawnItem& drawn : batch.items) items.push_back(drawn.item);
    RunOptions run;
    run.halting.loops = loops;
    run.watch = [&](const LoopView& view) {
      features.push_back(view.features.cpu());
      at::Tensor verdicts = at::zeros({std::ssize(items)}, at::kBool);
      for (size_t i = 0; i < items.size(); ++i) verdicts[static_cast<int64_t>(i)] = Verify(items[i], view.answers[i]);
      right.push_back(verdicts);
    };
    reasoner.Run(EncodeItems(reasoner.encoder(), items).value(), run);  // generated items always encode
  }
  if (features.empty()) return {};
  return FitHaltHead(at::cat(features), at::cat(right));
}

}  // namespace trivium
