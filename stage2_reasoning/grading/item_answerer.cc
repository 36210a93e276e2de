// See item_answerer.h.
#include "stage2_reasoning/grading/item_answerer.h"

#include <algorithm>

#include "stage2_reasoning/games/game.h"
#include "stage2_reasoning/tasks/derivation.h"

namespace trivium {
namespace {

// The item's facts, or those that all items share.
std::vector<std::string> ReadableFacts(const Item& item, const GradeOptions& options) {
  if (options.shared_facts == nullptr) return item.facts;
  std::vector<std::string> facts;
  for (const Fact& fact : *options.shared_facts) facts.push_back(fact.text);
  return facts;
}

// Every right answer, a game's best moves among them.
absl::StatusOr<std::vector<std::string>> SolveItem(const Item& item, const std::vector<std::string>& facts) {
  const absl::StatusOr<const TaskFamily*> family = FindTaskFamily(item.task);
  if (family.ok()) return (*family)->Solve(facts, item.question);
  for (const std::unique_ptr<GameFamily>& game : AllGames()) {
    if (game->name() == item.task) return game->Solve(facts, item.question);
  }
  return family.status();
}

}  // namespace

absl::StatusOr<std::vector<ItemAnswer>> SolverAnswerer::AnswerItems(const std::vector<Item>& items,
                                                                    const GradeOptions& options) const {
  std::vector<ItemAnswer> answers;
  for (size_t i = 0; i < items.size(); ++i) {
    ASSIGN_OR_RETURN(std::vector<std::string> right, SolveItem(items[i], ReadableFacts(items[i], options)));
    if (!options.choices.empty()) {
      const std::vector<std::string>& choices = options.choices[i];
      const auto follows = [&](const std::string& choice) {
        return std::find(right.begin(), right.end(), choice) != right.end();
      };
      const auto found = std::find_if(choices.begin(), choices.end(), follows);
      right.assign(choices.begin(), choices.begin() + (choices.empty() ? 0 : 1));
      if (found != choices.end()) right = {*found};
    }
    answers.push_back({right.empty() ? kUnknown : right.front()});
  }
  return answers;
}

absl::StatusOr<std::vector<ItemAnswer>> RandomAnswerer::AnswerItems(const std::vector<Item>& items,
                                                                    const GradeOptions& options) const {
  std::vector<ItemAnswer> answers;
  for (size_t i = 0; i < items.size(); ++i) {
    Rng rng = SeedTree(seed_).Child(i).MakeRng();
    Item read = items[i];
    read.facts = ReadableFacts(items[i], options);
    read.confidences.clear();  // a guesser knows what there is, not how sure it is
    const std::vector<std::string> choices = options.choices.empty() ? Guesses(read) : options.choices[i];
    if (choices.empty()) {
      answers.push_back({kUnknown});
    } else {
      answers.push_back({rng.Pick(choices), 1 / static_cast<double>(choices.size())});
    }
  }
  return answers;
}

}  // namespace trivium
