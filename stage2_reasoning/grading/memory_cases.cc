// See memory_cases.h: paths through the world as lists of relations, answers by walking them.
#include "stage2_reasoning/grading/memory_cases.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "core/text/wording.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {
namespace {

using Key = std::pair<std::string, std::string>;  // (relation, subject)
using Objects = std::map<Key, std::string>;

constexpr int64_t kFewRelations = 3, kUsualPeople = 40;
constexpr int64_t kParaphrases = 2, kChains = 2;
constexpr int64_t kSequenceOthers = 200;
constexpr int kTries = 60;  // to find a question of the kind wanted; a world of a few people may have none

struct Path {
  std::string start;
  std::vector<std::string> relations;  // innermost first
};

struct Walk {
  std::string answer;
  std::set<Key> passed;
};

Walk Follow(const Objects& objects, const Path& path) {
  Walk walk{path.start, {}};
  for (const std::string& relation : path.relations) {
    const auto it = objects.find({relation, walk.answer});
    if (it == objects.end()) {
      walk.answer = kUnknown;
      return walk;
    }
    walk.passed.insert(it->first);
    walk.answer = it->second;
  }
  return walk;
}

std::string Say(const Path& path) {
  return RelationQuestion({path.relations.rbegin(), path.relations.rend()}, path.start);
}

// A world as a map, with its facts by object for walking backwards.
class Facts {
 public:
  explicit Facts(const World& world) : people_(world.people()), relations_(world.relations()) {
    for (const std::string& relation : relations_) {
      for (const std::string& person : people_) {
        const std::string object = world.Object(relation, person);
        if (object.empty()) continue;
        objects_[{relation, person}] = object;
        by_object_[object].push_back({relation, person});
      }
    }
    for (const auto& [key, object] : objects_) keys_.push_back(key);
  }

  const Objects& objects() const { return objects_; }
  const std::vector<Key>& keys() const { return keys_; }
  const std::vector<std::string>& people() const { return people_; }

  Path RandomPath(Rng& rng, int64_t hops) const {
    Path path{rng.Pick(people_), {}};
    for (int64_t i = 0; i < hops; ++i) path.relations.push_back(rng.Pick(relations_));
    return path;
  }

  // A path of so many hops, one of which is `key`; false if nobody's fact leads back that far.
  bool PathThrough(const Key& key, int64_t hops, Rng& rng, Path* path) const {
    const int64_t place = rng.Between(0, hops - 1);
    path->start = key.second;
    path->relations = {key.first};
    for (int64_t i = 0; i < place; ++i) {
      const auto it = by_object_.find(path->start);
      if (it == by_object_.end()) return false;
      const Key& before = rng.Pick(it->second);
      path->start = before.second;
      path->relations.insert(path->relations.begin(), before.first);
    }
    while (static_cast<int64_t>(path->relations.size()) < hops) path->relations.push_back(rng.Pick(relations_));
    return true;
  }

  std::string OtherPerson(const Key& key, const std::string& object, Rng& rng) const {
    std::string other = object;
    while (other == object || (other == key.second && people_.size() > 2)) other = rng.Pick(people_);
    return other;
  }

