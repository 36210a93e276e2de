// See next_word.h: the prompt is read once; open words, all equally many tokens long, go on from its cache together.
#include "stage1_language/measures/next_word.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/utf8.h"
#include "core/nn/torch_pch.h"
#include "stage1_language/model/language_model.h"

namespace trivium {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

double LogAdd(double a, double b) {
  const double high = std::max(a, b);
  return high == kNever ? kNever : high + std::log1p(std::exp(std::min(a, b) - high));
}

// The beginning of a continuation, read token by token until its first word is complete.
struct OpenWord {
  std::vector<int32_t> ids;
  std::string text;
  double log_probability = 0;
};

class Search {
 public:
  Search(const LanguageModel& model, const WordPieces& pieces, const NextWordConfig& config)
      : model_(model),
        pieces_(pieces),
        config_(config),
        ends_(at::empty({model.vocab()}, at::kBool)),
        empty_(at::empty({model.vocab()}, at::kBool)) {
    for (int64_t id = 0; id < model.vocab(); ++id) {
      ends_.data_ptr<bool>()[id] = pieces_.ends_word(static_cast<int32_t>(id));
      empty_.data_ptr<bool>()[id] = pieces_.text(static_cast<int32_t>(id)).empty();
    }
  }

  NextWord Run(const std::vector<int32_t>& prompt_ids, const std::string& prompt) {
    const std::vector<int64_t> row(prompt_ids.begin(), prompt_ids.end());
    const at::Tensor first = LogProbabilities(model_.NextLogits(Ids(row, 1), &prompt_));  // [1, vocab]
    return {.greedy = Greedy(first, prompt), .likeliest = Likeliest(first, prompt)};
  }

 private:
  at::Tensor Ids(const std::vector<int64_t>& ids, int64_t rows) const {
    return torch::tensor(ids).view({rows, -1}).to(model_.device());
  }

  static at::Tensor LogProbabilities(const at::Tensor& logits) {
    return at::log_softmax(logits.to(at::kCPU, at::kFloat), -1);
  }

  // After the prompt and the tokens of each word, all equally many: [words, vocab].
  at::Tensor After(const std::vector<OpenWord>& words) const {
    const auto rows = static_cast<int64_t>(words.size()), added = static_cast<int64_t>(words[0].ids.size());
    KvCache cache{.keys = {}, .values = {}, .tokens = prompt_.tokens};
    const auto for_each_word = [&](const at::Tensor& slot) {
      at::Tensor wide = at::empty({rows, slot.size(1), prompt_.tokens + added, slot.size(3)}, slot.options());
      wide.narrow(2, 0, prompt_.tokens).copy_(slot.narrow(2, 0, prompt_.tokens));
      return wide;
    };
    for (const at::Tensor& slot : prompt_.keys) cache.keys.push_back(for_each_word(slot));
    for (const at::Tensor& slot : prompt_.values) cache.values.push_back(for_each_word(slot));
    std::vector<int64_t> ids;
    for (const OpenWord& word : words) ids.insert(ids.end(), word.ids.begin(), word.ids.end());
    return LogProbabilities(model_.NextLogits(Ids(ids, rows), &cache));
  }

  std::string Greedy(at::Tensor next, const std::string& prompt) const {
    std::vector<OpenWord> word(1);
    for (int64_t i = 0; i < config_.max_tokens; ++i) {
      const auto id = static_cast<int32_t>(next.argmax().item<int64_t>());
      const bool begun = !FirstWord(word[0].text).empty();
      if (begun && pieces_.ends_word(id)) break;
      if (i == 0 && !pieces_.may_begin(id, prompt)) return "";  // goes on with the prompt's last word, or ends
      if (pieces_.text(id).empty()) break;
      word[0].ids.push_back(id);
      word[0].text += pieces_.text(id);
      if (WordPieces::IsComplete(word[0].text)) break;
      next = After(word);
    }
    return FirstWord(word[0].text);
  }

  // The open words that grow from `words` by one token each; complete ones go to found_.
  std::vector<OpenWord> Grow(const std::vector<OpenWord>& words, const at::Tensor& scores) {
    const int64_t vocab = scores.size(1), wanted = std::min(config_.beam, scores.numel());
    const auto [values, places] = scores.flatten().topk(wanted);
    std::vector<OpenWord> grown;
    for (int64_t i = 0; i < wanted; ++i) {
      const auto value = static_cast<double>(values.data_ptr<float>()[i]);
      if (!std::isfinite(value)) break;
      const int64_t place = places.data_ptr<int64_t>()[i];
      OpenWord word = words[static_cast<size_t>(place / vocab)];
      const auto id = static_cast<int32_t>(place % vocab);
      word.ids.push_back(id);
      word.text += pieces_.text(id);
      word.log_probability = value;
      if (WordPieces::IsComplete(word.text)) {
        Found(word.text, value);
      } else {
        grown.push_back(std::move(word));
      }
    }
    return grown;
  }

