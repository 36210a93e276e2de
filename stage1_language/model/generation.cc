// See generation.h.
#include "stage1_language/model/generation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/base/utf8.h"
#include "core/nn/torch_pch.h"
#include "stage1_language/model/language_model.h"

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

// Rows of one batch at most: bounds the memory of the cache.
constexpr size_t kMostAtOnce = 64;

// One prompt on its way.
struct Speech {
  Speech(std::vector<int32_t> prompt_ids, const SeedTree& seed)
      : ids(std::move(prompt_ids)), rng(seed.Child("generation").MakeRng()) {}

  std::vector<int32_t> ids;  // the prompt's, then the new ones
  Rng rng;                   // as if it were the only prompt
  Generation result{.ids = {}, .text = "", .stop = "length"};
  size_t streamed = 0;  // bytes of the text that the caller has seen
  bool done = false;
};

using Speeches = std::vector<Speech*>;

// The last `count` ids of each: [items, count]. REQUIRES: all have equally many.
at::Tensor LastIds(const Speeches& speeches, size_t count, at::Device device) {
  std::vector<int64_t> ids;
  for (const Speech* speech : speeches) {
    ids.insert(ids.end(), speech->ids.end() - static_cast<std::ptrdiff_t>(count), speech->ids.end());
  }
  return torch::tensor(ids).view({static_cast<int64_t>(speeches.size()), static_cast<int64_t>(count)}).to(device);
}

// Chooses one token more.
void Continue(Speech& speech, const std::vector<float>& logits, const Tokenizer& tokenizer,
              const GenerationConfig& config, const OnText& on_text) {
  Generation& result = speech.result;
  const int32_t next = SampleToken(logits, config, speech.rng);
  speech.done = true;
  if (next == tokenizer.eos()) {
    result.stop = "eos";
    return;
  }
  result.ids.push_back(next);
  speech.ids.push_back(next);
  result.text = tokenizer.Decode(result.ids);
  const size_t settled = SettledBytes(result.text);
  if (on_text && settled > speech.streamed) {
    const std::string piece = result.text.substr(speech.streamed, settled - speech.streamed);
    speech.streamed = settled;
    if (!on_text(piece)) {
      result.stop = "caller";
      return;
    }
  }
  speech.done = static_cast<int64_t>(result.ids.size()) >= config.max_new_tokens;
}

// Leaves in the cache the rows of the speeches that go on.
void DropDone(Speeches& speeches, KvCache& cache, at::Device device) {
  std::vector<int64_t> alive;
  Speeches left;
  for (size_t i = 0; i < speeches.size(); ++i) {
    if (speeches[i]->done) continue;
    alive.push_back(static_cast<int64_t>(i));
    left.push_back(speeches[i]);
  }
  if (left.size() == speeches.size()) return;
  speeches = std::move(left);
  const at::Tensor rows = torch::tensor(alive, at::kLong).to(device);
  for (std::vector<at::Tensor>* slots : {&cache.keys, &cache.values}) {
    for (at::Tensor& slot : *slots) slot = slot.index_select(0, rows);
  }
}

// Speaks all to their ends. REQUIRES: equally many ids each, fewer than the model reads.
void Run(const LanguageModel& model, const Tokenizer& tokenizer, const GenerationConfig& config, Speeches speeches,
         const OnText& on_text) {
  const torch::NoGradGuard no_gradients;
  const auto room = static_cast<size_t>(model.config().max_tokens);
  KvCache cache;
  while (!speeches.empty()) {
    const size_t tokens = speeches[0]->ids.size();
    if (tokens > room) {
      for (Speech* speech : speeches) speech->result.stop = "context";
      return;
    }
    const size_t unread = config.cache ? tokens - static_cast<size_t>(cache.tokens) : tokens;
    const at::Tensor ids = LastIds(speeches, unread, model.device());
    const at::Tensor logits =
        model.NextLogits(ids, config.cache ? &cache : nullptr).to(at::kCPU, at::kFloat).contiguous();
    const auto vocab = static_cast<size_t>(logits.size(1));
    const float* row = logits.data_ptr<float>();
    for (Speech* speech : speeches) {
      Continue(*speech, {row, row + vocab}, tokenizer, config, on_text);
      row += vocab;
    }
    DropDone(speeches, cache, model.device());
  }
}

