// The trainable of stage 2: draws items by the curriculum, splits them into shards, adds up the loss.
#include "stage2_reasoning/training/reasoner_training.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <map>

#include "core/base/sha256.h"
#include "core/train/data_parallel.h"
#include "core/train/trainer.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/grade_suite.h"
#include "stage2_reasoning/reasoner/reasoner.h"
#include "stage2_reasoning/training/draw_loops.h"
#include "stage2_reasoning/training/halt_training.h"

namespace trivium {
namespace {

// The halt head's samples: times the most loops that are taught, and batches: 2,560 items after a usual training, with
// two times eight loops each at least a hundred samples a weight.
constexpr int64_t kJudgedLoops = 2, kStepsAJudgedBatch = 50, kFewestJudged = 2, kMostJudged = 40;

// Shards per thread: more of them pad less, but make smaller operators.
constexpr int64_t kShards = 2;

// Own items that are checked at once.
constexpr int64_t kCheckedTogether = 64;

std::string ItemsSha256(const std::vector<Item>& items) {
  std::string lines;
  for (const Item& item : items) lines += ToJsonLine(item) + "\n";
  return Sha256Hex(lines);
}

// Whether all of these can be encoded and their answers said.
absl::Status CheckTogether(const Reasoner& reasoner, const std::vector<Item>& items) {
  CandidateWords words = reasoner.Words(std::ssize(items));
  for (size_t i = 0; i < items.size(); ++i) {
    std::vector<std::string> sentences = items[i].facts;
    sentences.push_back(items[i].question);
    for (const std::string& sentence : sentences) {
      RETURN_IF_ERROR(reasoner.encoder().Check(sentence));
      words.AddSentence(static_cast<int64_t>(i), sentence);
    }
  }
  return AnswerTargets(items, words.Get(), reasoner.config().answer_slots).status();
}

// Before training, so that a bad item is named there and then and not in the middle of it.
absl::Status CheckOwnItems(const Reasoner& reasoner, const std::vector<Item>& items) {
  for (auto begin = items.begin(); begin != items.end();) {
    const auto end = begin + std::min<int64_t>(kCheckedTogether, items.end() - begin);
    if (CheckTogether(reasoner, {begin, end}).ok()) {
      begin = end;
      continue;
    }
    for (; begin != end; ++begin) RETURN_IF_ERROR(Annotate(CheckTogether(reasoner, {*begin}), begin->where + ": "));
  }
  return absl::OkStatus();
}

class ReasonerTraining : public Trainable {
 public:
  static absl::StatusOr<std::unique_ptr<ReasonerTraining>> Create(const ReasonerTrainingConfig& config,
                                                                  Reasoner& reasoner) {
    RETURN_IF_ERROR(config.Validate());
    RETURN_IF_ERROR(reasoner.config().Validate());  // a width of 0 is now the frozen model's
    ASSIGN_OR_RETURN(ItemSource source, ItemSource::Create(config.data, reasoner.encoder().encoder().spelling()));
    RETURN_IF_ERROR(CheckOwnItems(reasoner, source.own()));
    return std::unique_ptr<ReasonerTraining>(new ReasonerTraining(config, reasoner, std::move(source)));
  }

  NamedTensors parameters() override { return reasoner_.Parameters(); }
  std::string unit_name() const override { return "items"; }
  nlohmann::json SaveState() const override {
    return {{"curriculum", source_.ordering().Save()},
            {"language_sha256", reasoner_.encoder().encoder().sha256()},
            {"items_sha256", ItemsSha256(source_.own())},
            {"network", Reasoner::kFormat},
            {"from", config_.from_sha256}};
  }
  absl::Status LoadState(const nlohmann::json& state) override {
    if (!state.contains("curriculum"))
      return BadArtifact("the checkpoint holds no curriculum state: it is not of stage 2");
    const nlohmann::json now = SaveState();
    for (const auto& [key, what] : {std::pair("language_sha256", "around another language model (--lm)"),
                                    std::pair("items_sha256", "with other items (data.items)"),
                                    std::pair("network", "by a version whose network computes otherwise")}) {
      if (!state.contains(key) || state[key] != now[key]) {
        return UsageError(std::string("cannot resume: the run was begun ") + what +
                          "; restore it, or begin a new run with another --out");
      }
    }
    if (state.value("from", "") != config_.from_sha256)
      return UsageError("cannot resume: the run was begun with other weights; give the same --from, or none");
    return source_.ordering().Load(state["curriculum"]);
  }

  // After the last step. More loops than are taught, so that the head knows answers that have stood for long; where
  // training goes on for longer, as far as --loops auto does.
  void FitJudgement() {
    const int64_t batches = std::clamp(config_.train.steps / kStepsAJudgedBatch, kFewestJudged, kMostJudged);
    const int64_t loops = std::max(kJudgedLoops * config_.max_loops,
                                   std::min(config_.max_loops + config_.untracked_loops, kMostAutomaticLoops));
    reasoner_.SetHaltHead(TrainHaltHead(reasoner_, source_, seeds_.Child("halting"), loops, batches));
  }

