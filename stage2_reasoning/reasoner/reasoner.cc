// All loops of a batch, for training (Logits) and for answers (Run).
#include "stage2_reasoning/reasoner/reasoner.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/text/sentences.h"

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

// What slots say, as text.
struct Spoken {
  std::vector<std::string> texts;
  std::vector<double> probabilities;
};

// The likeliest word of each slot up to the end. log_probs: [items, answer_slots, words].
Spoken FreeAnswers(const at::Tensor& log_probs, const Candidates& words) {
  const auto [best, chosen] = log_probs.max(-1);
  const at::Tensor scores = best.contiguous(), numbers = chosen.contiguous();
  const auto score = scores.accessor<float, 2>();
  const auto number = numbers.accessor<int64_t, 2>();
  Spoken spoken;
  for (int64_t i = 0; i < log_probs.size(0); ++i) {
    std::vector<std::string> text;
    double sum = 0;
    for (int64_t slot = 0; slot < log_probs.size(1); ++slot) {
      sum += score[i][slot];
      if (number[i][slot] == 0) break;
      text.push_back(words.texts[static_cast<size_t>(number[i][slot])]);
    }
    spoken.texts.push_back(JoinWords(text));
    spoken.probabilities.push_back(std::exp(sum));
  }
  return spoken;
}

// Of each item's choices the one whose words, and the end after them, are likeliest together.
Spoken ChosenAnswers(const at::Tensor& log_probs, const Candidates& words,
                     const std::vector<std::vector<std::string>>& choices) {
  std::unordered_map<std::string, int64_t> number;
  for (int64_t w = 0; w < words.size(); ++w) number.emplace(words.texts[static_cast<size_t>(w)], w);
  const at::Tensor scores = log_probs.contiguous();
  const auto score = scores.accessor<float, 3>();
  const int64_t slots = scores.size(1);
  Spoken spoken;
  for (int64_t i = 0; i < scores.size(0); ++i) {
    std::string likeliest;
    double most = -std::numeric_limits<double>::infinity();
    for (const std::string& choice : choices[choices.size() == 1 ? 0 : static_cast<size_t>(i)]) {
      std::vector<int64_t> said;
      for (const std::string& word : SplitWords(choice)) said.push_back(number.at(word));
      said.push_back(0);
      double sum = 0;
      for (int64_t slot = 0; slot < std::min(slots, std::ssize(said)); ++slot) {
        sum += score[i][slot][said[static_cast<size_t>(slot)]];
      }
      if (sum > most) {
        most = sum;
        likeliest = choice;
      }
    }
    spoken.texts.push_back(likeliest);
    spoken.probabilities.push_back(std::exp(most));
  }
  return spoken;
}

// The words of the batch's own sentences and of the choices.
void AddWords(const ReasonerBatch& batch, const std::vector<std::vector<std::string>>& choices, CandidateWords& words) {
  for (size_t i = 0; i < batch.sentences.size(); ++i) {
    const auto item = static_cast<int64_t>(i);
    for (const std::string& sentence : batch.sentences[i]) words.AddSentence(item, sentence);
    if (choices.empty()) continue;
    for (const std::string& choice : choices[choices.size() == 1 ? 0 : i]) words.AddSentence(item, choice);
  }
}

