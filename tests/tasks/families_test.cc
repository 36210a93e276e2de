// Every task family against a naive reasoner: one harness walks the explicit list, so a new family is tested by joining
// it.
#include <algorithm>
#include <set>

#include "core/text/sentences.h"
#include "tests/tasks/family_cells.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr int64_t kDrawn = 300;

std::vector<std::string> Without(std::vector<std::string> facts, int64_t index) {
  facts.erase(facts.begin() + index);
  return facts;
}

TEST_CASE("the answer is the solver's and a naive reasoner's, at exactly the stated depth", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    for (double unknown_share : {0.0, 0.4}) {
      for (const Item& item : CellItems(cell, kDrawn, unknown_share)) {
        INFO(ItemText(item));
        REQUIRE(item.task == cell.family->name());
        REQUIRE(item.depth == cell.depth);
        REQUIRE(item.answers == std::vector<std::string>{item.answer});
        REQUIRE(cell.family->Solve(item.facts, item.question) == item.answers);
        const Derivation naive = cell.family->Derive(item.facts, item.question);
        REQUIRE(naive.answer == item.answer);
        if (item.answer != kUnknown) REQUIRE(naive.steps == item.depth);
      }
    }
  }
}

TEST_CASE("the verifier accepts the answer and rejects mutants of it", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    for (const Item& item : CellItems(cell, kDrawn, 0.2)) {
      INFO(ItemText(item));
      REQUIRE(Verify(item, item.answer));
      std::vector<std::string> mutants = {"", item.answer + " ", " " + item.answer, item.answer + item.answer, "Yes"};
      for (const char* word : {"yes", "no", kUnknown}) mutants.push_back(word);
      for (const std::string& fact : item.facts) {
        for (const std::string& word : SplitWords(fact)) mutants.push_back(word);
      }
      for (const std::string& mutant : mutants) REQUIRE(Verify(item, mutant) == (mutant == item.answer));
    }
  }
}

TEST_CASE("an answer of many words may come in any order where the item says so", "[tasks]") {
  Item item;
  item.task = "mine";
  item.answer = "ada bob";
  item.answers = {"ada bob", "nobody"};
  REQUIRE_FALSE(Verify(item, "bob ada"));
  item.meta["any_order"] = true;
  for (const char* right : {"ada bob", "bob ada", "nobody"}) REQUIRE(Verify(item, right));
  for (const char* wrong : {"ada", "ada ada", "bob ada bob", ""}) REQUIRE_FALSE(Verify(item, wrong));
}

TEST_CASE("every support fact is needed and the support suffices", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    for (const Item& item : CellItems(cell, kDrawn, 0.2)) {
      INFO(ItemText(item));
      if (cell.family->closed_world()) {
        REQUIRE(item.support.empty());
        REQUIRE(item.answer != kUnknown);
        continue;
      }
      REQUIRE(item.support.empty() == (item.answer == kUnknown));
      if (item.support.empty()) continue;
      REQUIRE(std::ssize(item.support) == cell.family->SupportSize(item.depth));
      REQUIRE(std::is_sorted(item.support.begin(), item.support.end()));
      std::vector<std::string> needed;
      for (int64_t index : item.support) {
        needed.push_back(item.facts.at(static_cast<size_t>(index)));
        const std::vector<std::string> rest = Without(item.facts, index);
        REQUIRE(cell.family->Solve(rest, item.question) == std::vector<std::string>{kUnknown});
        REQUIRE(cell.family->Derive(rest, item.question).answer == kUnknown);
      }
      REQUIRE(cell.family->Solve(needed, item.question) == item.answers);
    }
  }
}

TEST_CASE("a twin differs in one needed fact and in the answer", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    Rng rng(3);
    int64_t twins = 0, derivable = 0;
    bool has_alternatives = false;
    for (const Item& item : CellItems(cell, kDrawn)) {
      has_alternatives = has_alternatives || !cell.family->Alternatives(item.answer, item).empty();
      Item twin;
      if (!MakeTwin(*cell.family, item, rng, &twin)) continue;
      INFO(ItemText(item) << "\n" << ItemText(twin));
      ++twins;
      derivable += twin.answer != kUnknown;
      REQUIRE(twin.id == item.id + "-twin");
      REQUIRE(twin.question == item.question);
      REQUIRE(twin.answer != item.answer);
      REQUIRE(cell.family->Derive(twin.facts, twin.question).answer == twin.answer);
      REQUIRE(twin.answers == std::vector<std::string>{twin.answer});
      std::vector<int64_t> changed;
      for (size_t i = 0; i < item.facts.size(); ++i) {
        if (item.facts[i] != twin.facts.at(i)) changed.push_back(static_cast<int64_t>(i));
      }
      REQUIRE(changed.size() == 1);
      REQUIRE(std::count(item.support.begin(), item.support.end(), changed[0]) == 1);
    }
    INFO(cell.text());
    if (!has_alternatives) {
      REQUIRE(twins == 0);
    } else {
      REQUIRE(twins >= kDrawn * 3 / 4);  // rules: an item whose answer is unknown has no support, hence no twin
      if (cell.trained) REQUIRE(derivable >= twins / 4);
    }
  }
}

