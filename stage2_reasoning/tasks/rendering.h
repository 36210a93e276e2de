// Items in other words or another language: the generators make canonical sentences, which are taken apart and said
// again. What is asked and what follows stays the same, so the families' solvers still judge. Torch-free.
#pragma once

#include <string>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "core/text/wording.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// The built-in languages with the forms of all families (TaskFamily::EnglishForms).
const Wording& EnglishTaskWording();
const Wording& ConstructedTaskWording();

struct Rendering {
  const Wording* wording = nullptr;  // null: items stay canonical
  WordingUse facts, question;
  bool canonical_facts = false;  // only questions and answers are said in other words
  bool loose = false;            // questions that can be are said loosely (Wording::SayLoosely); English ones
};

// "canonical", "reworded" (English with synonyms and paraphrases), "paraphrased" (questions reworded, facts canonical)
// or "constructed". UsageError with the nearest name.
absl::StatusOr<Rendering> FindRendering(const std::string& name);

// The item in the rendering's words; every accepted wording of the answer stands in `answers`. UsageError for a
// sentence that is not canonical.
absl::StatusOr<Item> Render(const Item& item, const Rendering& rendering, Rng& rng);

}  // namespace trivium
