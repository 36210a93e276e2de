// All loops of a batch, for training (Logits) and for answers (Run).
#include "stage2_reasoning/reasoner.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>

#include "core/text/tokenizer.h"

namespace trivium {
namespace {

constexpr double kFirstLogitScale = 8.0;
constexpr double kLeastRead = 1e-3;         // keeps the logarithm of an unread fact finite
constexpr double kLeastShownWeight = 0.01;  // of a loop's attention; lighter reads are left out of traces

ReasonerConfig WithWidth(ReasonerConfig config, const TextEncoder& encoder) {
  if (config.width == 0) config.width = encoder.width();
  return config;
}

// The pieces up to the end-of-answer mark, as text.
std::string AnswerText(const Tokenizer& tokenizer, const at::Tensor& pieces) {
  std::vector<int32_t> ids;
  const auto at = pieces.accessor<int64_t, 1>();
  for (int64_t slot = 0; slot < pieces.size(0) && at[slot] != tokenizer.eos(); ++slot) {
    if (at[slot] != tokenizer.pad()) ids.push_back(static_cast<int32_t>(at[slot]));
  }
  return tokenizer.DecodeWord(ids);
}

// What one item read in one loop: the mean over the question's words of the weight on each fact's rows.
std::vector<ReadRecord> Reads(const at::Tensor& weights, const at::Tensor& word_mask, int64_t slots, int64_t loop,
                              const std::vector<int64_t>& fact_of_row, const std::vector<Fact>& facts) {
  const at::Tensor words = weights.narrow(0, slots, weights.size(0) - slots) * word_mask.unsqueeze(-1);
  const at::Tensor mean = (words.sum(0) / word_mask.sum().clamp_min(1)).contiguous();
  const auto at = mean.accessor<float, 1>();
  std::vector<double> by_fact(facts.size(), 0.0);
  for (size_t row = 0; row < fact_of_row.size(); ++row) {
    by_fact[static_cast<size_t>(fact_of_row[row])] += at[static_cast<int64_t>(row) + 1];
  }
  std::vector<ReadRecord> reads = {{loop, "", "(no such fact)", at[0]}};
  for (size_t f = 0; f < facts.size(); ++f) {
    if (by_fact[f] >= kLeastShownWeight) reads.push_back({loop, facts[f].id, facts[f].text, by_fact[f]});
  }
  std::stable_sort(reads.begin(), reads.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  return reads;
}

}  // namespace

Reasoner::Reasoner(const ReasonerConfig& config, const TextEncoder& encoder, const SeedTree& seeds)
    : config_(WithWidth(config, encoder)), encoder_(encoder, {config.layer, config.content_keys, config.order_decay}) {
  Rng rng = seeds.Child("reasoner").MakeRng();
  controller_ = Controller(config_, encoder.width(), rng);
  out_norm_ = RmsNorm(config_.width);
  out_weight_ = IdentityWeight(encoder.width(), config_.width, rng);
  out_bias_ = at::zeros({config_.answer_slots, encoder.width()}, at::kFloat).requires_grad_(true);
  log_scale_ = at::full({}, std::log(kFirstLogitScale), at::kFloat).requires_grad_(true);
  torch::NoGradGuard no_grad;
  piece_directions_ = UnitLength(encoder_.piece_vectors()).contiguous();
}

NamedTensors Reasoner::Parameters() const {
  NamedTensors list;
  controller_.AddParameters("controller.", list);
  list.insert(list.end(), {{"out_norm.weight", out_norm_.weight},
                           {"out.weight", out_weight_},
                           {"out.bias", out_bias_},
                           {"log_scale", log_scale_}});
  return list;
}

at::Tensor Reasoner::Decode(const at::Tensor& state) const {
  const at::Tensor slots = Linear(out_norm_(state.narrow(1, 0, config_.answer_slots)), out_weight_);
  // A word of several pieces is one vector e(p1) + P e(p2) + ..: slot j undoes the binding of piece j.
  std::vector<at::Tensor> unbound;
  for (int64_t j = 0; j < config_.answer_slots; ++j) {
    unbound.push_back(encoder_.Permute(slots.select(1, j), -j) + out_bias_.select(0, j));
  }
  return at::matmul(UnitLength(at::stack(unbound, 1)), piece_directions_.t()) * log_scale_.exp();
}

std::vector<at::Tensor> Reasoner::Logits(const QuestionBatch& questions, const Rows& rows,
                                         const std::vector<int64_t>& loops, const at::Tensor& support,
                                         at::Tensor* support_loss) const {
  const Memory memory = controller_.reader().Prepare(rows);
  const LoopContext context = controller_.Begin(questions, memory);
  at::Tensor state = controller_.FirstState(context);
  const bool watch = support.defined() && support_loss != nullptr;
  at::Tensor column;  // [items, positions, facts]: where each needed fact's row stands, the NULL row being first
  if (watch) column = (support.clamp_min(0) + 1).unsqueeze(1).expand({support.size(0), state.size(1), support.size(1)});
  std::vector<at::Tensor> logits, most_read;
  for (int64_t loop = 1; loop <= loops.back(); ++loop) {
    at::Tensor weights;
    state = controller_.Loop(context, memory, state, /*top_k=*/0, watch ? &weights : nullptr);
    if (watch) most_read.push_back(weights.gather(2, column).amax(1));
    if (std::find(loops.begin(), loops.end(), loop) != loops.end()) logits.push_back(Decode(state));
  }
  if (watch) {
    const at::Tensor needed = (support >= 0).to(at::kFloat);
    const at::Tensor most = at::stack(most_read).amax(0);  // [items, facts]
    *support_loss = -((most + kLeastRead).log() * needed).sum() / needed.sum().clamp_min(1);
  }
  return logits;
}

at::Tensor Reasoner::Loss(const at::Tensor& logits, const at::Tensor& answers) const {
  const at::Tensor losses = at::cross_entropy_loss(logits.flatten(0, 1), answers.flatten(), {}, at::Reduction::None,
                                                   encoder_.encoder().tokenizer().pad());
  return losses.sum() / static_cast<double>(answers.size(0));
}

ReasonerAnswers Reasoner::Run(const QuestionBatch& questions, const Rows& rows,
                              const std::vector<std::vector<int64_t>>& fact_of_row, const RunOptions& options) const {
  torch::NoGradGuard no_grad;
  const Tokenizer& tokenizer = encoder_.encoder().tokenizer();
  const int64_t items = questions.identity.size(0), slots = controller_.slots();
  const auto count = static_cast<size_t>(items);
  at::Tensor forbidden = at::full({tokenizer.vocab_size()}, options.allowed.empty() ? 0.0 : kNoRow, at::kFloat);
  for (const std::string& word : options.allowed) {
    const std::vector<Word> words = tokenizer.EncodeWords(word);
    if (!words.empty()) forbidden[words[0].pieces[0]] = 0.0;
  }
  ReasonerAnswers answers;
  answers.texts.resize(count);
  answers.probabilities.resize(count, 0.0);
  answers.loops.resize(count, 0);
  answers.halted.resize(count, false);
  if (options.traces != nullptr) options.traces->assign(count, Trace());
  std::vector<HaltingTracker> trackers(count, HaltingTracker(options.halting));

  const Memory memory = controller_.reader().Prepare(rows);
  const LoopContext context = controller_.Begin(questions, memory);
  at::Tensor state = controller_.FirstState(context);
  for (int64_t loop = 1; loop <= options.halting.loops; ++loop) {
    at::Tensor weights;
    state = controller_.Loop(context, memory, state, options.top_k, options.traces != nullptr ? &weights : nullptr);
    const bool decode = options.halting.automatic || options.traces != nullptr || loop == options.halting.loops;
    if (!decode) continue;
    at::Tensor logits = Decode(state);
    logits.select(1, 0).add_(forbidden);
    const at::Tensor pieces = logits.argmax(-1);
    const at::Tensor first = std::get<0>(logits.select(1, 0).softmax(-1).max(-1));
    bool all_done = true;
    for (size_t i = 0; i < count; ++i) {
      if (answers.halted[i]) continue;
      const auto index = static_cast<int64_t>(i);
      answers.texts[i] = AnswerText(tokenizer, pieces[index]);
      answers.probabilities[i] = first[index].item<double>();
      answers.loops[i] = loop;
      if (options.traces != nullptr) {
        const size_t list = options.facts->size() == 1 ? 0 : i;
        const at::Tensor mask = context.word_mask.select(0, index).squeeze(-1);
        (*options.traces)[i].steps.push_back(
            {loop, Reads(weights.select(0, index), mask, slots, loop, fact_of_row[list], (*options.facts)[list]),
             answers.texts[i], answers.probabilities[i]});
      }
      answers.halted[i] = trackers[i].Settled(answers.texts[i], answers.probabilities[i]);
      all_done = all_done && answers.halted[i];
    }
    if (all_done) break;
  }
  if (options.traces != nullptr) {
    for (size_t i = 0; i < count; ++i) {
      (*options.traces)[i].answer = answers.texts[i];
      (*options.traces)[i].halted = answers.halted[i];
    }
  }
  return answers;
}

}  // namespace trivium
