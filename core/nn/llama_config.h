// The shape of a Llama-layout decoder (Touvron et al. 2023, arXiv 2302.13971). Torch-free: flops.h, the configs and the
// artefact reader use it as well as core/nn/transformer.h.
#pragma once

#include <cstdint>

namespace trivium {

struct LlamaConfig {
  int64_t vocab = 0;             // tokens in the vocabulary
  int64_t width = 64;            // of the residual stream; a multiple of heads
  int64_t layers = 3;            // blocks
  int64_t heads = 4;             // query heads; width / heads is even (rotary positions turn pairs)
  int64_t kv_heads = 4;          // key and value heads; divides heads
  int64_t hidden = 176;          // inside the feed-forward part
  int64_t max_tokens = 256;      // longest sequence
  double rope_theta = 10000.0;   // slowest rotation: one turn in about 2 pi theta tokens
  double norm_eps = 1e-5;        // added to the mean square
  bool tied_embeddings = false;  // the output matrix is the token embedding

  int64_t head_width() const { return width / heads; }
};

}  // namespace trivium
