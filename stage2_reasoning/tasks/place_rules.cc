// Which way to take, or what a place is, by rules of several kinds, all stated as facts (rule_language.h): "if every
// way leads to a sad place then a place is kind ." and "any other place is sad ."; and of dead ends either "if no way
// leads on then a place is kind ." or of each what it is. But for the first two families sets of rules are kept out
// of training. Each family opens the next, since all sets at once do not begin (README of stage2_reasoning):
//   plain_rules   "ada is what ?" by rules on some way, dead ends told, kind and sad the two kinds in all items
//   told_rules    the same with two other kinds in each item
//   some_ways     "the sad place from ada is what ?" by rules on some way, dead ends told or by a rule
//   way_rules     the same by rules on some or every way
//   place_rules   "ada is what ?" by these
//   worded_rules  both in words of the item's own, half of them made up: "the sad zarkon from ada is what ?". The rules
//                 of any field have to be read so, since training cannot know their words.
//   composed_rules  the same by rules of one or two conditions, on some, every or no way to a place of one of up to
//                 three kinds, with "and" or "or": so many sets of rules that their parts have to be known
// What facts are to come to while training: of each way what the place that it leads to is. Tier 2, not among the
// default families. Closed world. Depth d: which place it is, is settled after 2d-2 or 2d-1 steps, what it is, after
// 2d-1 or 2d (training 1-3), in the first two after d (training 1-4). Solver: backward induction. Names of places are
// names. Floor: one of two or three; 1/2.
#include <algorithm>
#include <iterator>
#include <set>

#include "core/text/lexicon.h"
#include "stage2_reasoning/tasks/coined_names.h"
#include "stage2_reasoning/tasks/ruled_items.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

// Which rules: those on some way alone; those with told dead ends alone.
struct RuleWidth {
  bool some = false, told = false;
};

class RuledPlaces : public TaskFamily {
 public:
  bool by_default() const override { return false; }
  bool closed_world() const override { return true; }
  bool has_rule_sets() const override { return true; }
  std::vector<int64_t> training_depths() const override { return {1, 2, 3}; }
  int64_t LoopsFor(int64_t depth) const override { return kLoopsADepth * depth; }
  std::vector<std::string> Guesses(const Item& item) const override { return RuledGuesses(item); }
  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    return SolveRuled(facts, question);
  }
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    return PlayRuled(facts, question);
  }
  std::vector<std::string> Conclusions(const std::vector<std::string>& facts) const override {
    return RuledConclusions(facts);
  }
  std::vector<std::string> Alternatives(const std::string&, const Item&) const override {
    return {};  // a changed way changes the answer only where it matters, which no list of needed facts tells
  }

 protected:
  virtual const std::vector<RuleSet>& Sets(bool held_out) const {
    return held_out && has_rule_sets() ? HeldOutRuleSets() : TrainedRuleSets();
  }
  // One of those by which it can be asked.
  RuleSet DrawSet(const GenerateOptions& options, bool which, RuleWidth width, Rng& rng) const {
    const std::vector<RuleSet>& all = Sets(options.held_out_rules);
    std::vector<RuleSet> sets;
    const auto is_other = [](const WayCondition& condition) { return condition.quantifier != Quantifier::kSome; };
    std::copy_if(all.begin(), all.end(), std::back_inserter(sets), [&](const RuleSet& set) {
      return (!which || FitsWhich(set, options)) &&
             !(width.some && std::any_of(set.conditions.begin(), set.conditions.end(), is_other)) &&
             !(width.told && !set.told);
    });
    return rng.Pick(sets);
  }
};

struct PlaceRulesKind {
  std::string name, builds_on;
  RuleWidth width;
  bool which = false, plain = false;
};

class PlaceRulesFamily : public RuledPlaces {
 public:
  explicit PlaceRulesFamily(PlaceRulesKind kind) : kind_(std::move(kind)) {}
  std::string name() const override { return kind_.name; }
  std::string builds_on() const override { return kind_.builds_on; }
  double Floor() const override { return kind_.which ? 5.0 / 12 : 0.5; }
  bool has_rule_sets() const override { return !kind_.width.told; }  // none of told ends is kept out
  int64_t LoopsFor(int64_t depth) const override {
    return ByStep() ? (kLoopsADepth * depth + 1) / 2 : RuledPlaces::LoopsFor(depth);
  }
  std::vector<int64_t> training_depths() const override {
    return ByStep() ? std::vector<int64_t>{1, 2, 3, 4} : RuledPlaces::training_depths();
  }
  Derivation Derive(const std::vector<std::string>& facts, const std::string& question) const override {
    return PlayRuled(facts, question, ByStep() ? 1 : 2);
  }

