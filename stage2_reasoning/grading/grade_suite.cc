// See grade_suite.h: one branch of the seed tree a cell, so that no setting's items depend on which others are graded.
#include "stage2_reasoning/grading/grade_suite.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "core/text/lexicon.h"
#include "stage2_reasoning/games/game.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/floors.h"
#include "stage2_reasoning/grading/suite_items.h"
#include "stage2_reasoning/tasks/coined_names.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using Items = std::vector<Item>;

constexpr int64_t kWorlds = 5, kWorldPeople = 40, kWorldRelations = 3, kWorldQuestions = 100;
constexpr int64_t kFloorQuestions = 20;  // of each world: its facts stand in every question of the guessers

class Suite {
 public:
  Suite(const ItemAnswerer& answerer, const SuiteOptions& options) : answerer_(answerer), options_(options) {
    UseLoops(0);
  }

  // One cell: a family at a depth, in all settings.
  absl::Status GradeCell(const TaskFamily& family, int64_t depth, const SeedTree& seeds) {
    UseLoops(family.LoopsFor(depth));
    const Lexicon& lexicon = EnglishLexicon();
    const int64_t count = options_.items_per_cell;
    const GenerateOptions met = OptionsFor(options_, depth, lexicon.training_names());
    const Items canonical = HeldOutItems(family, count, seeds.Child("items"), met);
    ASSIGN_OR_RETURN(const Items items,
                     Say(family, depth, "held_out", canonical, options_.rendering, seeds.Child("wording")));
    if (!family.own_words()) {
      for (const auto& [setting, rendering] : NewWordings(options_.rendering)) {
        RETURN_IF_ERROR(Say(family, depth, setting, canonical, rendering, seeds.Child(setting)).status());
      }
    }
    if (options_.new_names) {
      const GenerateOptions unmet = OptionsFor(options_, depth, lexicon.held_out_names());
      const std::pair<std::string, Items> settings[] = {
          {"new_names", HeldOutItems(family, count, seeds.Child("new_names"), unmet)},
          {"coined_names", CoinedItems(family, count, seeds.Child("coined_names"), unmet)}};
      for (const auto& [setting, named] : settings) {
        RETURN_IF_ERROR(
            Say(family, depth, setting, named, options_.rendering, seeds.Child(setting + "_wording")).status());
      }
    }
    if (family.has_rule_sets()) {
      GenerateOptions rules = met;
      rules.held_out_rules = true;
      const Items unmet = HeldOutItems(family, count, seeds.Child("held_out_rules"), rules);
      RETURN_IF_ERROR(
          Say(family, depth, "held_out_rules", unmet, options_.rendering, seeds.Child("held_out_rules_wording"))
              .status());
    }
    if (!options_.withheld) return absl::OkStatus();
    RETURN_IF_ERROR(GradeWithheld(family, depth, canonical, items));
    if (family.closed_world()) return absl::OkStatus();
    GenerateOptions gone = met;
    gone.unknown_share = 1;
    ASSIGN_OR_RETURN(const Items said, RenderAll(HeldOutItems(family, count, seeds.Child("gone"), gone),
                                                 options_.rendering, seeds.Child("gone_wording")));
    ASSIGN_OR_RETURN(const Grade grade, GradeItems(answerer_, said, plain_));
    AddUnknownRow(family.name(), depth, "abstention", said, grade.answers, /*is_unknown=*/true);
    return absl::OkStatus();
  }

  absl::Status GradeGame(const GameFamily& game, const SeedTree& seeds) {
    UseLoops(0);
    for (int64_t depth : {1, 2, 3}) {
      Items items;
      Choices legal;
      for (int64_t i = 0; i < options_.items_per_cell; ++i) {
        Rng rng = seeds.Child(static_cast<uint64_t>(depth)).Child(static_cast<uint64_t>(i)).MakeRng();
        items.push_back(game.Generate(rng, depth));
        legal.push_back(game.LegalMoves(items.back().facts, items.back().question));
      }
      const Floors floors = MeasureFloors(items, legal);
      ASSIGN_OR_RETURN(const Grade free, GradeItems(answerer_, items, plain_));
      AddRow(game.name(), depth, "graded_only", free, floors);
      GradeOptions forced = plain_;
      forced.choices = legal;
      ASSIGN_OR_RETURN(const Grade among_legal, GradeItems(answerer_, items, forced));
      AddRow(game.name(), depth, "graded_only_legal", among_legal, floors);
    }
    return absl::OkStatus();
  }

