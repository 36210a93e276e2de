// See evaluation.h: items in batches, verdicts by the family's own verifier.
#include "stage2_reasoning/evaluation.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <map>

#include "core/text/lexicon.h"
#include "stage2_reasoning/tasks/coined_names.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

constexpr size_t kBatchItems = 100;
constexpr size_t kCoinedNames = 24;  // to draw an item's from
constexpr int64_t kWorldPeople = 40, kWorldRelations = 3, kWorldQuestions = 200;

// A floor for a mixed file: the share of the commonest answer.
double MajorityFloor(const std::vector<Item>& items) {
  std::map<std::string, int64_t> counts;
  int64_t most = 0;
  for (const Item& item : items) most = std::max(most, ++counts[item.answer]);
  return static_cast<double>(most) / static_cast<double>(items.size());
}

std::vector<int64_t> GradedDepths(const TaskFamily& family, int64_t extra) {
  std::vector<int64_t> depths = family.training_depths();
  const int64_t last = depths.back();
  if (family.name() == "lookup") return depths;  // has no depth
  for (int64_t i = 1; i <= extra; ++i) depths.push_back(last + i);
  return depths;
}

GenerateOptions OptionsFor(const SuiteOptions& suite, int64_t depth, const std::vector<std::string>& names) {
  GenerateOptions options;
  options.depth = depth;
  options.names = &names;
  options.min_facts = suite.min_facts;
  options.max_facts = suite.max_facts;
  return options;
}

// Like HeldOutItems, each over names of its own.
std::vector<Item> CoinedItems(const TaskFamily& family, int64_t count, const SeedTree& seeds, GenerateOptions options) {
  std::vector<Item> items;
  for (int64_t i = 0; i < count; ++i) {
    const SeedTree branch = seeds.Child(static_cast<uint64_t>(i));
    Rng rng = branch.Child("names").MakeRng();
    const std::vector<std::string> names = CoinNames(kCoinedNames, CoinedUse::kHeldOut, rng);
    options.names = &names;
    items.push_back(HeldOutItems(family, 1, branch, options)[0]);
    items.back().id = family.name() + "-" + std::to_string(options.depth) + "-coined-" + std::to_string(i);
  }
  return items;
}

absl::StatusOr<std::vector<Item>> RenderAll(const std::vector<Item>& items, const Rendering& rendering,
                                            const SeedTree& seeds) {
  std::vector<Item> said;
  for (size_t i = 0; i < items.size(); ++i) {
    Rng rng = seeds.Child(i).MakeRng();
    ASSIGN_OR_RETURN(Item item, Render(items[i], rendering, rng));
    said.push_back(std::move(item));
  }
  return said;
}

// Ways of wording that stage 2 has not met, by setting.
std::vector<std::pair<std::string, Rendering>> NewWordings(const Rendering& rendering) {
  constexpr auto kHeldOut = WordingUse::Part::kHeldOut, kTraining = WordingUse::Part::kTraining;
  if (rendering.wording != &EnglishWording()) return {};
  const WordingUse words{kHeldOut, kTraining}, templates{kTraining, kHeldOut}, both{kHeldOut, kHeldOut};
  const auto with = [&](const WordingUse& facts, const WordingUse& question) {
    return Rendering{rendering.wording, facts, question, rendering.canonical_facts};
  };
  return {{"new_words", with({}, words)},
          {"new_templates", with(templates, templates)},
          {"new_wording", with(templates, both)}};
}

