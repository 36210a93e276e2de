// What a run of stage 2 is asked for, and what it costs: keys, defaults, the closed class, operations.
#include <algorithm>
#include <set>

#include "core/config/config_loader.h"
#include "core/config/key_table.h"
#include "core/nn/flops.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/training/reasoner_training.h"
#include "stage2_reasoning/training/rungs.h"

namespace trivium {

ReasonerTrainingConfig::ReasonerTrainingConfig() {
  train.steps = 3000;
  train.learning_rate = 3e-3;
  train.min_lr_ratio = 0.05;
  train.warmup_steps = 100;
  train.weight_decay = 0.05;
  train.ema_decay = 0.995;
  train.checkpoint_every = 400;
  train.log_every = 20;
}

absl::Status ReasonerTrainingConfig::Validate() const {
  RETURN_IF_ERROR(reasoner.Validate());
  RETURN_IF_ERROR(train.Validate());
  if (min_loops < 2 || max_loops < min_loops)
    return UsageError("train.min_loops must be at least 2 and train.max_loops not below it");
  if (thought_loss > 0 && !reasoner.thinking_facts)
    return UsageError(
        "train.thought_loss needs facts that think: set reasoner.thinking_facts=true, or the weight to 0");
  if (batch_items < 1) return UsageError("train.batch_items must be at least 1");
  if (data.min_facts > data.max_facts) return UsageError("data.min_facts must not exceed data.max_facts");
  RETURN_IF_ERROR(ParseRungs(rungs).status());
  if (data.families.empty() && rungs.empty() && data.items.empty())
    return UsageError("data.families is empty and data.items names no file: nothing to train on");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, ReasonerTrainingConfig& config) {
  table.Add("seed", &config.seed, {.help = "Root of all randomness.", .min = 0});
  AddKeys(table, config.data);
  AddKeys(table, "reasoner.", config.reasoner);
  table.Add("train.batch_items", &config.batch_items,
            {.help = "Items in a batch.", .unit = "items", .min = 1, .max = 65536});
  table.Add("train.min_loops", &config.min_loops, {.help = "Fewest taught loops of a step.", .min = 2, .max = 64});
  table.Add("train.max_loops", &config.max_loops, {.help = "Most taught loops of a step.", .min = 2, .max = 64});
  table.Add(
      "train.untracked_loops", &config.untracked_loops,
      {.help = "Most loops that go before the taught ones, in a quarter of the steps, without a gradient; 0: none.",
       .min = 0,
       .max = 256});
  table.Add("train.early_loss", &config.early_loss,
            {.help = "Weight of the loss at an earlier, random loop.", .min = 0, .max = 10});
  table.Add(
      "train.evaluate_items", &config.evaluate_items,
      {.help = "Held-out items graded of each family, depth and wording, every train.evaluate_every steps; 0: none.",
       .min = 0,
       .max = 100000});
  table.Add(
      "train.support_loss", &config.support_loss,
      {.help =
           "Weight of the loss for reading every needed fact in some loop, in steps without untracked ones; 0: off.",
       .min = 0,
       .max = 10});
  table.Add(
      "train.thought_loss", &config.thought_loss,
      {.help = "Weight of the loss on what each thinking fact's state should conclude, where the family knows it.",
       .min = 0,
       .max = 10});
  table.Add("train.rungs", &config.rungs,
            {.help = "Trained one after the other, each from the weights of the one before: families and steps, as "
                     "\"told_rules some_ways 2400\", in place of data.families and train.steps; empty: no rungs."});
  AddKeys(table, "train.", config.train);
}

double ReasonerFlops(const ReasonerConfig& config, int64_t vector_width, int64_t candidates, double words, double rows,
                     double facts, double loops) {
  const double e = static_cast<double>(vector_width), d = config.width > 0 ? static_cast<double>(config.width) : e;
  const double slots = static_cast<double>(config.answer_slots + config.scratch_slots), question = slots + words;
  const double n = question + facts;
  const double profile = static_cast<double>(2 * config.match_reach + 3),
               hidden = config.hidden > 0 ? static_cast<double>(config.hidden) : 1.5 * d;
  const double once = LinearFlops(rows, 3 * e, 3 * e) + LinearFlops(rows, 2 * e, d) + LinearFlops(words, 2 * e + d, d) +
                      LinearFlops(words, 3 * e, 3 * e) + 2 * words * rows * (3 * e + d) +
                      LinearFlops(n, d, 3 * d + 3 * e + d + 2 * hidden + d);  // what the input gives to every loop
  // A loop: what all positions do, and what only those do that are updated, in the last loop the slots.
  const double thoughts = LinearFlops(facts, d, 3 * e) + LinearFlops(facts, d, d);
  const double all = LinearFlops(n, d, 3 * d) + LinearFlops(question, d, d) + 2 * question * words * (d + profile) +
                     LinearFlops(question, profile, d) + thoughts;
  const auto updated = [&](double m) {
    return AttentionFlops(m, n, d, false) + LinearFlops(m, d, d) + LinearFlops(m, d, 3 * e) +
           2 * m * rows * (3 * e + d) + 2 * m * facts * (3 * e + d + 2 * rows) + LinearFlops(m, 3 * d, 2 * hidden + d) +
           LinearFlops(m, hidden, d);
  };
  return once + loops * all + (loops - 1) * updated(n) + updated(slots) +
         LinearFlops(static_cast<double>(config.answer_slots), e, static_cast<double>(candidates));
}

absl::StatusOr<ReasonerTrainingConfig> ParseTrainingConfig(const std::string& yaml) {
  ReasonerTrainingConfig config;
  if (yaml.empty()) return config;
  KeyTable table;
  AddKeys(table, config);
  const absl::Status loaded = LoadConfigText(table, yaml, "the pipeline's training.yaml");
  if (!loaded.ok()) return BadArtifact(Message(loaded));
  return config;
}

absl::Status CompleteClosedClass(const Spelling& spelling, ReasonerTrainingConfig& config) {
  ASSIGN_OR_RETURN(const ItemSource source, ItemSource::Create(config.data, spelling));
  std::vector<std::string>& words = config.reasoner.closed_class;
  std::set<std::string> known(words.begin(), words.end());
  const auto add = [&](const std::string& word) {
    if (known.insert(word).second) words.push_back(word);
  };
  for (const std::string& name : config.data.families) {
    ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
    for (const std::string& word : family->ClosedAnswers()) add(word);
  }
  if (const Wording* wording = source.rendering().wording; wording != nullptr) {
    for (const std::string& word : std::vector<std::string>(words)) {
      for (const std::string& other : wording->WordsFor(word, WordingUse::Part::kAll)) add(other);
    }
  }
  for (const Item& item : source.own()) {
    std::vector<std::string> own = SplitWords(item.question);
    for (const std::string& fact : item.facts) {
      for (std::string& word : SplitWords(fact)) own.push_back(std::move(word));
    }
    for (const std::string& answer : item.answers) {
      for (const std::string& word : SplitWords(answer)) {
        if (std::find(own.begin(), own.end(), word) == own.end()) add(word);
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace trivium
