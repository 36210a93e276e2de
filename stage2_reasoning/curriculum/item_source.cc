// See item_source.h.
#include "stage2_reasoning/curriculum/item_source.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/config/key_table.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/beliefs.h"
#include "stage2_reasoning/tasks/coined_names.h"
#include "stage2_reasoning/tasks/world.h"

namespace trivium {
namespace {

constexpr double kWorldsBegin = 0.25;  // of training: before, single facts are not read well yet
constexpr int64_t kLeastPeople = 10, kMostRelations = 4, kMostHops = 4;

constexpr size_t kNamesOfItem = 24;
constexpr int64_t kSampledItems = 4000;

// Accuracy of late at which a family's deepest training depth is mastered.
constexpr double kMastered = 0.9;

}  // namespace

absl::StatusOr<ItemSource> ItemSource::Create(const DataConfig& config, const Spelling& spelling) {
  ASSIGN_OR_RETURN(const Rendering rendering, FindRendering(config.wording));
  if (config.loose_share > 0 && rendering.wording != &EnglishTaskWording()) {
    return UsageError("data.loose_share needs data.wording: reworded or paraphrased, not '" + config.wording + "'");
  }
  std::vector<Cell> cells;
  std::vector<const TaskFamily*> families;
  for (const std::string& name : config.families) {
    ASSIGN_OR_RETURN(const TaskFamily* family, FindTaskFamily(name));
    int64_t rank = 0;
    for (int64_t depth : family->training_depths()) {
      cells.push_back({name, depth, rank++, family->Floor(), family->builds_on()});
      families.push_back(family);
    }
  }
  std::vector<Item> own;
  if (!config.items.empty()) {
    ASSIGN_OR_RETURN(own, ReadItems(config.items));
    for (Item& item : own) SpellItem(item, spelling, config.questions_in_place());
  }
  ASSIGN_OR_RETURN(Ordering ordering, Ordering::Create(config.order, std::move(cells)));
  return ItemSource(config, rendering, std::move(ordering), std::move(families), std::move(own));
}

ItemSource::ItemSource(const DataConfig& config, const Rendering& rendering, Ordering ordering,
                       std::vector<const TaskFamily*> families, std::vector<Item> own)
    : config_(config),
      rendering_(rendering),
      ordering_(std::move(ordering)),
      families_(std::move(families)),
      own_(std::move(own)),
      any_names_(EnglishLexicon().training_names()) {
  for (const char* category :
       {"thing", "animal", "place", "action", "feeling", "adverb", "adjective", "travel", "deed", "time"}) {
    const std::vector<std::string>& words = EnglishLexicon().Words(category);
    any_names_.insert(any_names_.end(), words.begin(), words.end());
  }
}

const std::vector<std::string>& ItemSource::DrawNames(Rng& rng, size_t most, std::vector<std::string>* made) const {
  if (rng.Chance(config_.coined_names)) {
    *made = CoinNames(most, CoinedUse::kTraining, rng);
    return *made;
  }
  if (config_.long_names == 0 || !rng.Chance(config_.long_names)) {
    return rng.Chance(config_.borrowed_names) ? any_names_ : EnglishLexicon().training_names();
  }
  // Among them some of one piece, as a reader meets them side by side.
  const auto any_word = [&] { return rng.Chance(0.5) ? CoinName(CoinedUse::kTraining, rng) : rng.Pick(any_names_); };
  std::set<std::string> names;
  while (names.size() < most) {
    std::string name = any_word();
    while (rng.Chance(0.35)) name += kNameJoin + any_word();
    names.insert(name);
  }
  made->assign(names.begin(), names.end());
  return *made;
}

absl::StatusOr<std::set<std::string>> ItemSource::Words(DataConfig config, const Spelling& spelling) {
  config.coined_names = config.long_names = config.world_share = 0;
  ASSIGN_OR_RETURN(const ItemSource source, Create(config, spelling));
  std::set<std::string> words;
  const auto add = [&](const Item& item, bool coins) {
    std::vector<std::string> sentences = item.facts;
    sentences.push_back(item.question);
    for (const std::string& sentence : sentences) {
      for (const std::string& word : SplitWords(sentence)) {
        if (!coins || !EnglishLexicon().CategoryOf(word).empty()) words.insert(word);
      }
    }
  };
  for (const Item& item : source.own()) add(item, false);
  for (const DrawnItem& drawn : source.DrawEvenly(SeedTree(1), kSampledItems)) {
    const absl::StatusOr<const TaskFamily*> family = FindTaskFamily(drawn.item.task);
    add(drawn.item, family.ok() && (*family)->own_words());
  }
  return words;
}

DrawnBatch ItemSource::Draw(const SeedTree& seeds, double progress, int64_t count) const {
  if (IsWorldStep(seeds, progress)) return DrawWorld(seeds, count);
  const CellSampler cells = ordering_.Sampler(progress);
  const auto choose = [&](Rng& rng) {
    const size_t cell = cells.Draw(rng);
    const bool deeper = rng.Chance(config_.deeper_share) && GoesDeeper(cell);
    return Choice{cell, deeper ? rng.Between(1, kDeeperSteps) : 0};
  };
  return {DrawItems(seeds, count, choose), {}};
}

std::vector<DrawnItem> ItemSource::DrawEvenly(const SeedTree& seeds, int64_t count) const {
  return DrawItems(seeds, count, [&](Rng& rng) {
    const auto cell = static_cast<size_t>(rng.Below(families_.size()));
    const int64_t depths = std::ssize(families_[cell]->training_depths());
    const int64_t deeper = rng.Between(1, depths + (depths > 1 ? config_.deeper_steps() : 0)) - depths;
    return Choice{cell, std::max<int64_t>(deeper, 0)};
  });
}

std::vector<DrawnItem> ItemSource::DrawItems(const SeedTree& seeds, int64_t count,
                                             const std::function<Choice(Rng&)>& choose) const {
  std::vector<DrawnItem> batch;
  for (uint64_t i = 0; static_cast<int64_t>(batch.size()) < count; ++i) {
    Rng rng = seeds.Child("item").Child(i).MakeRng();
    if (!own_.empty() && (families_.empty() || rng.Chance(config_.items_share))) {
      batch.push_back({rng.Pick(own_), -1});
      continue;
    }
    const auto [cell, deeper] = choose(rng);
    GenerateOptions options;
    options.depth = deeper > 0 ? families_[cell]->training_depths().back() + deeper : ordering_.cells()[cell].depth;
    std::vector<std::string> made;
    options.names = &DrawNames(rng, kNamesOfItem, &made);
    options.min_facts = config_.min_facts;
    options.max_facts = config_.max_facts;
    const double least = config_.unknown_share > 0 ? families_[cell]->LeastUnknownShare() : 0;
    options.unknown_share = std::max(config_.unknown_share, least);
    DrawnItem drawn{families_[cell]->Generate(rng, options), deeper > 0 ? -1 : static_cast<int64_t>(cell)};
    DrawnItem twin{Item(), drawn.cell};
    const bool has_twin = rng.Chance(config_.twin_share) && MakeTwin(*families_[cell], drawn.item, rng, &twin.item);
    drawn.item.conclusions = families_[cell]->Conclusions(drawn.item.facts);
    if (has_twin) twin.item.conclusions = families_[cell]->Conclusions(twin.item.facts);
    if (config_.rival_share > 0 && rng.Chance(config_.rival_share)) AddRival(*families_[cell], drawn.item, rng);
    // Generated items are always of forms that can be said again; a test goes through all families.
    const Rendering rendering = DrawRendering(rng);
    drawn.item = Render(drawn.item, rendering, rng).value();
    batch.push_back(std::move(drawn));
    if (!has_twin || static_cast<int64_t>(batch.size()) >= count) continue;
    twin.item = Render(twin.item, rendering, rng).value();
    batch.push_back(std::move(twin));
  }
  return batch;
}

bool ItemSource::GoesDeeper(size_t cell) const {
  const int64_t depths = std::ssize(families_[cell]->training_depths());
  const int64_t deepest = static_cast<int64_t>(cell) - ordering_.cells()[cell].rank + depths - 1;
  return depths > 1 && ordering_.accuracy(static_cast<size_t>(deepest)) >= kMastered;
}

Rendering ItemSource::DrawRendering(Rng& rng) const {
  const bool canonical = config_.canonical_share > 0 && rng.Chance(config_.canonical_share);
  if (canonical) return Rendering();
  Rendering rendering = rendering_;
  rendering.loose = config_.loose_share > 0 && rng.Chance(config_.loose_share);
  return rendering;
}

bool ItemSource::IsWorldStep(const SeedTree& seeds, double progress) const {
  const bool is_taught =
      std::find(config_.families.begin(), config_.families.end(), kWorldFamily) != config_.families.end();
  const bool is_sayable = rendering_.wording == nullptr || rendering_.canonical_facts;
  if (!is_taught || !is_sayable || progress < kWorldsBegin) return false;
  Rng rng = seeds.Child("is_world").MakeRng();
  const double generated = own_.empty() ? 1 : 1 - config_.items_share;
  return rng.Chance(config_.world_share * generated);
}

DrawnBatch ItemSource::DrawWorld(const SeedTree& seeds, int64_t count) const {
  Rng rng = seeds.Child("world").MakeRng();
  std::vector<std::string> made;
  const int64_t wanted = config_.world_facts / kMostRelations;
  const auto& names = DrawNames(rng, static_cast<size_t>(wanted), &made);
  const int64_t most_people = std::min(wanted, static_cast<int64_t>(names.size()));
  const auto people = static_cast<size_t>(rng.Between(kLeastPeople, most_people));
  const auto relation_count = static_cast<size_t>(rng.Between(1, kMostRelations));
  const std::vector<std::string> relations = rng.Sample(EnglishLexicon().relations(), relation_count);
  const World world = World::Random(rng.Sample(names, people), relations, rng, config_.world_gaps);
  DrawnBatch batch;
  batch.world = world.Facts();
  while (static_cast<int64_t>(batch.items.size()) < count) {
    const Item item = world.Ask(rng, rng.Between(1, kMostHops));
    batch.items.push_back({Render(item, DrawRendering(rng), rng).value(), -1});
  }
  return batch;
}

namespace {

void AddWordingKeys(KeyTable& table, DataConfig& config) {
  table.Add("data.wording", &config.wording,
            {.help = "How items are worded: canonical, reworded (synonyms and paraphrases), paraphrased (the questions "
                     "reworded, the facts canonical) or constructed.",
             .choices = {"canonical", "reworded", "paraphrased", "constructed"}});
  table.Add("data.canonical_share", &config.canonical_share,
            {.help = "Share of items that stay canonical whatever data.wording says.", .min = 0, .max = 1});
  table.Add("data.loose_share", &config.loose_share,
            {.help = "Share of the others whose questions about relations are put in words at random around the names "
                     "and relations, so that wordings never met are understood.",
             .min = 0,
             .max = 1});
}

}  // namespace

void AddKeys(KeyTable& table, DataConfig& config) {
  table.Add("data.families", &config.families, {.help = "Task families to train on, most general first."});
  std::vector<std::string> orders;
  for (const OrderStrategy& order : AllOrders()) orders.emplace_back(order.name);
  table.Add("data.order", &config.order, {.help = "How families and depths are drawn.", .choices = std::move(orders)});
  table.Add("data.items", &config.items, {.help = "JSONL file of your own items (see README), or empty."});
  table.Add("data.items_share", &config.items_share,
            {.help = "Share of your own items in a batch.", .min = 0, .max = 1});
  table.Add("data.min_facts", &config.min_facts, {.help = "Fewest facts of an item.", .min = 4, .max = 64});
  table.Add("data.max_facts", &config.max_facts, {.help = "Most facts of an item.", .min = 4, .max = 64});
  table.Add(
      "data.borrowed_names", &config.borrowed_names,
      {.help = "Share of items in which any content word may serve as a name, so that names are not learned by heart.",
       .min = 0,
       .max = 1});
  table.Add("data.coined_names", &config.coined_names,
            {.help = "Share of items and worlds over names made up for them, so that names are not learned by heart.",
             .min = 0,
             .max = 1});
  table.Add("data.long_names", &config.long_names,
            {.help = "Share of the other items and worlds over names of one or more words, some of them made up.",
             .min = 0,
             .max = 1});
  table.Add(
      "data.unknown_share", &config.unknown_share,
      {.help = "Share of items with a needed fact deleted; the answer is then 'unknown'. A family may ask for more.",
       .min = 0,
       .max = 0.5});
  table.Add("data.deeper_share", &config.deeper_share,
            {.help = "Share of items one to three steps deeper than their family's training depths, once "
                     "the deepest is mastered.",
             .min = 0,
             .max = 1});
  table.Add(
      "data.world_share", &config.world_share,
      {.help = "Share of steps whose items all ask about one mounted world of relation facts.", .min = 0, .max = 1});
  table.Add("data.world_facts", &config.world_facts,
            {.help = "Most facts of such a world.", .unit = "facts", .min = 40, .max = 10000});
  table.Add("data.world_gaps", &config.world_gaps,
            {.help = "Share of such a world's facts that are missing, so that some chains end 'unknown'.",
             .min = 0,
             .max = 0.5});
  table.Add("data.twin_share", &config.twin_share,
            {.help = "Share of items followed by a twin in which one needed fact, and so the answer, is another.",
             .min = 0,
             .max = 1});
  table.Add("data.rival_share", &config.rival_share,
            {.help = "Share of items with two facts that contradict each other, of which the more confident one is to "
                     "be followed.",
             .min = 0,
             .max = 1});
  AddWordingKeys(table, config);
}

}  // namespace trivium
