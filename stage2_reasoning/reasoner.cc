// All loops of a batch, for training (Logits) and for answers (Run).
#include "stage2_reasoning/reasoner.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text/tokenizer.h"

namespace trivium {
namespace {

constexpr double kFirstLogitScale = 8.0;
constexpr double kNoLogit = -1e4;           // of what cannot be said
constexpr double kLeastRead = 1e-3;         // keeps the logarithm of an unread fact finite
constexpr double kLeastShownWeight = 0.01;  // of a loop's attention; lighter reads are left out of traces

ReasonerConfig WithWidth(ReasonerConfig config, const TextEncoder& encoder) {
  if (config.width == 0) config.width = encoder.width();
  return config;
}

// The pieces up to the end-of-answer mark, as text, or the word of `words` that the first slot names.
std::string AnswerText(const Tokenizer& tokenizer, const OpenWords& words, const at::Tensor& pieces) {
  std::vector<int32_t> ids;
  const auto at = pieces.accessor<int64_t, 1>();
  if (at[0] >= tokenizer.vocab_size()) return words.texts[static_cast<size_t>(at[0] - tokenizer.vocab_size())];
  for (int64_t slot = 0; slot < pieces.size(0) && at[slot] != tokenizer.eos(); ++slot) {
    if (at[slot] != tokenizer.pad()) ids.push_back(static_cast<int32_t>(at[slot]));
  }
  return tokenizer.DecodeWord(ids);
}

// The words of both that each item may answer with; a word of both counts once for each.
OpenWords Together(const OpenWords& own, const OpenWords& mounted) {
  if (own.size() == 0) return mounted;
  if (mounted.size() == 0) return own;
  OpenWords all = own;
  all.texts.insert(all.texts.end(), mounted.texts.begin(), mounted.texts.end());
  all.vectors = at::cat({own.vectors, mounted.vectors});
  all.present = at::cat({own.present.expand({mounted.present.size(0), own.size()}), mounted.present}, 1);
  return all;
}

// What item `i` read in one loop: the mean over the question's words of the weight on each fact's rows. fact_of_row and
// facts: of the item's own rows. word_mask: [words].
std::vector<ReadRecord> Reads(const ReadResult& result, int64_t i, const at::Tensor& word_mask, int64_t loop,
                              const std::vector<int64_t>& fact_of_row, const std::vector<Fact>& facts,
                              const MountedRows* mounted) {
  const int64_t words = word_mask.size(0), slots = result.weights.size(1) - words;
  const at::Tensor share = (word_mask / word_mask.sum().clamp_min(1)).unsqueeze(-1);
  const auto of_words = [&](const at::Tensor& of_positions) { return of_positions[i].narrow(0, slots, words); };
  const at::Tensor mean = (of_words(result.weights) * share).sum(0).contiguous();
  const auto at = mean.accessor<float, 1>();
  std::vector<double> by_fact(facts.size(), 0.0);
  for (size_t row = 0; row < fact_of_row.size(); ++row) {
    by_fact[static_cast<size_t>(fact_of_row[row])] += at[static_cast<int64_t>(row) + 1];
  }
  std::vector<ReadRecord> reads = {{loop, "", "(no such fact)", at[0]}};
  const auto add = [&](const Fact& fact, double weight) {
    if (weight >= kLeastShownWeight) reads.push_back({loop, fact.id, fact.text, weight});
  };
  if (result.mounted_weights.defined()) {
    const at::Tensor weights = (of_words(result.mounted_weights) * share).flatten();
    const at::Tensor rows = of_words(result.mounted_rows).flatten();
    std::map<int64_t, double> by_number;
    for (int64_t r = 0; r < rows.size(0); ++r) {
      // A weight of zero may stand at a row that is none.
      const float weight = weights.data_ptr<float>()[r];
      if (weight > 0) by_number[mounted->FactOfRow(rows.data_ptr<int64_t>()[r])] += weight;
    }
    for (const auto& [number, weight] : by_number) add(mounted->FactAt(number), weight);
  }
  for (size_t f = 0; f < facts.size(); ++f) add(facts[f], by_fact[f]);
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

at::Tensor Reasoner::Decode(const at::Tensor& state, const OpenWords& words) const {
  const at::Tensor slots = Linear(out_norm_(state.narrow(1, 0, config_.answer_slots)), out_weight_);
  // A word of several pieces is one vector e(p1) + P e(p2) + ..: slot j undoes the binding of piece j.
  std::vector<at::Tensor> unbound;
  for (int64_t j = 0; j < config_.answer_slots; ++j) {
    unbound.push_back(encoder_.Permute(slots.select(1, j), -j) + out_bias_.select(0, j));
  }
  const at::Tensor said = UnitLength(at::stack(unbound, 1));
  const at::Tensor scale = log_scale_.exp();
  const at::Tensor logits = at::matmul(said, piece_directions_.t()) * scale;
  if (words.size() == 0) return logits;
  const at::Tensor of_words = (at::matmul(said.narrow(1, 0, 1), UnitLength(words.vectors).t()) * scale)
                                  .masked_fill(words.present.logical_not().unsqueeze(1), kNoLogit);
  // The slots after the first say pieces only.
  const at::Tensor whole = at::constant_pad_nd(of_words, {0, 0, 0, config_.answer_slots - 1}, kNoLogit);
  return at::cat({logits, whole}, -1);
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
    ReadResult result;
    state = controller_.Loop(context, memory, state, /*top_k=*/0, watch ? &result : nullptr);
    if (watch) most_read.push_back(result.weights.gather(2, column).amax(1));
    if (std::find(loops.begin(), loops.end(), loop) != loops.end()) logits.push_back(Decode(state, rows.words));
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
  const int64_t items = questions.identity.size(0);
  const auto count = static_cast<size_t>(items);
  at::Tensor forbidden = at::full({tokenizer.vocab_size()}, options.allowed.empty() ? 0.0 : kNoLogit, at::kFloat);
  for (const std::string& word : options.allowed) {
    const std::vector<Word> words = tokenizer.EncodeWords(word);
    if (!words.empty()) forbidden[words[0].pieces[0]] = 0.0;
  }
  const std::set<std::string> allowed(options.allowed.begin(), options.allowed.end());
  ReasonerAnswers answers;
  answers.texts.resize(count);
  answers.probabilities.resize(count, 0.0);
  answers.loops.resize(count, 0);
  answers.halted.resize(count, false);
  if (options.traces != nullptr) options.traces->assign(count, Trace());
  std::vector<HaltingTracker> trackers(count, HaltingTracker(options.halting));

  std::shared_lock<std::shared_mutex> lock;
  if (options.mounted != nullptr) lock = options.mounted->Lock();
  const Memory memory = options.mounted == nullptr ? reader().Prepare(rows)
                                                   : reader().Prepare(rows, &options.mounted->store(),
                                                                      options.mounted->SlotsOf(options.without));
  int64_t top_k = options.top_k;
  if (options.choose_top_k) {
    size_t most = 0;
    for (const std::vector<int64_t>& rows_of_item : fact_of_row) most = std::max(most, rows_of_item.size());
    top_k = DefaultTopRows(static_cast<int64_t>(most) + (options.mounted != nullptr ? memory.mounted->rows() : 0));
  }
  const LoopContext context = controller_.Begin(questions, memory);
  at::Tensor state = controller_.FirstState(context);
  for (int64_t loop = 1; loop <= options.halting.loops; ++loop) {
    ReadResult result;
    state = controller_.Loop(context, memory, state, top_k, &result);
    const bool decode = options.halting.automatic || options.traces != nullptr || loop == options.halting.loops;
    if (!decode) continue;
    OpenWords words = rows.words;
    if (result.mounted_rows.defined()) {
      words = Together(words, options.mounted->LongWordsOf(result.mounted_weights, result.mounted_rows));
    }
    at::Tensor logits = Decode(state, words);
    at::Tensor barred = forbidden;
    if (words.size() > 0) {
      std::vector<float> of_words;
      for (const std::string& text : words.texts) {
        of_words.push_back(allowed.empty() || allowed.count(text) != 0 ? 0.0F : static_cast<float>(kNoLogit));
      }
      barred = at::cat({forbidden, torch::tensor(of_words)});
    }
    logits.select(1, 0).add_(barred);
    const at::Tensor pieces = logits.argmax(-1);
    const at::Tensor first = std::get<0>(logits.select(1, 0).softmax(-1).max(-1));
    bool all_done = true;
    for (size_t i = 0; i < count; ++i) {
      if (answers.halted[i]) continue;
      const auto index = static_cast<int64_t>(i);
      answers.texts[i] = AnswerText(tokenizer, words, pieces[index]);
      answers.probabilities[i] = first[index].item<double>();
      answers.loops[i] = loop;
      if (options.traces != nullptr) {
        const size_t list = options.facts->size() == 1 ? 0 : i;
        const at::Tensor mask = context.word_mask.select(0, index).squeeze(-1);
        (*options.traces)[i].steps.push_back(
            {loop, Reads(result, index, mask, loop, fact_of_row[list], (*options.facts)[list], options.mounted),
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