  // Several worlds over the names that `names` gives for each: relations over one to three hops.
  template <class Names>
  absl::Status GradeWorlds(const std::string& setting, const SeedTree& seeds, const Names& names) {
    UseLoops(0);
    const int64_t questions = std::min(kWorldQuestions, options_.items_per_cell);
    const int64_t for_floors = std::min(kFloorQuestions, questions);
    std::map<int64_t, std::vector<int64_t>> correct;  // by depth, of each world
    std::map<int64_t, Items> asked;
    Choices people;
    for (int64_t w = 0; w < kWorlds; ++w) {
      const SeedTree branch = seeds.Child(static_cast<uint64_t>(w));
      const World world = MakeWorld(names(branch.Child("names")), branch);
      const std::vector<Fact> facts = FactsOf(world, setting);
      GradeOptions mounted = plain_;
      mounted.shared_facts = &facts;
      mounted.top_k = kTopRows;
      for (int64_t depth : {1, 2, 3}) {
        Items items;
        for (int64_t i = 0; i < questions; ++i) {
          Rng rng =
              branch.Child("questions").Child(static_cast<uint64_t>(depth)).Child(static_cast<uint64_t>(i)).MakeRng();
          items.push_back(world.Ask(rng, depth));
        }
        ASSIGN_OR_RETURN(const Grade grade, GradeItems(answerer_, items, mounted));
        correct[depth].push_back(grade.num_correct());
        items.resize(static_cast<size_t>(for_floors));
        for (Item& item : items) item.facts = world.Facts();
        asked[depth].insert(asked[depth].end(), items.begin(), items.end());
      }
      people.insert(people.end(), static_cast<size_t>(for_floors), world.people());
    }
    for (const auto& [depth, right] : correct) {
      rows_.push_back(
          MakeRowOfGroups(kWorldFamily, depth, setting, loops_, right, questions, MeasureFloors(asked[depth], people)));
    }
    return absl::OkStatus();
  }

  std::vector<ResultRow> rows() && { return std::move(rows_); }

 private:
  // needed: by what is graded next; 0 for the usual number.
  void UseLoops(int64_t needed) {
    plain_.halting = options_.halting;
    if (options_.more_loops && !plain_.halting.automatic) plain_.halting.loops = std::max(plain_.halting.loops, needed);
    loops_ = plain_.halting.ToString();
  }

  void AddRow(const std::string& family, int64_t depth, const std::string& setting, const Grade& grade,
              const Floors& floors) {
    rows_.push_back(MakeRow(family, depth, setting, loops_, grade.num_correct(),
                            static_cast<int64_t>(grade.correct.size()), floors));
  }

  // How often "unknown" was said of the items whose answer is or is not unknown.
  void AddUnknownRow(const std::string& family, int64_t depth, const std::string& setting, const Items& items,
                     const std::vector<std::string>& answers, bool is_unknown) {
    int64_t said = 0, count = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if ((items[i].answer == kUnknown) != is_unknown) continue;
      ++count;
      said += answers[i] == kUnknown;
    }
    rows_.push_back(MakeRow(family, depth, setting, loops_, said, count, 0.0));
  }

  // Says the items in a wording, has them answered and adds the row; gives back what was asked.
  absl::StatusOr<Items> Say(const TaskFamily& family, int64_t depth, const std::string& setting, const Items& meant,
                            const Rendering& rendering, const SeedTree& wording) {
    ASSIGN_OR_RETURN(Items said, RenderAll(meant, rendering, wording));
    ASSIGN_OR_RETURN(const Grade grade, GradeItems(answerer_, said, plain_));
    AddRow(family.name(), depth, setting, grade, MeasureFloors(meant));
    if (options_.withheld && setting == "held_out")
      AddUnknownRow(family.name(), depth, "false_unknown", said, grade.answers, false);
    return said;
  }

  // canonical: what `said` means, in the words that families know.
  absl::Status GradeWithheld(const TaskFamily& family, int64_t depth, const Items& canonical, const Items& said) {
    Choices candidates, choices;
    for (const Item& item : canonical) {
      if (item.support.empty()) continue;
      candidates.push_back(family.Guesses(item));
      choices.push_back(candidates.back());
      if (options_.rendering.wording == nullptr) continue;
      for (std::string& answer : choices.back()) {
        answer = options_.rendering.wording->WordsFor(answer, WordingUse::Part::kAll).front();
      }
    }
    for (bool only_needed : {false, true}) {
      GradeOptions forced = plain_;
      forced.choices = choices;
      const Items asked = Withhold(said, only_needed);
      if (asked.empty()) continue;
      ASSIGN_OR_RETURN(const Grade grade, GradeItems(answerer_, asked, forced));
      AddRow(family.name(), depth, only_needed ? "needed_withheld" : "facts_withheld", grade,
             MeasureFloors(Withhold(canonical, only_needed), candidates));
    }
    return absl::OkStatus();
  }

  const ItemAnswerer& answerer_;
  const SuiteOptions& options_;
  std::string loops_;
  GradeOptions plain_;
  std::vector<ResultRow> rows_;
};

}  // namespace

