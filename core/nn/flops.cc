// See flops.h.
#include "core/nn/flops.h"

namespace trivium {

WeightCount CountWeights(const LlamaConfig& config) {
  const int64_t width = config.width;
  const int64_t kv_width = config.kv_heads * config.head_width();
  const int64_t attention = 2 * width * width + 2 * width * kv_width;
  const int64_t feed_forward = 3 * width * config.hidden;
  WeightCount count;
  count.embedding = config.vocab * width;
  count.blocks = config.layers * (attention + feed_forward + 2 * width) + width;
  count.head = config.tied_embeddings ? 0 : config.vocab * width;
  return count;
}

double LinearFlops(double rows, double inputs, double outputs) { return 2.0 * rows * inputs * outputs; }

double AttentionFlops(double queries, double keys, double width, bool causal) {
  const double pairs = causal ? queries * (keys + 1.0) / 2.0 : queries * keys;
  return 4.0 * pairs * width;
}

double EncodeFlops(const LlamaConfig& config, int64_t tokens, int64_t layers) {
  const auto rows = static_cast<double>(tokens);
  const auto width = static_cast<double>(config.width);
  const auto kv_width = static_cast<double>(config.kv_heads * config.head_width());
  const double projections = LinearFlops(rows, width, 2.0 * width + 2.0 * kv_width);
  const double feed_forward = LinearFlops(rows, width, 3.0 * static_cast<double>(config.hidden));
  return static_cast<double>(layers) * (projections + AttentionFlops(rows, rows, width, true) + feed_forward);
}

double ForwardFlops(const LlamaConfig& config, int64_t tokens) {
  const double head =
      LinearFlops(static_cast<double>(tokens), static_cast<double>(config.width), static_cast<double>(config.vocab));
  return EncodeFlops(config, tokens, config.layers) + head;
}

double TrainingFlops(const LlamaConfig& config, int64_t tokens) { return 3.0 * ForwardFlops(config, tokens); }

}  // namespace trivium