 private:
  std::vector<std::string> people_, relations_;
  Objects objects_;
  std::map<std::string, std::vector<Key>> by_object_;
  std::vector<Key> keys_;
};

AuditChange ChangeOf(const Key& key, const std::string& before, const std::string& after) {
  AuditChange change;
  change.before = RelationFact(key.first, key.second, before);
  if (!after.empty()) change.after = RelationFact(key.first, key.second, after);
  change.question = RelationQuestion({key.first}, key.second);
  change.answer = after.empty() ? kUnknown : after;
  return change;
}

void AddParaphrases(const Key& key, AuditQuestion question, Rng& rng, std::vector<AuditQuestion>& questions) {
  const Wording& wording = EnglishWording();
  const std::string canonical = question.text;
  // The canonical question is always understood.
  const Sentence meaning = wording.Understand(canonical).value();
  for (const auto& [kind, part] : {std::pair(QuestionKind::kParaphrase, WordingUse::Part::kTraining),
                                   std::pair(QuestionKind::kNewParaphrase, WordingUse::Part::kHeldOut)}) {
    std::set<std::string> said = {canonical};
    for (int i = 0; i < kTries && static_cast<int64_t>(said.size()) <= kParaphrases; ++i) {
      question.text = wording.SayExactly(meaning, rng, part);
      question.kind = kind;
      if (said.insert(question.text).second) questions.push_back(question);
    }
  }
  std::vector<std::string> words = wording.WordsFor(key.first, WordingUse::Part::kTraining);
  words.erase(std::remove(words.begin(), words.end(), key.first), words.end());
  question.kind = QuestionKind::kSynonym;
  for (const std::string& word : rng.Sample(words, kParaphrases)) {
    question.text = RelationQuestion({word}, key.second);
    questions.push_back(question);
  }
}

void AddChains(const Facts& facts, const Key& key, const Objects& after, Rng& rng,
               std::vector<AuditQuestion>& questions) {
  for (int64_t hops : {2, 3}) {
    std::set<std::string> said;
    for (int i = 0; i < kTries && static_cast<int64_t>(said.size()) < kChains; ++i) {
      Path path;
      if (!facts.PathThrough(key, hops, rng, &path)) continue;
      const AuditQuestion question{QuestionKind::kChain, hops, Say(path), Follow(facts.objects(), path).answer,
                                   Follow(after, path).answer};
      // Two paths may end at the same person again: then nothing would be seen.
      if (question.before != question.after && said.insert(question.text).second) questions.push_back(question);
    }
  }
}

void AddOthers(const Facts& facts, const Key& key, Rng& rng, std::vector<AuditQuestion>& questions) {
  const auto add = [&](const auto& make) {
    for (int i = 0; i < kTries; ++i) {
      const Path path = make();
      const Walk walk = Follow(facts.objects(), path);
      if (walk.passed.count(key) > 0 || walk.answer == kUnknown) continue;
      questions.push_back(
          {QuestionKind::kOther, static_cast<int64_t>(path.relations.size()), Say(path), walk.answer, walk.answer});
      return;
    }
  };
  add([&] { return Path{key.second, {rng.Pick(facts.keys()).first}}; });
  add([&] { return Path{rng.Pick(facts.people()), {key.first}}; });
  for (int64_t hops : {2, 2, 3, 3}) add([&] { return facts.RandomPath(rng, hops); });
}

// AuditQuestion::chance. In a chain the fact that stated the old answer may still be there: naming it is then no leak.
double ChanceOf(const AuditQuestion& question, const Objects& after) {
  const std::string outermost = SplitWords(question.text)[1];
  double facts = 0, same = 0;
  for (auto it = after.lower_bound({outermost, ""}); it != after.end() && it->first.first == outermost; ++it) {
    ++facts;
    same += it->second == question.before;
  }
  return facts > 0 ? same / facts : 0;
}

std::vector<ChangeCase> MakeChanges(const World& world, int64_t count, bool is_deletion, Rng& rng) {
  const Facts facts(world);
  std::vector<Key> keys;
  while (static_cast<int64_t>(keys.size()) < count) {
    const std::vector<Key> more = rng.Sample(facts.keys(), static_cast<size_t>(count) - keys.size());
    keys.insert(keys.end(), more.begin(), more.end());
  }
  std::vector<ChangeCase> cases;
  for (const Key& key : keys) {
    const std::string object = facts.objects().at(key);
    Objects after = facts.objects();
    after.erase(key);
    const std::string other = is_deletion ? "" : facts.OtherPerson(key, object, rng);
    if (!is_deletion) after[key] = other;
    ChangeCase made{ChangeOf(key, object, other), {}};
    const AuditQuestion direct{QuestionKind::kDirect, 1, made.change.question, object, made.change.answer};
    made.questions.push_back(direct);
    if (!is_deletion) AddParaphrases(key, direct, rng, made.questions);
    AddChains(facts, key, after, rng, made.questions);
    for (AuditQuestion& question : made.questions) question.chance = ChanceOf(question, after);
    AddOthers(facts, key, rng, made.questions);
    cases.push_back(std::move(made));
  }
  return cases;
}

std::vector<AuditQuestion> AskAll(const World& world, int64_t count, const SeedTree& seeds) {
  std::vector<AuditQuestion> questions;
  for (int64_t hops : {1, 2, 3}) {
    Rng rng = seeds.Child(static_cast<uint64_t>(hops)).MakeRng();
    for (int64_t i = 0; i < count; ++i) {
      const Item item = world.Ask(rng, hops);
      questions.push_back({QuestionKind::kOther, hops, item.question, item.answer, item.answer});
    }
  }
  return questions;
}

}  // namespace

