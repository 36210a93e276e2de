#include "core/train/data_parallel.h"

#include <torch/torch.h>

#include <exception>
#include <thread>

namespace trivium {

std::vector<double> AccumulateGradients(const NamedTensors& parameters, int64_t shards,
                                        const std::function<at::Tensor(int64_t)>& loss_of) {
  std::vector<at::Tensor> leaves;
  for (const auto& [name, parameter] : parameters) leaves.push_back(parameter);
  std::vector<double> losses(static_cast<size_t>(shards));
  std::vector<torch::autograd::variable_list> gradients(static_cast<size_t>(shards));
  std::vector<std::exception_ptr> errors(static_cast<size_t>(shards));
  const auto work = [&](int64_t shard) {
    const auto index = static_cast<size_t>(shard);
    try {
      const at::Tensor loss = loss_of(shard);
      losses[index] = loss.item<double>();
      gradients[index] = torch::autograd::grad({loss}, leaves, {}, /*retain_graph=*/false, /*create_graph=*/false,
                                               /*allow_unused=*/true);
    } catch (...) {
      errors[index] = std::current_exception();
    }
  };
  if (shards == 1) {
    work(0);
  } else {
    std::vector<std::thread> threads;
    for (int64_t shard = 0; shard < shards; ++shard) {
      threads.emplace_back([&work, shard] {
        // Thread count and denormal flushing are settings of a thread.
        at::set_num_threads(1);
        at::globalContext().setFlushDenormal(true);
        work(shard);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  torch::NoGradGuard no_grad;
  for (const torch::autograd::variable_list& list : gradients) {
    for (size_t i = 0; i < leaves.size(); ++i) {
      if (!list[i].defined()) continue;
      if (leaves[i].grad().defined()) {
        leaves[i].mutable_grad().add_(list[i]);
      } else {
        leaves[i].mutable_grad() = list[i].clone();
      }
    }
  }
  return losses;
}

}  // namespace trivium
