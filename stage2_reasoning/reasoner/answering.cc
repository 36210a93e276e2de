// Answers: loops without gradients, words chosen among candidates, items that stop by themselves, traces.
#include "stage2_reasoning/reasoner/reasoner.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "core/text/sentences.h"

namespace trivium {
namespace {

constexpr double kLeastShownWeight = 0.01;  // of a loop's attention; lighter reads are left out of traces
// Items that have stopped leave the batch once they are this share of it: leaving costs a copy of the others.
constexpr double kWorthLeaving = 0.2;

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
Spoken ChosenAnswers(const at::Tensor& log_probs, const Candidates& words, const Choices& choices) {
  const std::unordered_map<std::string, int64_t> number = words.Numbers();
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
void AddWords(const ReasonerBatch& batch, const Choices& choices, CandidateWords& words) {
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

struct Reasoner::Active {
  std::vector<size_t> items;  // their places in the batch
  LoopContext context;
  Memory memory;
  at::Tensor state;
  HaltFeatures seen;

  // Goes on with the items at these places of `items` alone.
  void Keep(const std::vector<int64_t>& places) {
    const at::Tensor chosen = torch::tensor(places, at::kLong);
    const at::Tensor index = chosen.to(state.device());
    std::vector<size_t> kept;
    for (int64_t place : places) kept.push_back(items[static_cast<size_t>(place)]);
    items = std::move(kept);
    context = context.Of(index);
    memory = memory.Of(index);
    state = state.index_select(0, index);
    seen.Keep(chosen);
  }
};

struct Reasoner::Judged {
  Spoken spoken;
  std::vector<double> settled;
};

namespace {

int64_t ChosenTopK(const ReasonerBatch& batch, const RunOptions& options, const Memory& memory) {
  if (!options.choose_top_k) return options.top_k;
  size_t most = 0;
  for (const std::vector<int64_t>& rows_of_item : batch.fact_of_row) most = std::max(most, rows_of_item.size());
  return DefaultTopRows(static_cast<int64_t>(most) + (options.mounted != nullptr ? memory.mounted->rows() : 0));
}

Candidates Of(const Candidates& words, const std::vector<size_t>& items) {
  if (words.present.size(0) == 1 || static_cast<size_t>(words.present.size(0)) == items.size()) return words;
  const std::vector<int64_t> index(items.begin(), items.end());
  return {words.texts, words.vectors,
          words.present.index_select(0, torch::tensor(index, at::kLong).to(words.present.device()))};
}

}  // namespace

Spoken Reasoner::Speak(const at::Tensor& said, const Candidates& words, const Choices& choices) const {
  at::Tensor logits = Compare(said, words);
  logits.select(1, 0).select(1, 0).fill_(kNoLogit);  // an answer has at least one word
  const at::Tensor log_probs = logits.log_softmax(-1).cpu();
  return choices.empty() ? FreeAnswers(log_probs, words) : ChosenAnswers(log_probs, words, choices);
}

Reasoner::Active Reasoner::Start(const ReasonerBatch& batch, const RunOptions& options) const {
  Active active;
  active.items.resize(static_cast<size_t>(batch.questions.vectors.size(0)));
  std::iota(active.items.begin(), active.items.end(), size_t{0});
  const MountedRows* mounted = options.mounted;
  active.memory = mounted == nullptr
                      ? reader().Prepare(batch.rows)
                      : reader().Prepare(batch.rows, &mounted->store(), mounted->SlotsOf(options.without));
  active.context = controller_.Begin(batch.questions, batch.rows, active.memory);
  active.state = controller_.FirstState(active.context);
  return active;
}

Reasoner::Judged Reasoner::Judge(const Candidates& words, const RunOptions& options, int64_t loop, bool judges,
                                 Active& active) const {
  const at::Tensor slots = Slots(active.state, active.context.layout), said = Say(slots);
  Judged judged = {Speak(said, words, options.choices), {}};
  Spoken& spoken = judged.spoken;
  if (!judges && !options.watch) return judged;
  const at::Tensor features =
      active.seen.After({slots, said, active.context.layout.words.Of(active.state),
                         active.context.word_mask.squeeze(-1), spoken.texts, spoken.probabilities});
  if (options.watch) options.watch({loop, features, spoken.texts, spoken.probabilities});
  if (judges) {
    spoken.probabilities = halt_head_.right(features);
    if (options.halting.automatic) judged.settled = halt_head_.settled(features);
  }
  return judged;
}

ReasonerAnswers Reasoner::Run(const ReasonerBatch& batch, const RunOptions& options) const {
  torch::NoGradGuard no_grad;
  const auto count = static_cast<size_t>(batch.questions.vectors.size(0));
  const MountedRows* mounted = options.mounted;
  ReasonerAnswers answers(count);
  if (options.traces != nullptr) options.traces->assign(count, Trace());
  const bool judges = halt_head_.is_fitted() && options.choices.empty();
  std::vector<HaltingTracker> trackers(count, HaltingTracker(options.halting));

  std::shared_lock<std::shared_mutex> lock;
  if (mounted != nullptr) lock = mounted->Lock();
  Active active = Start(batch, options);
  const int64_t top_k = ChosenTopK(batch, options, active.memory), last = options.halting.loops;
  CandidateWords words = Words(static_cast<int64_t>(count));
  AddWords(batch, options.choices, words);
  const bool looks_on = options.traces != nullptr || options.watch != nullptr;
  const bool may_leave = options.halting.automatic && !looks_on && mounted == nullptr && options.choices.empty();
  for (int64_t loop = 1; loop <= last; ++loop) {
    ReadResult result;
    // Traces, candidates from mounted rows and the halt head need the words' states too: then the last loop updates
    // all positions, as the others do.
    const bool only_slots = loop == last && !looks_on && !judges && mounted == nullptr;
    active.state = controller_.Loop(active.context, active.memory, active.state, top_k, &result, only_slots);
    // A word once read stays a candidate: the slots may hold it while later loops read something else.
    if (result.mounted_rows.defined()) mounted->AddReadWords(result.mounted_weights, result.mounted_rows, words);
    // A judgement goes by what changed from loop to loop.
    if (!options.halting.automatic && !looks_on && loop < last - (judges ? HaltFeatures::kLoopsCompared : 0)) continue;
    const Judged judged = Judge(Of(words.Get(), active.items), options, loop, judges, active);
    std::vector<int64_t> going_on;
    for (size_t place = 0; place < active.items.size(); ++place) {
      const size_t i = active.items[place];
      if (answers.halted[i]) continue;
      answers.texts[i] = judged.spoken.texts[place];
      answers.probabilities[i] = judged.spoken.probabilities[place];
      answers.loops[i] = loop;
      if (options.traces != nullptr) {
        const size_t list = options.facts->size() == 1 ? 0 : i;
        const auto index = static_cast<int64_t>(i);
        std::vector<ReadRecord> reads = Reads(result, index, active.context.present.select(0, index), loop,
                                              batch.fact_of_row[list], (*options.facts)[list], mounted);
        (*options.traces)[i].steps.push_back({loop, std::move(reads), answers.texts[i], answers.probabilities[i]});
      }
      answers.halted[i] = judges ? !judged.settled.empty() && halt_head_.StopsAt(judged.settled[place])
                                 : trackers[i].Settled(answers.texts[i], answers.probabilities[i]);
      if (!answers.halted[i]) going_on.push_back(static_cast<int64_t>(place));
    }
    if (going_on.empty()) break;
    const auto staying = static_cast<double>(active.items.size()) * (1 - kWorthLeaving);
    if (may_leave && static_cast<double>(going_on.size()) <= staying) active.Keep(going_on);
  }
  for (size_t i = 0; options.traces != nullptr && i < count; ++i) {
    (*options.traces)[i].answer = answers.texts[i];
    (*options.traces)[i].halted = answers.halted[i];
  }
  return answers;
}

}  // namespace trivium