  std::string EnglishForms() const override {
    return std::string(kPlaceForms) +
           "[form if_some]\nif some way leads to a $P place then a place is $L .\n"
           "* where some way leads to a $P place , a place is $L .\n"
           "[form if_every]\nif every way leads to a $P place then a place is $L .\n"
           "* where every way leads to a $P place , a place is $L .\n"
           "[form if_none]\nif no way leads on then a place is $L .\n* where no way leads on , a place is $L .\n" +
           kPlaceFromForm;
  }
  std::string ConstructedForms() const override {
    return std::string(kConstructedPlaceForms) +
           "[form if_some]\nte vojo wa $P , loko wa $L .\n[form if_every]\nte ali vojo wa $P , loko wa $L .\n"
           "[form if_none]\nte vojo zo , loko wa $L .\n" +
           kConstructedPlaceFromForm;
  }

  // Any attribute, since in other words an answer need not be said as the facts say it.
  std::vector<std::string> ClosedAnswers() const override { return EnglishLexicon().attributes(); }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const std::vector<std::string> kinds =
        kind_.plain ? std::vector<std::string>{"kind", "sad"} : rng.Sample(EnglishLexicon().attributes(), 2);
    const RuleSet set = DrawSet(options, kind_.which, kind_.width, rng);
    Item item = DrawRuledItem({{{kinds[0], kinds[1]}}, set, kind_.which, ByStep()}, options, rng);
    item.task = name();
    return item;
  }

 private:
  bool ByStep() const { return kind_.width.told; }

  PlaceRulesKind kind_;
};

class WordedRules : public RuledPlaces {
 public:
  // composed: by rules of one or two conditions.
  explicit WordedRules(bool composed) : composed_(composed) {}
  std::string name() const override { return composed_ ? "composed_rules" : "worded_rules"; }
  std::string builds_on() const override { return composed_ ? "worded_rules" : "place_rules"; }
  bool own_words() const override { return true; }
  double Floor() const override { return 11.0 / 24; }

  Item Generate(Rng& rng, const GenerateOptions& options) const override {
    const RuleWords words = DrawWords(*options.names, rng);
    const bool which = rng.Chance(0.5);
    const RuleSet set = DrawSet(options, which, {}, rng);
    Item item = DrawRuledItem({words, set, which}, options, rng);
    item.task = name();
    return item;
  }

 protected:
  const std::vector<RuleSet>& Sets(bool held_out) const override {
    if (!composed_) return RuledPlaces::Sets(held_out);
    return held_out ? HeldOutComposedRuleSets() : ComposedRuleSets();
  }

 private:
  // Half of the words are coined, the others are words of a like kind, as far as the lexicon has such that name no
  // place of the item.
  RuleWords DrawWords(const std::vector<std::string>& names, Rng& rng) const {
    const std::vector<std::string> of_kinds = {"attribute", "adjective"},
                                   of_things = {"place", "thing", "animal", "time"};
    std::vector<std::vector<std::string>> categories = {
        of_kinds, of_kinds, of_things, of_things, {"travel", "feeling"}};
    if (composed_) categories.push_back(of_kinds);
    std::vector<std::string> words = CoinNames(categories.size(), CoinedUse::kTraining, rng);
    std::set<std::string> taken(names.begin(), names.end());
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string& word = rng.Pick(EnglishLexicon().Words(rng.Pick(categories[i])));
      if (rng.Chance(0.5) && taken.insert(word).second) words[i] = word;
    }
    return {{words[0], words[1], composed_ ? words[5] : ""}, words[2], words[3], words[4]};
  }

  bool composed_;
};

}  // namespace

std::unique_ptr<TaskFamily> MakePlainRules() {
  return std::make_unique<PlaceRulesFamily>(PlaceRulesKind{"plain_rules", "told_ways", {true, true}, false, true});
}
std::unique_ptr<TaskFamily> MakeToldRules() {
  return std::make_unique<PlaceRulesFamily>(PlaceRulesKind{"told_rules", "plain_rules", {true, true}});
}
std::unique_ptr<TaskFamily> MakeSomeWays() {
  return std::make_unique<PlaceRulesFamily>(PlaceRulesKind{"some_ways", "told_rules", {true, false}, true});
}
std::unique_ptr<TaskFamily> MakeWayRules() {
  return std::make_unique<PlaceRulesFamily>(PlaceRulesKind{"way_rules", "some_ways", {}, true});
}
std::unique_ptr<TaskFamily> MakePlaceRules() {
  return std::make_unique<PlaceRulesFamily>(PlaceRulesKind{"place_rules", "way_rules", {}});
}
std::unique_ptr<TaskFamily> MakeWordedRules() { return std::make_unique<WordedRules>(false); }
std::unique_ptr<TaskFamily> MakeComposedRules() { return std::make_unique<WordedRules>(true); }

}  // namespace trivium
