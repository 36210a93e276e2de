// See rendering.h.
#include "stage2_reasoning/tasks/rendering.h"

#include <algorithm>

#include "core/base/nearest.h"

namespace trivium {

namespace {

// The built-in language and what the families say beside it. Their forms are our own; a test parses them.
Wording WithForms(Wording wording, std::string (TaskFamily::*forms)() const) {
  for (const auto& family : AllTaskFamilies()) {
    const std::string more = ((*family).*forms)();
    if (!more.empty()) wording = wording.With(more, "the forms of " + family->name()).value();
  }
  return wording;
}

}  // namespace

const Wording& EnglishTaskWording() {
  static const Wording kWording = WithForms(EnglishWording(), &TaskFamily::EnglishForms);
  return kWording;
}

const Wording& ConstructedTaskWording() {
  static const Wording kWording = WithForms(ConstructedWording(), &TaskFamily::ConstructedForms);
  return kWording;
}

absl::StatusOr<Rendering> FindRendering(const std::string& name) {
  Rendering rendering;
  if (name == "canonical") return rendering;
  if (name == "reworded") {
    rendering.wording = &EnglishTaskWording();
  } else if (name == "paraphrased") {
    rendering.wording = &EnglishTaskWording();
    rendering.canonical_facts = true;
  } else if (name == "constructed") {
    rendering.wording = &ConstructedTaskWording();
  } else {
    const std::string near = Nearest(name, {"canonical", "reworded", "paraphrased", "constructed"});
    return UsageError("unknown wording '" + name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?") +
                      " Known: canonical, reworded, paraphrased, constructed");
  }
  return rendering;
}

absl::StatusOr<Item> Render(const Item& item, const Rendering& rendering, Rng& rng) {
  if (rendering.wording == nullptr) return item;
  const absl::StatusOr<const TaskFamily*> family = FindTaskFamily(item.task);
  if (family.ok() && (*family)->own_words()) return item;
  const Wording& wording = *rendering.wording;
  Item said = item;
  std::string stated;  // by the fact that a lookup asks for, as it is worded there
  for (size_t i = 0; i < item.facts.size() && !rendering.canonical_facts; ++i) {
    ASSIGN_OR_RETURN(const Sentence meaning, EnglishTaskWording().Understand(item.facts[i]));
    const Wording::Said fact = wording.Say(meaning, rendering.facts, rng);
    said.facts[i] = fact.text;
    if (!item.support.empty() && item.support.front() == static_cast<int64_t>(i)) stated = fact.last;
  }
  ASSIGN_OR_RETURN(const Sentence asked, EnglishTaskWording().Understand(item.question));
  said.question = rendering.loose && Wording::IsOfNoun(asked) ? wording.SayLoosely(asked, rendering.question, rng)
                                                              : wording.Say(asked, rendering.question, rng).text;
  if (!rendering.canonical_facts) said.conclusions.clear();  // they are words of the facts as they stood
  said.answers.clear();
  for (const std::string& answer : item.answers) {
    for (const std::string& word : wording.WordsFor(answer, WordingUse::Part::kAll)) said.answers.push_back(word);
  }
  said.answer = wording.WordsFor(item.answer, WordingUse::Part::kTraining).front();
  if (std::find(said.answers.begin(), said.answers.end(), stated) != said.answers.end()) said.answer = stated;
  return said;
}

}  // namespace trivium
