// See suite_items.h.
#include "stage2_reasoning/grading/suite_items.h"

#include <algorithm>

#include "stage2_reasoning/tasks/coined_names.h"

namespace trivium {
namespace {

constexpr size_t kCoinedNames = 24;  // to draw an item's from

}  // namespace

std::vector<int64_t> GradedDepths(const TaskFamily& family, int64_t drawn, int64_t extra) {
  std::vector<int64_t> depths = family.training_depths();
  if (depths.size() == 1) return depths;
  const int64_t last = depths.back() + drawn;
  for (int64_t depth = last + (drawn > 0 ? 0 : 1); depth <= last + extra; ++depth) depths.push_back(depth);
  return depths;
}

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

std::vector<std::pair<std::string, Rendering>> NewWordings(const Rendering& rendering) {
  constexpr auto kHeldOut = WordingUse::Part::kHeldOut, kTraining = WordingUse::Part::kTraining;
  if (rendering.wording != &EnglishTaskWording()) return {};
  const WordingUse words{kHeldOut, kTraining}, templates{kTraining, kHeldOut}, both{kHeldOut, kHeldOut};
  const auto with = [&](const WordingUse& facts, const WordingUse& question) {
    return Rendering{rendering.wording, facts, question, rendering.canonical_facts};
  };
  return {{"new_words", with({}, words)},
          {"new_templates", with(templates, templates)},
          {"new_wording", with(templates, both)}};
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

std::vector<Item> Withhold(const std::vector<Item>& items, bool only_needed) {
  std::vector<Item> left;
  for (const Item& item : items) {
    if (item.support.empty()) continue;
    left.push_back(item);
    std::vector<std::string>& facts = left.back().facts;
    facts.clear();
    left.back().confidences.clear();
    for (size_t f = 0; only_needed && f < item.facts.size(); ++f) {
      if (std::count(item.support.begin(), item.support.end(), static_cast<int64_t>(f)) == 0) {
        facts.push_back(item.facts[f]);
        if (!item.confidences.empty()) left.back().confidences.push_back(item.confidences[f]);
      }
    }
    left.back().support.clear();
  }
  return left;
}

}  // namespace trivium
