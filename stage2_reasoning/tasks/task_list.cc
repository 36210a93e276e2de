// The one list of training families: from general (lookup: the last word of any fact) to specific.
#include "stage2_reasoning/tasks/families.h"

namespace trivium {

const std::vector<std::unique_ptr<TaskFamily>>& AllTaskFamilies() {
  static const auto* const kFamilies = [] {
    auto* list = new std::vector<std::unique_ptr<TaskFamily>>;
    list->push_back(MakeLookup());
    list->push_back(MakeRelations());
    list->push_back(MakeComparisons());
    list->push_back(MakeRules());
    list->push_back(MakeOperators());
    return list;
  }();
  return *kFamilies;
}

std::vector<std::string> TaskFamilyNames() {
  std::vector<std::string> names;
  for (const auto& family : AllTaskFamilies()) names.push_back(family->name());
  return names;
}

}  // namespace trivium