  void Found(const std::string& text, double log_probability) {
    const auto [entry, is_new] = found_.emplace(FirstWord(text), log_probability);
    if (!is_new) entry->second = LogAdd(entry->second, log_probability);
  }

  std::vector<WordChance> Best() const {
    std::vector<WordChance> best;
    for (const auto& [word, value] : found_) best.push_back({word, value});
    std::stable_sort(best.begin(), best.end(),
                     [](const WordChance& a, const WordChance& b) { return a.log_probability > b.log_probability; });
    if (best.size() > config_.words) best.resize(config_.words);
    return best;
  }

  std::vector<WordChance> Likeliest(const at::Tensor& first, const std::string& prompt) {
    at::Tensor barred = at::empty({model_.vocab()}, at::kBool);
    for (int64_t id = 0; id < model_.vocab(); ++id) {
      barred.data_ptr<bool>()[id] = !pieces_.may_begin(static_cast<int32_t>(id), prompt);
    }
    found_.clear();
    std::vector<OpenWord> open = Grow({OpenWord{}}, first.masked_fill(barred, kNever));
    for (int64_t length = 1; !open.empty() && length < config_.max_tokens; ++length) {
      // No open word can still overtake the last of the wanted: its chance only falls.
      const std::vector<WordChance> best = Best();
      if (best.size() == config_.words && best.back().log_probability >= open[0].log_probability) return best;
      const at::Tensor next = After(open);  // [words, vocab]
      std::vector<float> so_far;
      at::Tensor unbegun = at::zeros({static_cast<int64_t>(open.size()), 1}, at::kBool);
      for (size_t i = 0; i < open.size(); ++i) {
        so_far.push_back(static_cast<float>(open[i].log_probability));
        unbegun.data_ptr<bool>()[i] = FirstWord(open[i].text).empty();  // white space only: no word to end yet
      }
      const at::Tensor ending = next.masked_fill(ends_.logical_not(), kNever).logsumexp(1);  // [words]
      for (size_t i = 0; i < open.size(); ++i) {
        if (!unbegun.data_ptr<bool>()[i])
          Found(open[i].text, open[i].log_probability + static_cast<double>(ending.data_ptr<float>()[i]));
      }
      const at::Tensor closed = ends_.logical_and(unbegun.logical_not()).logical_or(empty_);  // [words, vocab]
      open = Grow(open, next.masked_fill(closed, kNever) + torch::tensor(so_far).unsqueeze(1));
    }
    for (const OpenWord& word : open) Found(word.text, word.log_probability);  // longest words, cut here
    return Best();
  }

  const LanguageModel& model_;
  const WordPieces& pieces_;
  const NextWordConfig config_;
  at::Tensor ends_, empty_;  // [vocab], true where a token ends a word, and where it has no text
  KvCache prompt_;
  std::map<std::string, double> found_;  // complete words
};

}  // namespace

absl::StatusOr<NextWord> PredictNextWord(const LanguageModel& model, const Tokenizer& tokenizer,
                                         const WordPieces& pieces, const std::string& prompt,
                                         const NextWordConfig& config) {
  if (!IsUtf8(prompt)) return UsageError("the prompt is not valid UTF-8");
  const bool needs_space = !prompt.empty() && prompt.front() != ' ';
  std::vector<int32_t> ids = tokenizer.Encode(needs_space ? " " + prompt : prompt);
  const int64_t room = std::max<int64_t>(1, model.config().max_tokens - config.max_tokens - 1);
  if (static_cast<int64_t>(ids.size()) > room) ids.erase(ids.begin(), ids.end() - room);
  ids.insert(ids.begin(), tokenizer.bos());
  NextWordConfig fitting = config;
  fitting.max_tokens = std::min(config.max_tokens, model.config().max_tokens - static_cast<int64_t>(ids.size()));
  torch::NoGradGuard no_gradients;
  return Search(model, pieces, fitting).Run(ids, prompt);
}

}  // namespace trivium