TEST_CASE("names come from the given list only", "[tasks]") {
  const std::vector<std::string>& held_out = EnglishLexicon().held_out_names();
  const std::vector<std::string>& names = EnglishLexicon().Words("name");
  const std::set<std::string> all(names.begin(), names.end());
  const std::set<std::string> allowed(held_out.begin(), held_out.begin() + 20);
  const std::vector<std::string> few(allowed.begin(), allowed.end());
  for (const FamilyCell& cell : FamilyCells()) {
    const GenerateOptions options{cell.depth, &few};
    const std::vector<Item> items = HeldOutItems(*cell.family, kDrawn, SeedTree(2), options);
    REQUIRE(std::ssize(items) == kDrawn);
    for (const Item& item : items) {
      std::vector<std::string> sentences = item.facts;
      sentences.push_back(item.question);
      for (const std::string& sentence : sentences) {
        for (const std::string& word : SplitWords(sentence)) {
          if (allowed.count(word) == 0 && all.count(word) > 0) FAIL(word << " in " << ItemText(item));
        }
      }
    }
  }
}

TEST_CASE("items depend on seed and index only", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    INFO(cell.text());
    const std::vector<Item> items = CellItems(cell, 40, 0.1, 5), fewer = CellItems(cell, 10, 0.1, 5);
    const std::vector<Item> others = CellItems(cell, 40, 0.1, 6);
    std::set<std::string> distinct, ids;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i < fewer.size()) REQUIRE(ToJsonLine(items[i]) == ToJsonLine(fewer[i]));
      REQUIRE(items[i].facts != others[i].facts);
      distinct.insert(ItemText(items[i]));
      ids.insert(items[i].id);
    }
    REQUIRE(distinct.size() == items.size());
    REQUIRE(ids.size() == items.size());
  }
}

TEST_CASE("the number of facts follows the options", "[tasks]") {
  for (const FamilyCell& cell : FamilyCells()) {
    for (const auto& [fewest, most] : std::vector<std::pair<int64_t, int64_t>>{{8, 16}, {12, 14}, {16, 16}, {20, 40}}) {
      GenerateOptions options{cell.depth, &EnglishLexicon().training_names()};
      options.min_facts = fewest;
      options.max_facts = most;
      options.unknown_share = 0.3;
      for (const Item& item : HeldOutItems(*cell.family, 100, SeedTree(8), options)) {
        INFO(ItemText(item));
        const std::set<std::string> distinct(item.facts.begin(), item.facts.end());
        REQUIRE(distinct.size() == item.facts.size());
        if (!cell.trained) continue;
        REQUIRE(std::ssize(item.facts) >= fewest);
        REQUIRE(std::ssize(item.facts) <= most);
      }
    }
  }
}

TEST_CASE("solvers take any text without harm", "[tasks]") {
  const std::vector<std::string> odd = {"",
                                        " ",
                                        "?",
                                        ". . .",
                                        "is is is is is is",
                                        "if then",
                                        "if a b c then",
                                        "then if if",
                                        "if a b c d e f g then",
                                        "if x then y .",
                                        "from ada a way leads to ben .",
                                        "the of is",
                                        "the the of of a is is .",
                                        "a is than .",
                                        "not",
                                        "a is not .",
                                        std::string(1000, 'x'),
                                        std::string("\0 \xff\xfe ?", 6)};
  for (const FamilyCell& cell : FamilyCells()) {
    Rng rng(1);
    for (const Item& item : CellItems(cell, 100)) {
      for (const std::string& question : odd) {
        INFO(cell.text() << ": '" << question << "'");
        REQUIRE(cell.family->Solve(item.facts, question) == std::vector<std::string>{kUnknown});
        REQUIRE_FALSE(cell.family->Solve(odd, item.question).empty());
      }
      cell.family->Conclusions(odd);
      std::vector<std::string> facts = item.facts;
      for (std::string& fact : facts) {
        std::vector<std::string> words = SplitWords(fact);
        rng.Shuffle(words);
        words.resize(rng.Below(words.size() + 1));
        fact = JoinWords(words);
      }
      REQUIRE_FALSE(cell.family->Solve(facts, item.question).empty());
      cell.family->Conclusions(facts);
    }
  }
}

TEST_CASE("a family is found by name and a near name is suggested", "[tasks]") {
  for (const auto& family : AllTaskFamilies()) REQUIRE(FindTaskFamily(family->name()).value() == family.get());
  const absl::Status status = FindTaskFamily("relation").status();
  REQUIRE(ExitCode(status) == 2);
  REQUIRE(Message(status).find("did you mean 'relations'") != std::string::npos);
}

}  // namespace
}  // namespace trivium