  // Learning curves: mean accuracy by setting, and by setting and family, on items of a branch of their own, so that
  // nothing is chosen by what is graded at the end.
  std::optional<Metrics> Evaluate(int64_t) override {
    if (config_.evaluate_items == 0 || config_.data.families.empty()) return std::nullopt;
    SuiteOptions suite;
    suite.families = config_.data.families;
    suite.items_per_cell = config_.evaluate_items;
    suite.extra_depths = 0;
    suite.seed = seeds_.Child("validation").seed();
    suite.min_facts = config_.data.min_facts;
    suite.max_facts = config_.data.max_facts;
    suite.halting.loops = config_.max_loops;
    suite.rendering = source_.rendering();
    suite.new_names = suite.withheld = suite.games = suite.worlds = false;
    const absl::StatusOr<std::vector<ResultRow>> rows = GradeSuite(ReasonerItems(reasoner_), suite);
    if (!rows.ok()) throw std::runtime_error(Message(rows.status()));
    std::map<std::string, std::pair<double, double>> sums;  // name -> accuracies, cells
    for (const ResultRow& row : *rows) {
      for (const std::string& name : {"held_out/" + row.setting, "held_out/" + row.setting + "/" + row.family}) {
        sums[name].first += row.accuracy;
        sums[name].second += 1;
      }
    }
    Metrics metrics;
    for (const auto& [name, sum] : sums) metrics.emplace_back(name, sum.first / sum.second);
    return metrics;
  }

  StepOutput Step(int64_t step) override {
    const SeedTree seeds = seeds_.Child("step").Child(static_cast<uint64_t>(step));
    const double progress = static_cast<double>(step) / static_cast<double>(config_.train.steps);
    DrawnBatch drawn = source_.Draw(seeds, progress, config_.batch_items);
    std::vector<DrawnItem>& batch = drawn.items;
    Rows world_rows;
    if (!drawn.world.empty()) {
      std::vector<Fact> facts;
      for (const std::string& text : drawn.world) facts.push_back(MakeFact(text));
      std::vector<int64_t> fact_of_row;
      world_rows = EncodeFacts(reasoner_.encoder(), facts, &fact_of_row).value();  // its sentences always encode
    }
    // Items of like length share a shard: less padding.
    std::stable_sort(batch.begin(), batch.end(), [](const DrawnItem& a, const DrawnItem& b) {
      return a.item.question.size() < b.item.question.size();
    });
    const LogitsOptions loops = DrawLoops(config_, step, seeds.Child("loops"));
    const auto count = static_cast<int64_t>(batch.size());
    // A GPU is asked for everything at once.
    const bool is_cpu = reasoner_.encoder().device().is_cpu();
    const int64_t threads = is_cpu ? std::max(1, at::get_num_threads()) : 1;
    const int64_t shards = is_cpu ? std::min(count, kShards * threads) : 1;
    const Candidates words = BatchWords(drawn);
    std::vector<ShardOutcome> outcomes(static_cast<size_t>(shards));
    const std::vector<double> losses = AccumulateGradients(parameters(), shards, threads, [&](int64_t shard) {
      const int64_t begin = ShardBegin(count, shards, shard), end = ShardBegin(count, shards, shard + 1);
      return ShardLoss(batch, drawn.world.empty() ? nullptr : &world_rows, words, begin, end, loops,
                       &outcomes[static_cast<size_t>(shard)]);
    });
    StepOutput output;
    double loss = 0;
    for (double part : losses) loss += part;
    output.loss = torch::tensor(loss);
    size_t index = 0, right = 0;
    for (const ShardOutcome& outcome : outcomes) {
      for (size_t i = 0; i < outcome.correct.size(); ++i, ++index) {
        const DrawnItem& answered = batch[index];
        right += outcome.correct[i];
        if (answered.cell < 0) continue;
        source_.ordering().Observe(static_cast<size_t>(answered.cell),
                                   {answered.item, outcome.correct[i], outcome.losses[i]});
      }
      output.flops += outcome.flops;
    }
    output.units = static_cast<double>(count);
    output.metrics.emplace_back("accuracy", static_cast<double>(right) / static_cast<double>(count));
    // Of late and of items that have an answer, unlike the batch's accuracy.
    for (size_t c = 0; c < source_.ordering().cells().size(); ++c) {
      const Cell& cell = source_.ordering().cells()[c];
      output.metrics.emplace_back("accuracy/" + cell.family + "-" + std::to_string(cell.depth),
                                  source_.ordering().accuracy(c));
    }
    return output;
  }

 private:
  // How a shard's items were answered.
  struct ShardOutcome {
    std::vector<bool> correct;
    std::vector<double> losses;  // nats
    double flops = 0;
  };

  ReasonerTraining(const ReasonerTrainingConfig& config, Reasoner& reasoner, ItemSource source)
      : config_(config),
        reasoner_(reasoner),
        source_(std::move(source)),
        seeds_(SeedTree(static_cast<uint64_t>(config.seed)).Child("stage2")) {}

