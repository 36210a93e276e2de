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

// Runs `loss_of(shard)` for shards 0..shards-1 on `threads` threads, and adds d(sum of the losses)/d(parameter) to each
// parameter's .grad(), shard after shard: the same bits for the same number of shards, whatever the threads. A thread
// takes shards from both ends in turn, so that shards sorted by size are shared out evenly. Returns the losses. A
// parameter that a loss does not depend on is left alone. Exceptions of a shard are thrown here.
std::vector<double> AccumulateGradients(const NamedTensors& parameters, int64_t shards, int64_t threads,
                                        const std::function<at::Tensor(int64_t)>& loss_of);

// The begin of share i when `count` things are dealt to `shards`.
inline int64_t ShardBegin(int64_t count, int64_t shards, int64_t i) { return count * i / shards; }

}  // namespace trivium