// Accuracy over a mounted world at 1-3 hops.
absl::Status GradeWorld(const Reasoner& reasoner, const World& world, const std::string& setting, const SeedTree& seeds,
                        const Halting& halting, std::vector<ResultRow>& rows) {
  const std::vector<Fact> facts = FactsOf(world, setting);
  GradeOptions options;
  options.halting = halting;
  options.shared_facts = &facts;
  options.top_k = kTopRows;
  for (int64_t depth : {1, 2, 3}) {
    std::vector<Item> items;
    for (int64_t i = 0; i < kWorldQuestions; ++i) {
      Rng rng = seeds.Child(static_cast<uint64_t>(depth)).Child(static_cast<uint64_t>(i)).MakeRng();
      items.push_back(world.Ask(rng, depth));
    }
    ASSIGN_OR_RETURN(const Grade grade, GradeItems(reasoner, items, options));
    rows.push_back(MakeRow("relations", depth, setting, halting.ToString(), grade.num_correct(), kWorldQuestions,
                           1.0 / kWorldPeople));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Fact> FactsOf(const World& world, const std::string& shard) {
  std::vector<Fact> facts;
  for (const std::string& text : world.Facts()) {
    facts.push_back(MakeFact(text));
    facts.back().shard = shard;
  }
  return facts;
}

World MakeWorld(const std::vector<std::string>& names, const SeedTree& seeds) {
  Rng rng = seeds.MakeRng();
  const std::vector<std::string> relations = rng.Sample(EnglishLexicon().relations(), kWorldRelations);
  const std::vector<std::string> people = rng.Sample(names, kWorldPeople);
  return World::Random(people, relations, rng);
}

int64_t Grade::num_correct() const { return std::count(correct.begin(), correct.end(), true); }

double Grade::mean_loops() const {
  double sum = 0;
  for (int64_t l : loops) sum += static_cast<double>(l);
  return loops.empty() ? 0 : sum / static_cast<double>(loops.size());
}

absl::StatusOr<Grade> GradeItems(const Reasoner& reasoner, const std::vector<Item>& items,
                                 const GradeOptions& options) {
  Grade grade;
  MountedRows shared(reasoner.encoder(), reasoner.reader());
  if (options.shared_facts != nullptr) RETURN_IF_ERROR(shared.Update(*options.shared_facts).status());
  RunOptions run;
  run.mounted = options.shared_facts != nullptr ? &shared : options.mounted;
  run.choose_top_k = options.top_k == 0;
  run.halting = options.halting;
  run.top_k = options.top_k;
  if (!options.choices.empty()) run.choices = {options.choices};
  for (size_t begin = 0; begin < items.size(); begin += kBatchItems) {
    std::vector<Item> part(items.begin() + static_cast<int64_t>(begin),
                           items.begin() + static_cast<int64_t>(std::min(items.size(), begin + kBatchItems)));
    if (options.withhold_facts || options.shared_facts != nullptr) {
      for (Item& item : part) item.facts.clear();
    }
    ASSIGN_OR_RETURN(const ReasonerBatch batch, EncodeItems(reasoner.encoder(), part));
    const ReasonerAnswers answers = reasoner.Run(batch, run);
    for (size_t i = 0; i < part.size(); ++i) {
      grade.correct.push_back(Verify(part[i], answers.texts[i]));
      grade.answers.push_back(answers.texts[i]);
      grade.loops.push_back(answers.loops[i]);
    }
  }
  return grade;
}

absl::StatusOr<std::vector<ResultRow>> GradeSuite(const Reasoner& reasoner, const SuiteOptions& options) {
  std::vector<ResultRow> rows;
  const SeedTree seeds = SeedTree(options.seed).Child("held_out");
  const Lexicon& lexicon = EnglishLexicon();
  const std::string loops = options.halting.ToString();
  GradeOptions plain;
  plain.halting = options.halting;
  GradeOptions withheld = plain;
  withheld.withhold_facts = true;
  for (const std::string& name : options.families) {
    ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
    for (int64_t depth : GradedDepths(*family, options.extra_depths)) {
      const SeedTree branch = seeds.Child(name).Child(static_cast<uint64_t>(depth));
      const auto canonical = HeldOutItems(*family, options.items_per_cell, branch.Child("items"),
                                          OptionsFor(options, depth, lexicon.training_names()));
      // Says the items in a wording, has them answered and adds the row; gives back what was asked.
      const auto grade = [&](const std::string& setting, const std::vector<Item>& meant, const Rendering& rendering,
                             const SeedTree& wording) -> absl::StatusOr<std::vector<Item>> {
        ASSIGN_OR_RETURN(std::vector<Item> said, RenderAll(meant, rendering, wording));
        ASSIGN_OR_RETURN(const Grade graded, GradeItems(reasoner, said, plain));
        rows.push_back(
            MakeRow(name, depth, setting, loops, graded.num_correct(), options.items_per_cell, family->Floor()));
        return said;
      };
      ASSIGN_OR_RETURN(const auto items, grade("held_out", canonical, options.rendering, branch.Child("wording")));
      for (const auto& [setting, rendering] : NewWordings(options.rendering)) {
        RETURN_IF_ERROR(grade(setting, canonical, rendering, branch.Child(setting)).status());
      }
      if (options.new_names) {
        const GenerateOptions unmet = OptionsFor(options, depth, lexicon.held_out_names());
        const auto named = HeldOutItems(*family, options.items_per_cell, branch.Child("new_names"), unmet);
        const auto coined = CoinedItems(*family, options.items_per_cell, branch.Child("coined_names"), unmet);
        RETURN_IF_ERROR(grade("new_names", named, options.rendering, branch.Child("new_names_wording")).status());
        RETURN_IF_ERROR(
            grade("coined_names", coined, options.rendering, branch.Child("coined_names_wording")).status());
      }
      if (options.withheld) {
        // "unknown" would be the right thing to say; a forced choice shows what the weights know without the facts.
        withheld.choices.clear();
        for (const std::string& answer : family->Answers()) {
          withheld.choices.push_back(options.rendering.wording == nullptr
                                         ? answer
                                         : options.rendering.wording->WordsFor(answer, WordingUse::Part::kAll).front());
        }
        ASSIGN_OR_RETURN(const Grade blind, GradeItems(reasoner, items, withheld));
        rows.push_back(MakeRow(name, depth, "facts_withheld", loops, blind.num_correct(), options.items_per_cell,
                               family->Floor()));
      }
    }
  }
  if (options.games) {
    const std::unique_ptr<GameFamily> game = MakeGraphGame();
    for (int64_t depth : {1, 2, 3}) {
      std::vector<Item> items;
      double floor = 0;
      for (int64_t i = 0; i < options.items_per_cell; ++i) {
        Rng rng =
            seeds.Child(game->name()).Child(static_cast<uint64_t>(depth)).Child(static_cast<uint64_t>(i)).MakeRng();
        items.push_back(game->Generate(rng, depth));
        floor += game->LegalRandomFloor(items.back()) / static_cast<double>(options.items_per_cell);
      }
      ASSIGN_OR_RETURN(const Grade grade, GradeItems(reasoner, items, plain));
      rows.push_back(
          MakeRow(game->name(), depth, "graded_only", loops, grade.num_correct(), options.items_per_cell, floor));
    }
  }
  if (options.worlds) {
    const SeedTree worlds = SeedTree(options.seed).Child("worlds");
    const World first = MakeWorld(lexicon.training_names(), worlds.Child("first"));
    const World second = MakeWorld(lexicon.training_names(), worlds.Child("second"));
    const World third = MakeWorld(lexicon.held_out_names(), worlds.Child("third"));
    Rng rng = worlds.Child("coined_names").MakeRng();
    const World fourth = MakeWorld(CoinNames(kWorldPeople, CoinedUse::kHeldOut, rng), worlds.Child("fourth"));
    const SeedTree questions = worlds.Child("questions");
    RETURN_IF_ERROR(GradeWorld(reasoner, first, "world", questions, options.halting, rows));
    RETURN_IF_ERROR(GradeWorld(reasoner, second, "swapped_world", questions, options.halting, rows));
    RETURN_IF_ERROR(GradeWorld(reasoner, third, "swapped_world_new_names", questions, options.halting, rows));
    RETURN_IF_ERROR(GradeWorld(reasoner, fourth, "swapped_world_coined_names", questions, options.halting, rows));
  }
  return rows;
}

absl::StatusOr<std::vector<ResultRow>> LoopTable(const Reasoner& reasoner, const std::string& name,
                                                 const std::vector<int64_t>& depths, const std::vector<int64_t>& loops,
                                                 const SuiteOptions& options) {
  ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
  const SeedTree seeds = SeedTree(options.seed).Child("loop_table").Child(name);
  std::vector<ResultRow> rows;
  for (int64_t depth : depths) {
    const auto items = HeldOutItems(*family, options.items_per_cell, seeds.Child(static_cast<uint64_t>(depth)),
                                    OptionsFor(options, depth, EnglishLexicon().training_names()));
    for (int64_t count : loops) {
      GradeOptions grade_options;
      grade_options.halting.loops = count;
      ASSIGN_OR_RETURN(const Grade grade, GradeItems(reasoner, items, grade_options));
      rows.push_back(MakeRow(name, depth, "loops", std::to_string(count), grade.num_correct(), options.items_per_cell,
                             family->Floor()));
    }
  }
  return rows;
}

absl::StatusOr<std::vector<ResultRow>> GradeFile(const Reasoner& reasoner, const std::vector<Item>& items,
                                                 const GradeOptions& options, Grade* grade) {
  ASSIGN_OR_RETURN(*grade, GradeItems(reasoner, items, options));
  std::map<std::pair<std::string, int64_t>, std::vector<size_t>> cells;
  for (size_t i = 0; i < items.size(); ++i) cells[{items[i].task, items[i].depth}].push_back(i);
  std::vector<ResultRow> rows;
  for (const auto& [cell, members] : cells) {
    std::vector<Item> part;
    int64_t correct = 0;
    for (size_t i : members) {
      part.push_back(items[i]);
      correct += grade->correct[i];
    }
    rows.push_back(MakeRow(cell.first, cell.second, "items", options.halting.ToString(), correct,
                           static_cast<int64_t>(members.size()), MajorityFloor(part)));
  }
  return rows;
}

}  // namespace trivium
