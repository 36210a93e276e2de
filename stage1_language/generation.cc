// See generation.h.
#include "stage1_language/generation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/artifact/json_scan.h"
#include "core/nn/torch_pch.h"
#include "stage1_language/language_model.h"

namespace trivium {
namespace {

// The part of `text` that later tokens can't change: without the replacement characters that stand at its end while
// a character's bytes are still arriving one token each.
size_t SettledBytes(const std::string& text) {
  const std::string replacement = "\xEF\xBF\xBD";
  size_t end = text.size();
  while (end >= replacement.size() && text.compare(end - replacement.size(), replacement.size(), replacement) == 0) {
    end -= replacement.size();
  }
  return end;
}

at::Tensor Row(const std::vector<int32_t>& ids, at::Device device) {
  return torch::tensor(std::vector<int64_t>(ids.begin(), ids.end())).unsqueeze(0).to(device);  // [1, tokens]
}

}  // namespace

absl::Status GenerationConfig::Validate() const {
  if (max_new_tokens < 1) return UsageError("generate.max_new_tokens must be at least 1");
  if (!(temperature >= 0.0) || !std::isfinite(temperature)) return UsageError("generate.temperature must be 0 or more");
  if (top_k < 0) return UsageError("generate.top_k must be 0 (no limit) or more");
  if (!(top_p > 0.0 && top_p <= 1.0)) return UsageError("generate.top_p must lie above 0 and at most at 1");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, const std::string& prefix, GenerationConfig& config) {
  table.Add(prefix + "max_new_tokens", &config.max_new_tokens,
            {.help = "stop after so many", .unit = "tokens", .min = 1});
  table.Add(prefix + "temperature", &config.temperature,
            {.help = "0: always the likeliest token; 1: the model's own probabilities; higher: more even", .min = 0});
  table.Add(prefix + "top_k", &config.top_k,
            {.help = "sample among the likeliest so many; 0: no limit", .unit = "tokens", .min = 0});
  table.Add(
      prefix + "top_p", &config.top_p,
      {.help = "sample among the likeliest that together reach this probability; 1: no limit", .min = 0, .max = 1});
}

int32_t SampleToken(const std::vector<float>& logits, const GenerationConfig& config, Rng& rng) {
  const auto likeliest = static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  if (config.temperature == 0.0) return likeliest;
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)];
  });
  if (config.top_k > 0 && static_cast<size_t>(config.top_k) < order.size())
    order.resize(static_cast<size_t>(config.top_k));

  std::vector<double> chances(order.size());
  double total = 0.0;
  const double greatest = logits[static_cast<size_t>(likeliest)];
  for (size_t i = 0; i < order.size(); ++i) {
    chances[i] = std::exp((logits[static_cast<size_t>(order[i])] - greatest) / config.temperature);
    total += chances[i];
  }
  size_t kept = 0;
  double mass = 0.0;
  while (kept < chances.size() && (kept == 0 || mass < config.top_p * total)) mass += chances[kept++];

  double draw = rng.Uniform() * mass;
  for (size_t i = 0; i < kept; ++i) {
    draw -= chances[i];
    if (draw < 0.0) return order[i];
  }
  return order[kept - 1];  // rounding left a crumb
}

absl::StatusOr<Generation> Generate(const LanguageModel& model, const Tokenizer& tokenizer, const std::string& prompt,
                                    const GenerationConfig& config, const SeedTree& seed, const OnText& on_text) {
  RETURN_IF_ERROR(config.Validate());
  if (!IsUtf8(prompt)) return UsageError("the prompt is not valid UTF-8");
  std::vector<int32_t> ids = {tokenizer.bos()};
  const bool needs_space = !prompt.empty() && prompt.front() != ' ';
  const std::vector<int32_t> prompt_ids = tokenizer.Encode(needs_space ? " " + prompt : prompt);
  ids.insert(ids.end(), prompt_ids.begin(), prompt_ids.end());
  const auto room = static_cast<size_t>(model.config().max_tokens);
  if (ids.size() >= room) {
    return UsageError("the prompt has " + std::to_string(ids.size()) + " tokens; this model reads " +
                      std::to_string(room) + " with at least one of its own: shorten the prompt");
  }

  torch::NoGradGuard no_gradients;
  Rng rng = seed.Child("generation").MakeRng();
  KvCache cache;
  Generation result{.ids = {}, .text = "", .stop = "length"};
  size_t streamed = 0;
  std::vector<int32_t> unread = ids;
  while (static_cast<int64_t>(result.ids.size()) < config.max_new_tokens) {
    if (static_cast<size_t>(cache.tokens) + unread.size() > room) {
      result.stop = "context";
      break;
    }
    const at::Tensor row =
        model.NextLogits(Row(unread, model.device()), &cache)[0].to(at::kCPU, at::kFloat).contiguous();
    const std::vector<float> logits(row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
    const int32_t next = SampleToken(logits, config, rng);
    if (next == tokenizer.eos()) {
      result.stop = "eos";
      break;
    }
    result.ids.push_back(next);
    unread = {next};
    result.text = tokenizer.Decode(result.ids);
    const size_t settled = SettledBytes(result.text);
    if (!on_text || settled <= streamed) continue;
    const std::string piece = result.text.substr(streamed, settled - streamed);
    streamed = settled;
    if (!on_text(piece)) {
      result.stop = "caller";
      return result;
    }
  }
  if (on_text && streamed < result.text.size()) on_text(result.text.substr(streamed));
  return result;
}

}  // namespace trivium