absl::StatusOr<std::vector<int32_t>> PromptIds(const LanguageModel& model, const Tokenizer& tokenizer,
                                               const std::string& prompt) {
  if (!IsUtf8(prompt)) return UsageError("the prompt is not valid UTF-8");
  std::vector<int32_t> ids = {tokenizer.bos()};
  const bool needs_space = !prompt.empty() && prompt.front() != ' ';
  const std::vector<int32_t> prompt_ids = tokenizer.Encode(needs_space ? " " + prompt : prompt);
  ids.insert(ids.end(), prompt_ids.begin(), prompt_ids.end());
  const auto room = static_cast<size_t>(model.config().max_tokens);
  if (ids.size() < room) return ids;
  return UsageError("the prompt has " + std::to_string(ids.size()) + " tokens; this model reads " +
                    std::to_string(room) + " with at least one of its own: shorten the prompt");
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
  table.Add(prefix + "max_new_tokens", &config.max_new_tokens, {.help = "most new tokens", .unit = "tokens", .min = 1});
  table.Add(prefix + "temperature", &config.temperature,
            {.help = "0: always the likeliest token; 1: the model's own probabilities; higher: more even", .min = 0});
  table.Add(prefix + "top_k", &config.top_k,
            {.help = "sample among the likeliest so many; 0: no limit", .unit = "tokens", .min = 0});
  table.Add(
      prefix + "top_p", &config.top_p,
      {.help = "sample among the likeliest that together reach this probability; 1: no limit", .min = 0, .max = 1});
  table.Add(prefix + "cache", &config.cache, {.help = "keep keys and values of the tokens read; the text is the same"});
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
  ASSIGN_OR_RETURN(std::vector<int32_t> ids, PromptIds(model, tokenizer, prompt));
  Speech speech(std::move(ids), seed);
  Run(model, tokenizer, config, {&speech}, on_text);
  const std::string& text = speech.result.text;
  const bool has_rest = on_text && speech.result.stop != "caller" && speech.streamed < text.size();
  if (has_rest) on_text(text.substr(speech.streamed));
  return speech.result;
}

absl::StatusOr<std::vector<Generation>> GenerateBatch(const LanguageModel& model, const Tokenizer& tokenizer,
                                                      const std::vector<std::string>& prompts,
                                                      const GenerationConfig& config, const SeedTree& seed) {
  RETURN_IF_ERROR(config.Validate());
  std::vector<Speech> speeches;
  for (size_t i = 0; i < prompts.size(); ++i) {
    auto ids = PromptIds(model, tokenizer, prompts[i]);
    if (!ids.ok()) return Annotate(ids.status(), "prompt " + std::to_string(i + 1) + ": ");
    speeches.emplace_back(std::move(*ids), seed);
  }
  std::map<size_t, Speeches> by_length;
  for (Speech& speech : speeches) by_length[speech.ids.size()].push_back(&speech);
  for (const auto& [length, group] : by_length) {
    for (size_t first = 0; first < group.size(); first += kMostAtOnce) {
      const auto begin = group.begin() + static_cast<std::ptrdiff_t>(first);
      const auto count = static_cast<std::ptrdiff_t>(std::min(kMostAtOnce, group.size() - first));
      Run(model, tokenizer, config, {begin, begin + count}, {});
    }
  }
  std::vector<Generation> results;
  for (Speech& speech : speeches) results.push_back(std::move(speech.result));
  return results;
}

}  // namespace trivium