GenerateOptions OptionsFor(const SuiteOptions& suite, int64_t depth, const std::vector<std::string>& names) {
  GenerateOptions options;
  options.depth = depth;
  options.names = &names;
  options.min_facts = suite.min_facts;
  options.max_facts = suite.max_facts;
  return options;
}

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

absl::StatusOr<std::vector<ResultRow>> GradeSuite(const ItemAnswerer& answerer, const SuiteOptions& options) {
  const SeedTree seeds = SeedTree(options.seed).Child("held_out");
  Suite suite(answerer, options);
  for (const std::string& name : options.families) {
    ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
    for (int64_t depth : GradedDepths(*family, options.deeper_steps, options.extra_depths)) {
      RETURN_IF_ERROR(suite.GradeCell(*family, depth, seeds.Child(name).Child(static_cast<uint64_t>(depth))));
    }
  }
  if (options.games) {
    for (const std::unique_ptr<GameFamily>& game : AllGames()) {
      RETURN_IF_ERROR(suite.GradeGame(*game, seeds.Child(game->name())));
    }
  }
  if (options.worlds) {
    const SeedTree worlds = SeedTree(options.seed).Child("worlds");
    const auto lexicon_names = [](const SeedTree&) { return EnglishLexicon().training_names(); };
    const auto new_names = [](const SeedTree&) { return EnglishLexicon().held_out_names(); };
    const auto coined_names = [](const SeedTree& branch) {
      Rng rng = branch.MakeRng();
      return CoinNames(kWorldPeople, CoinedUse::kHeldOut, rng);
    };
    RETURN_IF_ERROR(suite.GradeWorlds("world", worlds.Child("first"), lexicon_names));
    RETURN_IF_ERROR(suite.GradeWorlds("swapped_world", worlds.Child("second"), lexicon_names));
    RETURN_IF_ERROR(suite.GradeWorlds("swapped_world_new_names", worlds.Child("third"), new_names));
    RETURN_IF_ERROR(suite.GradeWorlds("swapped_world_coined_names", worlds.Child("fourth"), coined_names));
  }
  return std::move(suite).rows();
}

absl::StatusOr<std::vector<ResultRow>> LoopTable(const ItemAnswerer& answerer, const std::string& name,
                                                 const std::vector<int64_t>& depths, const std::vector<int64_t>& loops,
                                                 const SuiteOptions& options) {
  ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
  const SeedTree seeds = SeedTree(options.seed).Child("loop_table").Child(name);
  std::vector<ResultRow> rows;
  for (int64_t depth : depths) {
    const Items items = HeldOutItems(*family, options.items_per_cell, seeds.Child(static_cast<uint64_t>(depth)),
                                     OptionsFor(options, depth, EnglishLexicon().training_names()));
    const Floors floors = MeasureFloors(items);
    for (int64_t count : loops) {
      GradeOptions grade_options;
      grade_options.halting.loops = count;
      ASSIGN_OR_RETURN(const Grade grade, GradeItems(answerer, items, grade_options));
      rows.push_back(
          MakeRow(name, depth, "loops", std::to_string(count), grade.num_correct(), options.items_per_cell, floors));
    }
  }
  return rows;
}

}  // namespace trivium
