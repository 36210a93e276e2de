// What all families share: verdicts, twins, held-out items, shuffling.
#include "stage2_reasoning/tasks/task.h"

#include <algorithm>

#include "core/base/nearest.h"
#include "core/text/sentences.h"

namespace trivium {
namespace {

// Null for tasks of the user's own.
const TaskFamily* FamilyNamed(const std::string& name) {
  for (const auto& family : AllTaskFamilies()) {
    if (family->name() == name) return family.get();
  }
  return nullptr;
}

}  // namespace

bool Accepts(const Item& item, const std::string& answer) {
  if (std::find(item.answers.begin(), item.answers.end(), answer) != item.answers.end()) return true;
  if (item.meta.value("any_order", nlohmann::json()) != true) return false;
  const std::vector<std::string> words = SplitWords(answer);
  return std::any_of(item.answers.begin(), item.answers.end(), [&](const std::string& accepted) {
    const std::vector<std::string> right = SplitWords(accepted);
    return std::is_permutation(right.begin(), right.end(), words.begin(), words.end());
  });
}

std::vector<std::string> FactValues(const Item& item) {
  std::vector<std::string> values;
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> words = SplitWords(fact);
    if (words.size() < 2) continue;
    const std::string& value = words[words.size() - 2];
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values;
}

bool TaskFamily::Verify(const Item& item, const std::string& answer) const { return Accepts(item, answer); }

std::vector<std::string> TaskFamily::Guesses(const Item& item) const { return FactValues(item); }

std::vector<std::string> Guesses(const Item& item) {
  if (const TaskFamily* family = FamilyNamed(item.task); family != nullptr) return family->Guesses(item);
  if (item.answer == "yes" || item.answer == "no") return {"yes", "no"};
  return FactValues(item);
}

bool Verify(const Item& item, const std::string& answer) {
  const TaskFamily* family = FamilyNamed(item.task);
  return family != nullptr ? family->Verify(item, answer) : Accepts(item, answer);
}

bool MakeTwin(const TaskFamily& family, const Item& item, Rng& rng, Item* twin) {
  constexpr int kTries = 8;
  if (item.support.empty()) return false;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    Item changed = item;
    std::string& fact = changed.facts[static_cast<size_t>(rng.Pick(item.support))];
    std::vector<std::string> words = SplitWords(fact);
    if (words.size() < 3) continue;
    std::string& last = words[words.size() - 2];
    const std::vector<std::string> others = family.Alternatives(last, item);
    if (others.empty()) continue;
    last = rng.Pick(others);
    fact = JoinWords(words);
    const size_t twice = fact.find(" not not ");
    if (twice != std::string::npos) fact.erase(twice, 8);  // denied twice: asserted
    changed.answers = family.Solve(changed.facts, changed.question);
    if (changed.answers.size() != 1 || changed.answers[0] == item.answer) continue;
    changed.answer = changed.answers[0];
    changed.id += "-twin";
    changed.support.clear();  // the derivation may run through other facts now
    *twin = std::move(changed);
    return true;
  }
  return false;
}

absl::StatusOr<const TaskFamily*> FindTaskFamily(const std::string& name) {
  if (const TaskFamily* family = FamilyNamed(name); family != nullptr) return family;
  std::vector<std::string> names;
  for (const auto& family : AllTaskFamilies()) names.push_back(family->name());
  const std::string nearest = Nearest(name, names);
  std::string known;
  for (const std::string& n : names) known += (known.empty() ? "" : ", ") + n;
  return UsageError("unknown task family '" + name + "'" +
                    (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") + " Known families: " + known);
}

std::vector<Item> HeldOutItems(const TaskFamily& family, int64_t n, SeedTree seeds, const GenerateOptions& options) {
  std::vector<Item> items;
  items.reserve(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    Rng rng = seeds.Child(static_cast<uint64_t>(i)).MakeRng();
    items.push_back(family.Generate(rng, options));
    items.back().id = family.name() + "-" + std::to_string(options.depth) + "-" + std::to_string(i);
  }
  return items;
}

void SpellItem(Item& item, const Spelling& spelling, bool in_place,
               const std::function<bool(const std::string&)>& is_mounted) {
  for (std::string& fact : item.facts) fact = SpellFact(fact, spelling);
  item.question = PartOwners(SpellQuestion(item.question, spelling), [&](const std::string& word) {
    const auto has_word = [&](const std::string& fact) { return HasWord(fact, word); };
    return (is_mounted && is_mounted(word)) || std::any_of(item.facts.begin(), item.facts.end(), has_word);
  });
  if (in_place) item.question = QuestionInPlace(item.question);
  item.answer = SpellWords(item.answer, spelling);
  for (std::string& answer : item.answers) answer = SpellWords(answer, spelling);
}

void DropNeededFact(Item& item, Rng& rng) {
  const int64_t fact = rng.Pick(item.support);
  item.facts.erase(item.facts.begin() + fact);
  if (!item.confidences.empty()) item.confidences.erase(item.confidences.begin() + fact);
  item.support.clear();
  item.answer = kUnknown;
}

void ShuffleFacts(Item& item, Rng& rng) {
  std::vector<size_t> order(item.facts.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  rng.Shuffle(order);
  std::vector<std::string> facts(order.size());
  const std::vector<double> confidences = item.confidences;
  std::vector<int64_t> where(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    facts[i] = std::move(item.facts[order[i]]);
    if (!confidences.empty()) item.confidences[i] = confidences[order[i]];
    where[order[i]] = static_cast<int64_t>(i);
  }
  item.facts = std::move(facts);
  for (int64_t& s : item.support) s = where[static_cast<size_t>(s)];
  std::sort(item.support.begin(), item.support.end());
}

}  // namespace trivium
