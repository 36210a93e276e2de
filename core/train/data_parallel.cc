// See data_parallel.h: one autograd graph per shard, gradients added in a fixed order.
#include "core/train/data_parallel.h"

#include "core/nn/torch_pch.h"

#include <exception>
#include <thread>

namespace trivium {

std::vector<ShardGradient> ShardGradients(const NamedTensors& parameters, int64_t shards, int64_t threads,
                                          const std::function<at::Tensor(int64_t)>& loss_of) {
  const std::vector<at::Tensor> leaves = Values(parameters);
  std::vector<ShardGradient> results(static_cast<size_t>(shards));
  std::vector<std::exception_ptr> errors(static_cast<size_t>(shards));
  const auto work = [&](int64_t shard) {
    const auto index = static_cast<size_t>(shard);
    try {
      const at::Tensor loss = loss_of(shard);
      results[index].loss = loss.item<double>();
      results[index].gradients = torch::autograd::grad({loss}, leaves, {}, /*retain_graph=*/false,
                                                       /*create_graph=*/false, /*allow_unused=*/true);
    } catch (...) {
      errors[index] = std::current_exception();
    }
  };
  // Thread t takes shards t, 2T-1-t, 2T+t, 4T-1-t, ...
  const auto work_of_thread = [&](int64_t thread) {
    for (int64_t shard = 0; shard < shards; ++shard) {
      const int64_t place = shard % (2 * threads);
      if ((place < threads ? place : 2 * threads - 1 - place) == thread) work(shard);
    }
  };
  if (threads == 1) {
    work_of_thread(0);
  } else {
    std::vector<std::thread> pool;
    for (int64_t thread = 0; thread < threads; ++thread) {
      pool.emplace_back([&work_of_thread, thread] {
        // Thread count and denormal flushing are settings of a thread.
        at::set_num_threads(1);
        at::globalContext().setFlushDenormal(true);
        work_of_thread(thread);
      });
    }
    for (std::thread& thread : pool) thread.join();
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  return results;
}

std::vector<double> AccumulateGradients(const NamedTensors& parameters, int64_t shards, int64_t threads,
                                        const std::function<at::Tensor(int64_t)>& loss_of) {
  const std::vector<ShardGradient> results = ShardGradients(parameters, shards, threads, loss_of);
  std::vector<double> losses;
  torch::NoGradGuard no_grad;
  for (const ShardGradient& result : results) {
    losses.push_back(result.loss);
    for (size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor leaf = parameters[i].second;
      const at::Tensor& gradient = result.gradients[i];
      if (!gradient.defined()) continue;
      if (leaf.grad().defined()) {
        leaf.mutable_grad().add_(gradient);
      } else {
        leaf.mutable_grad() = gradient.clone();
      }
    }
  }
  return losses;
}

}  // namespace trivium
