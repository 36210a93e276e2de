// Worlds in the language of rules, each in words that training does not use so: what is read there has to be read by
// its rules.
#include "core/text/lexicon.h"
#include "stage2_reasoning/games/game.h"
#include "stage2_reasoning/tasks/ruled_items.h"

namespace trivium {
namespace {

// A workshop at depth 3 takes 18, with two lines of cuts.
constexpr int64_t kMostFacts = 20;

struct RuleWorldWords {
  std::string name;
  RuleWords words;
  std::vector<RuleSet> sets;  // one of them an item
  bool which = false;
  std::vector<std::string> categories;  // of the lexicon's words that name its places
};

class RuleWorld : public GameFamily {
 public:
  explicit RuleWorld(RuleWorldWords world) : world_(std::move(world)) {
    for (const std::string& category : world_.categories) {
      const std::vector<std::string>& words = EnglishLexicon().Words(category);
      names_.insert(names_.end(), words.begin(), words.end());
    }
  }
  std::string name() const override { return world_.name; }

  Item Generate(Rng& rng, int64_t depth) const override {
    GenerateOptions options{depth, &names_};
    options.max_facts = kMostFacts;
    const RuleSet& set = rng.Pick(world_.sets);
    Item item = DrawRuledItem({world_.words, set, world_.which && FitsWhich(set, options)}, options, rng);
    item.task = name();
    item.tier = 3;
    return item;
  }

  std::vector<std::string> Solve(const std::vector<std::string>& facts, const std::string& question) const override {
    return SolveRuled(facts, question);
  }

  std::vector<std::string> LegalMoves(const std::vector<std::string>& facts,
                                      const std::string& question) const override {
    Item item;
    item.facts = facts;
    item.question = question;
    return RuledGuesses(item);
  }

 private:
  RuleWorldWords world_;
  std::vector<std::string> names_;
};

}  // namespace

std::vector<std::unique_ptr<GameFamily>> MakeRuleWorlds() {
  const RuleSet some_told{{{Quantifier::kSome, kFirstKind}}, false, true};
  const RuleSet every_told{{{Quantifier::kEvery, kFirstKind}}, false, true};
  const RuleWords squares = {{"won", "beaten"}, "square", "move", "goes"};
  const std::vector<RuleWorldWords> worlds = {
      // "if some duty points to a banned deed then a deed is banned .", "carried is what ?"
      {"statutes",
       {{"banned", "lawful"}, "deed", "duty", "points"},
       {some_told, every_told},
       false,
       {"action", "deed"}},
      // "if every cut runs to a spoiled piece then a piece is spoiled .", "the sound piece from box is what ?"
      {"workshop", {{"spoiled", "sound"}, "piece", "cut", "runs"}, {every_told}, true, {"thing"}},
      // "if some move goes to a beaten square then a square is won .", "the beaten square from elm is what ?"
      {"rule_game", squares, {TrainedRuleSets()[0]}, true, {"square"}},
      {"misere_game", squares, {HeldOutRuleSets()[0]}, true, {"square"}},
      // By sets that are kept out of training: "if some clause refers to a refused claim and no clause refers to a void
      // claim then a claim is granted .", "mill is what ?"
      {"charter",
       {{"granted", "refused", "void"}, "claim", "clause", "refers"},
       HeldOutComposedRuleSets(),
       false,
       {"place"}}};
  std::vector<std::unique_ptr<GameFamily>> made;
  for (const RuleWorldWords& world : worlds) made.push_back(std::make_unique<RuleWorld>(world));
  return made;
}

const std::vector<std::unique_ptr<GameFamily>>& AllGames() {
  static const std::vector<std::unique_ptr<GameFamily>> kGames = [] {
    std::vector<std::unique_ptr<GameFamily>> games = MakeRuleWorlds();
    games.insert(games.begin(), MakeGraphGame());
    return games;
  }();
  return kGames;
}

}  // namespace trivium
