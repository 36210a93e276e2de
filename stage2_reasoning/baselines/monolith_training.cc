// See monolith_training.h.
#include "stage2_reasoning/baselines/monolith_training.h"

#include "core/nn/torch_pch.h"

#include <algorithm>

#include "core/config/key_table.h"
#include "core/nn/flops.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr int64_t kMostHops = 3, kHeads = 4, kMaxTokens = 64;
constexpr double kSentenceShare = 0.25;

class MonolithTraining : public Trainable {
 public:
  MonolithTraining(const MonolithConfig& config, const World& world, const Tokenizer& tokenizer, LanguageModel& model)
      : config_(config), world_(world), facts_(world.Facts()), tokenizer_(tokenizer), model_(model) {
    for (const std::string& name : EnglishLexicon().Words("name")) {
      const auto& people = world.people();
      if (std::find(people.begin(), people.end(), name) == people.end()) strangers_.push_back(name);
    }
  }

  NamedTensors parameters() override { return model_.Parameters(); }
  std::string unit_name() const override { return "items"; }

  StepOutput Step(int64_t step) override {
    Rng rng =
        SeedTree(static_cast<uint64_t>(config_.seed)).Child("monolith").Child(static_cast<uint64_t>(step)).MakeRng();
    std::vector<Completion> batch;
    while (static_cast<int64_t>(batch.size()) < config_.batch_items) batch.push_back(Draw(rng));
    const CompletionBatch encoded = EncodeCompletions(batch, tokenizer_, model_.config());
    StepOutput output;
    output.loss = model_.Loss(encoded.inputs, encoded.targets);
    output.units = static_cast<double>(batch.size());
    output.flops = encoded.flops;
    return output;
  }

 private:
  Completion Draw(Rng& rng) const {
    if (rng.Chance(kSentenceShare)) return {"", rng.Pick(facts_)};
    const int64_t hops = rng.Between(1, kMostHops);
    if (!strangers_.empty() && rng.Chance(config_.unknown_share)) {
      std::vector<std::string> path;
      for (int64_t i = 0; i < hops; ++i) path.push_back(rng.Pick(world_.relations()));
      return {RelationQuestion(path, rng.Pick(strangers_)), kUnknown};
    }
    const Item item = world_.Ask(rng, hops);
    return {item.question, item.answer};
  }

  const MonolithConfig config_;
  const World& world_;
  const std::vector<std::string> facts_;
  const Tokenizer& tokenizer_;
  LanguageModel& model_;
  std::vector<std::string> strangers_;
};

}  // namespace

MonolithConfig::MonolithConfig() {
  train.steps = 3000;
  train.learning_rate = 2e-3;
  train.min_lr_ratio = 0.05;
  train.warmup_steps = 100;
  train.weight_decay = 0.01;
  train.checkpoint_every = 500;
}

absl::Status MonolithConfig::Validate() const {
  RETURN_IF_ERROR(train.Validate());
  if (batch_items < 1) return UsageError("train.batch_items must be at least 1");
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, MonolithConfig& config) {
  table.Add("seed", &config.seed, {.help = "Root of all randomness.", .min = 0});
  table.Add(
      "monolith.weights", &config.weights,
      {.help = "Approximate number of weights; 0: as many as the pipeline's language model and reasoner together.",
       .min = 0});
  table.Add("monolith.layers", &config.layers, {.help = "Blocks.", .min = 1, .max = 64});
  table.Add("monolith.unknown_share", &config.unknown_share,
            {.help = "Share of training questions about people that the world does not know.", .min = 0, .max = 1});
  table.Add("monolith.edit_steps", &config.edit_steps,
            {.help = "Gradient steps of an edit at most; it ends once the new answer is given.", .min = 1});
  table.Add("train.batch_items", &config.batch_items, {.help = "Sentences and questions in a batch.", .min = 1});
  AddKeys(table, "train.", config.train);
}

LanguageConfig MonolithShape(const MonolithConfig& config, int64_t vocab) {
  LanguageConfig shape;
  shape.layers = config.layers;
  shape.heads = kHeads;
  shape.width = 2 * kHeads;
  shape.max_tokens = kMaxTokens;
  shape.embeddings = "tied";
  const auto weights = [&](const LanguageConfig& tried) { return CountWeights(tried.Llama(vocab)).total(); };
  for (LanguageConfig wider = shape; weights(wider) <= config.weights; wider.width += 2 * kHeads) shape = wider;
  // What is left goes into the feed-forward parts.
  const int64_t of_one_unit = 3 * shape.width * shape.layers, left = config.weights - weights(shape);
  shape.hidden = shape.Llama(vocab).hidden + std::max<int64_t>(0, left / of_one_unit);
  return shape;
}

CompletionBatch EncodeCompletions(const std::vector<Completion>& completions, const Tokenizer& tokenizer,
                                  const LlamaConfig& config) {
  std::vector<std::vector<int64_t>> inputs, targets;
  size_t longest = 0;
  for (const Completion& completion : completions) {
    std::vector<int64_t> ids = {tokenizer.bos()};
    const std::vector<int32_t> prompt = tokenizer.Encode(completion.prompt.empty() ? "" : " " + completion.prompt);
    ids.insert(ids.end(), prompt.begin(), prompt.end());
    const size_t begin = ids.size();
    for (int32_t id : tokenizer.Encode(" " + completion.text)) ids.push_back(id);
    ids.push_back(tokenizer.eos());
    std::vector<int64_t> wanted(ids.begin() + 1, ids.end());
    std::fill(wanted.begin(), wanted.begin() + static_cast<int64_t>(begin) - 1, -1);
    ids.pop_back();
    longest = std::max(longest, ids.size());
    inputs.push_back(std::move(ids));
    targets.push_back(std::move(wanted));
  }
  CompletionBatch batch;
  const auto items = static_cast<int64_t>(inputs.size()), tokens = static_cast<int64_t>(longest);
  std::vector<int64_t> in, out;
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].resize(longest, tokenizer.pad());
    targets[i].resize(longest, -1);
    in.insert(in.end(), inputs[i].begin(), inputs[i].end());
    out.insert(out.end(), targets[i].begin(), targets[i].end());
  }
  batch.inputs = torch::tensor(in).view({items, tokens});
  batch.targets = torch::tensor(out).view({items, tokens});
  batch.flops = static_cast<double>(items) * TrainingFlops(config, tokens);
  return batch;
}

absl::StatusOr<TrainSummary> TrainMonolith(const MonolithConfig& config, const World& world, const Tokenizer& tokenizer,
                                           LanguageModel& model, const TrainOptions& options) {
  RETURN_IF_ERROR(config.Validate());
  MonolithTraining task(config, world, tokenizer, model);
  return Train(task, config.train, options);
}

absl::StatusOr<TrainPlan> PlanMonolith(const MonolithConfig& config, const World& world, const Tokenizer& tokenizer,
                                       LanguageModel& model, const TrainOptions& options) {
  RETURN_IF_ERROR(config.Validate());
  MonolithTraining task(config, world, tokenizer, model);
  return PlanTraining(task, config.train, options);
}

}  // namespace trivium