World MakeSizedWorld(const std::vector<std::string>& names, int64_t facts, Rng& rng) {
  const std::vector<std::string>& known = EnglishLexicon().relations();
  const auto most = static_cast<int64_t>(known.size());
  const int64_t relations = std::clamp(facts / kUsualPeople, std::min(kFewRelations, most), most);
  const int64_t people = std::max<int64_t>(3, (facts + relations - 1) / relations);
  const std::vector<std::string> of = rng.Sample(known, static_cast<size_t>(relations));
  return World::Random(rng.Sample(names, static_cast<size_t>(people)), of, rng);
}

std::vector<ChangeCase> MakeEdits(const World& world, int64_t count, Rng& rng) {
  return MakeChanges(world, count, /*is_deletion=*/false, rng);
}

std::vector<ChangeCase> MakeDeletions(const World& world, int64_t count, Rng& rng) {
  return MakeChanges(world, count, /*is_deletion=*/true, rng);
}

EditSequence MakeSequence(const World& world, int64_t count, Rng& rng) {
  const Facts facts(world);
  EditSequence sequence;
  // Half of the facts at most are kept as they are, for the questions that must stay.
  std::set<Key> kept;
  std::set<std::string> said;
  for (int i = 0; i < kTries * kSequenceOthers && sequence.others.size() < kSequenceOthers; ++i) {
    const Path path = facts.RandomPath(rng, 1 + i % 3);
    const Walk walk = Follow(facts.objects(), path);
    std::set<Key> all = kept;
    all.insert(walk.passed.begin(), walk.passed.end());
    if (2 * all.size() > facts.keys().size() || !said.insert(Say(path)).second) continue;
    kept = std::move(all);
    sequence.others.push_back(
        {QuestionKind::kOther, static_cast<int64_t>(path.relations.size()), Say(path), walk.answer, walk.answer});
  }
  std::vector<Key> edited = facts.keys();
  std::erase_if(edited, [&](const Key& key) { return kept.count(key) > 0; });
  Objects now = facts.objects();
  while (static_cast<int64_t>(sequence.changes.size()) < count) {
    const Key& key = rng.Pick(edited);
    const std::string object = facts.OtherPerson(key, now[key], rng);
    sequence.changes.push_back(ChangeOf(key, now[key], object));
    now[key] = object;
  }
  return sequence;
}

World AuditWorld(const MemoryCaseOptions& options) {
  Rng rng = SeedTree(options.seed).Child("memory_audit").Child("world").MakeRng();
  return MakeSizedWorld(EnglishLexicon().training_names(), options.facts, rng);
}

MemoryCases MakeMemoryCases(const MemoryCaseOptions& options) {
  const SeedTree seeds = SeedTree(options.seed).Child("memory_audit");
  const World world = AuditWorld(options);
  MemoryCases cases;
  cases.people = world.people();
  cases.facts = world.Facts();
  Rng edits = seeds.Child("edits").MakeRng(), deletions = seeds.Child("deletions").MakeRng(),
      sequence = seeds.Child("sequence").MakeRng(), swap = seeds.Child("swap").MakeRng();
  cases.edits = MakeEdits(world, options.edits, edits);
  cases.deletions = MakeDeletions(world, options.deletions, deletions);
  cases.sequence = MakeSequence(world, options.sequence, sequence);
  cases.world_questions = AskAll(world, options.world_questions, seeds.Child("questions"));

  std::vector<std::string> fresh = swap.Sample(EnglishLexicon().held_out_names(), cases.people.size());
  for (const std::string& name : swap.Sample(EnglishLexicon().training_names(), SIZE_MAX)) {
    const bool is_taken = std::find(cases.people.begin(), cases.people.end(), name) != cases.people.end();
    if (!is_taken && fresh.size() < cases.people.size()) fresh.push_back(name);
  }
  const World swapped = World::Random(fresh, world.relations(), swap);
  cases.swapped_people = swapped.people();
  cases.swapped_facts = swapped.Facts();
  cases.swapped_questions = AskAll(swapped, options.world_questions, seeds.Child("swapped_questions"));
  const Facts facts(world);
  for (const auto& [key, object] : facts.objects()) {
    cases.direct_questions.push_back(
        {QuestionKind::kDirect, 1, RelationQuestion({key.first}, key.second), object, object});
  }
  return cases;
}

}  // namespace trivium
