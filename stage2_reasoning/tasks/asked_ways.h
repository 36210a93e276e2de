// What families share that ask "the sad place from ada is what ?" about ways between places. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/place_graph.h"
#include "stage2_reasoning/tasks/rule_language.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// The answer is one of the two or three places that ways from the one asked about lead to.
class AskedWaysFamily : public TaskFamily {
 public:
  bool by_default() const override { return false; }
  double Floor() const override { return 5.0 / 12; }
  std::string EnglishForms() const override { return std::string(kPlaceForms) + kPlaceFromForm; }
  std::string ConstructedForms() const override {
    return std::string(kConstructedPlaceForms) + kConstructedPlaceFromForm;
  }
  std::vector<std::string> Guesses(const Item& item) const override {
    const std::vector<std::string> q = SplitWords(item.question);
    return q.size() == 8 ? PlacesFrom(item.facts, q[4]) : FactValues(item);
  }
};

}  // namespace trivium