// What item `i` read in one loop: the mean over its slots and words of the weight on each fact's rows. fact_of_row and
// facts: of the item's own rows. present: [question positions, 1], 1 unless padding.
std::vector<ReadRecord> Reads(const ReadResult& result, int64_t i, const at::Tensor& present, int64_t loop,
                              const std::vector<int64_t>& fact_of_row, const std::vector<Fact>& facts,
                              const MountedRows* mounted) {
  const at::Tensor share = present / present.sum();
  const auto of_question = [&](const at::Tensor& of_positions) {
    return of_positions[i].narrow(0, 0, present.size(0));
  };
  const at::Tensor mean = (of_question(result.weights) * share).sum(0).contiguous();
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
    const at::Tensor weights = (of_question(result.mounted_weights) * share).flatten();
    const at::Tensor rows = of_question(result.mounted_rows).flatten();
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
    : config_(WithWidth(config, encoder)),
      encoder_(encoder, {config.layer, config.content_keys, config.order_decay}),
      closed_class_(encoder_, config.closed_class) {
  Rng rng = seeds.Child("reasoner").MakeRng();
  controller_ = Controller(config_, encoder.width(), rng);
  out_norm_ = RmsNorm(config_.width);
  out_weight_ = IdentityWeight(encoder.width(), config_.width, rng);
  out_bias_ = at::zeros({config_.answer_slots, encoder.width()}, at::kFloat).requires_grad_(true);
  log_scale_ = at::full({}, std::log(kFirstLogitScale), at::kFloat).requires_grad_(true);
  controller_.To(encoder_.device());
  Move({out_norm_.weight, out_weight_, out_bias_, log_scale_}, encoder_.device());
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

at::Tensor Reasoner::Say(const at::Tensor& state, const Segments& layout) const {
  return UnitLength(Linear(out_norm_(layout.answers.Of(state)), out_weight_) + out_bias_);
}

at::Tensor Reasoner::Compare(const at::Tensor& said, const Candidates& words) const {
  return (at::matmul(said, words.vectors.t()) * log_scale_.exp())
      .masked_fill(words.present.logical_not().unsqueeze(1), kNoLogit);
}

at::Tensor Reasoner::Said(const QuestionBatch& questions, const Rows& rows, int64_t loops) const {
  const Memory memory = controller_.reader().Prepare(rows);
  const LoopContext context = controller_.Begin(questions, rows, memory);
  at::Tensor state = controller_.FirstState(context);
  for (int64_t loop = 0; loop < loops; ++loop) state = controller_.Loop(context, memory, state, /*top_k=*/0, nullptr);
  return Say(state, context.layout);
}

std::vector<at::Tensor> Reasoner::Logits(const QuestionBatch& questions, const Rows& rows, const Candidates& words,
                                         const LogitsOptions& options, at::Tensor* support_loss) const {
  const std::vector<int64_t>& loops = options.loops;
  const at::Tensor& support = options.support;
  const Memory memory = controller_.reader().Prepare(rows);
  const LoopContext context = controller_.Begin(questions, rows, memory, options.pooled_share);
  at::Tensor state = controller_.FirstState(context);
  const bool watch = support.defined() && support_loss != nullptr;
  at::Tensor
      column;  // [items, question positions, facts]: where each needed fact's row stands, the NULL row being first
  if (watch) {
    column =
        (support.clamp_min(0) + 1).unsqueeze(1).expand({support.size(0), context.present.size(1), support.size(1)});
  }
  std::vector<at::Tensor> logits, most_read;
  for (int64_t loop = 1; loop <= loops.back(); ++loop) {
    ReadResult result;
    const bool only_slots = loop == loops.back();
    state = controller_.Loop(context, memory, state, /*top_k=*/0, watch ? &result : nullptr, only_slots);
    if (watch) {
      // Facts that think may read what they like: the question is to read what it needs.
      const int64_t readers = std::min(state.size(1), context.present.size(1));
      most_read.push_back((result.weights.narrow(1, 0, readers).gather(2, column.narrow(1, 0, readers)) *
                           context.present.narrow(1, 0, readers))
                              .amax(1));
    }
    if (std::find(loops.begin(), loops.end(), loop) != loops.end()) {
      logits.push_back(Compare(Say(state, context.layout), words));
    }
  }
  if (watch) {
    const at::Tensor needed = (support >= 0).to(at::kFloat);
    const at::Tensor most = at::stack(most_read).amax(0);  // [items, facts]
    // A sum over an item's facts, so that it does not matter which items share its batch.
    *support_loss = -((most + kLeastRead).log() * needed).sum() / static_cast<double>(needed.size(0));
  }
  return logits;
}

at::Tensor Reasoner::SlotLosses(const at::Tensor& logits, const at::Tensor& targets) const {
  return at::cross_entropy_loss(logits.flatten(0, 1), targets.flatten(), {}, at::Reduction::None, kNoTarget)
      .view(targets.sizes());
}

at::Tensor Reasoner::Loss(const at::Tensor& logits, const at::Tensor& targets) const {
  return SlotLosses(logits, targets).sum() / static_cast<double>(targets.size(0));
}

ReasonerAnswers Reasoner::Run(const ReasonerBatch& batch, const RunOptions& options) const {
  torch::NoGradGuard no_grad;
  const int64_t items = batch.questions.identity.size(0);
  const auto count = static_cast<size_t>(items);
  ReasonerAnswers answers;
  answers.texts.resize(count);
  answers.probabilities.resize(count, 0.0);
  answers.loops.resize(count, 0);
  answers.halted.resize(count, false);
  if (options.traces != nullptr) options.traces->assign(count, Trace());
  std::vector<HaltingTracker> trackers(count, HaltingTracker(options.halting));

  std::shared_lock<std::shared_mutex> lock;
  if (options.mounted != nullptr) lock = options.mounted->Lock();
  const Memory memory = options.mounted == nullptr ? reader().Prepare(batch.rows)
                                                   : reader().Prepare(batch.rows, &options.mounted->store(),
                                                                      options.mounted->SlotsOf(options.without));
  int64_t top_k = options.top_k;
  if (options.choose_top_k) {
    size_t most = 0;
    for (const std::vector<int64_t>& rows_of_item : batch.fact_of_row) most = std::max(most, rows_of_item.size());
    top_k = DefaultTopRows(static_cast<int64_t>(most) + (options.mounted != nullptr ? memory.mounted->rows() : 0));
  }
  CandidateWords words = Words(items);
  AddWords(batch, options.choices, words);
  const LoopContext context = controller_.Begin(batch.questions, batch.rows, memory);
  at::Tensor state = controller_.FirstState(context);
  for (int64_t loop = 1; loop <= options.halting.loops; ++loop) {
    ReadResult result;
    // Traces tell what the words read, and rows that they read give candidates: there the last loop is as the others.
    const bool only_slots = loop == options.halting.loops && options.traces == nullptr && options.mounted == nullptr;
    state = controller_.Loop(context, memory, state, top_k, &result, only_slots);
    // A word once read stays a candidate: the slots may hold it while later loops read something else.
    if (result.mounted_rows.defined()) {
      options.mounted->AddReadWords(result.mounted_weights, result.mounted_rows, words);
    }
    const bool decode = options.halting.automatic || options.traces != nullptr || loop == options.halting.loops;
    if (!decode) continue;
    const Candidates candidates = words.Get();
    at::Tensor logits = Compare(Say(state, context.layout), candidates);
    logits.select(1, 0).select(1, 0).fill_(kNoLogit);  // an answer has at least one word
    const at::Tensor log_probs = logits.log_softmax(-1).cpu();
    Spoken spoken = options.choices.empty() ? FreeAnswers(log_probs, candidates)
                                            : ChosenAnswers(log_probs, candidates, options.choices);
    bool all_done = true;
    for (size_t i = 0; i < count; ++i) {
      if (answers.halted[i]) continue;
      const auto index = static_cast<int64_t>(i);
      answers.texts[i] = std::move(spoken.texts[i]);
      answers.probabilities[i] = spoken.probabilities[i];
      answers.loops[i] = loop;
      if (options.traces != nullptr) {
        const size_t list = options.facts->size() == 1 ? 0 : i;
        (*options.traces)[i].steps.push_back({loop,
                                              Reads(result, index, context.present.select(0, index), loop,
                                                    batch.fact_of_row[list], (*options.facts)[list], options.mounted),
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