  // What the loss's softmax runs over: all words of the batch, so that an item is told apart from more than its own
  // words, and none beside them. A word that training never meets must not become the wrong answer to everything.
  Candidates BatchWords(const DrawnBatch& batch) const {
    CandidateWords words = reasoner_.Words(1);
    for (const std::string& fact : batch.world) words.AddSentence(0, fact);
    for (const DrawnItem& drawn : batch.items) {
      for (const std::string& fact : drawn.item.facts) words.AddSentence(0, fact);
      words.AddSentence(0, drawn.item.question);
    }
    return words.Get();
  }

  // The share of the batch's loss that items [begin, end) make. Runs on a thread of its own.
  at::Tensor ShardLoss(const std::vector<DrawnItem>& batch, const Rows* world, const Candidates& candidates,
                       int64_t begin, int64_t end, LogitsOptions options, ShardOutcome* outcome) const {
    std::vector<Item> items;
    for (int64_t i = begin; i < end; ++i) {
      items.push_back(batch[static_cast<size_t>(i)].item);
      // Other wordings of a generated item's answer, some of them kept for grading, are accepted but not taught.
      if (items.back().where.empty()) items.back().answers = {items.back().answer};
    }
    absl::StatusOr<ReasonerBatch> encoded =
        world == nullptr ? EncodeItems(reasoner_.encoder(), items) : EncodeQuestions(reasoner_.encoder(), items);
    // Generated items always encode, and the user's were tried before training.
    if (!encoded.ok()) throw std::runtime_error(Message(encoded.status()));
    if (world != nullptr) encoded->rows = *world;
    const absl::StatusOr<at::Tensor> targets = AnswerTargets(items, candidates, reasoner_.config().answer_slots);
    if (!targets.ok()) throw std::runtime_error(Message(targets.status()));
    // What was needed may have been read before the tracked loops.
    if (config_.support_loss > 0 && options.untracked == 0) options.support = encoded->support;
    if (config_.thought_loss > 0) options.conclusions = ConclusionTargets(items, candidates);
    SideLosses side;
    const std::vector<at::Tensor> logits =
        reasoner_.Logits(encoded->questions, encoded->rows, candidates, options, &side);
    const at::Tensor asked = *targets != kNoTarget;
    const at::Tensor fits = (logits.back().argmax(-1).unsqueeze(1) == *targets).logical_or(~asked);
    const at::Tensor right = fits.all(2).logical_and(asked.any(2)).any(1).cpu();
    const at::Tensor item_losses = reasoner_.ItemLosses(logits.back(), *targets);
    const at::Tensor losses = item_losses.detach().cpu();
    for (int64_t i = 0; i < end - begin; ++i) {
      outcome->correct.push_back(right[i].item<bool>());
      outcome->losses.push_back(losses[i].item<double>());
    }
    const int64_t words = encoded->questions.vectors.size(1), rows = encoded->rows.keys.size(1);
    const bool think = reasoner_.config().thinking_facts && encoded->rows.last_row.defined();
    const int64_t facts = think ? encoded->rows.last_row.size(1) : 0;
    const auto flops = [&](int64_t loops) {
      return ReasonerFlops(reasoner_.config(), reasoner_.encoder().width(), candidates.size(),
                           static_cast<double>(words), static_cast<double>(rows), static_cast<double>(facts),
                           static_cast<double>(loops));
    };
    const int64_t tracked = options.loops.back();  // forward and, twice as dear, backward
    outcome->flops = static_cast<double>(end - begin) * (2 * flops(tracked) + flops(tracked + options.untracked));
    const double share = static_cast<double>(end - begin) / static_cast<double>(batch.size());
    at::Tensor loss = item_losses.mean() + config_.early_loss * reasoner_.Loss(logits.front(), *targets);
    if (side.support.defined()) loss = loss + config_.support_loss * side.support;
    if (side.thoughts.defined()) loss = loss + config_.thought_loss * side.thoughts;
    return loss * share;
  }

  const ReasonerTrainingConfig config_;
  Reasoner& reasoner_;
  ItemSource source_;
  SeedTree seeds_;
};

}  // namespace

absl::StatusOr<TrainSummary> TrainReasoner(const ReasonerTrainingConfig& config, const TextEncoder& encoder,
                                           Reasoner& reasoner, const TrainOptions& options) {
  RETURN_IF_ERROR(encoder.CheckUnchanged());
  RETURN_IF_ERROR(encoder.CheckNotAmong(reasoner.Parameters()));
  ASSIGN_OR_RETURN(const std::unique_ptr<ReasonerTraining> training, ReasonerTraining::Create(config, reasoner));
  ASSIGN_OR_RETURN(const TrainSummary summary, Train(*training, config.train, options));
  RETURN_IF_ERROR(encoder.CheckUnchanged());
  training->FitJudgement();
  return summary;
}

absl::StatusOr<TrainPlan> PlanReasonerTraining(const ReasonerTrainingConfig& config, const TextEncoder& encoder,
                                               Reasoner& reasoner, const TrainOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReasonerTraining> training, ReasonerTraining::Create(config, reasoner));
  return PlanTraining(*training, config.train, options);
}

}  // namespace trivium
