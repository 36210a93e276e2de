// Data parallelism inside one process: each thread takes a share of the batch with an autograd graph of its own, and
// the gradients are added in a fixed order. Networks this small spend their time in many small operators, which do not
// gain from splitting each operator over threads. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "core/nn/layers.h"

namespace trivium {

// A shard's loss and its derivative by each parameter; undefined where the loss does not depend on it.
struct ShardGradient {
  double loss = 0;
  std::vector<at::Tensor> gradients;  // in the order of the parameters
};

// Runs `loss_of(shard)` for shards 0..shards-1 on `threads` threads. A thread takes shards from both ends in turn, so
// that shards sorted by size are shared out evenly. With one group of items a shard (a task family, say) this measures
// how well the groups' gradients agree. Exceptions of a shard are thrown here.
std::vector<ShardGradient> ShardGradients(const NamedTensors& parameters, int64_t shards, int64_t threads,
                                          const std::function<at::Tensor(int64_t)>& loss_of);

// Adds the shards' gradients to each parameter's .grad(), shard after shard: the same bits for the same number of
// shards, whatever the threads. Returns the losses. A parameter that no loss depends on is left alone.
std::vector<double> AccumulateGradients(const NamedTensors& parameters, int64_t shards, int64_t threads,
                                        const std::function<at::Tensor(int64_t)>& loss_of);

// The begin of share i when `count` things are dealt to `shards`.
inline int64_t ShardBegin(int64_t count, int64_t shards, int64_t i) { return count * i / shards; }

}  // namespace trivium
