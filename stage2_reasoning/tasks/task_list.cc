// The one list of families: family_list.inc, read here.
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

#define ROW(name) std::unique_ptr<TaskFamily> Make##name();
#include "stage2_reasoning/tasks/family_list.inc"
#undef ROW

const std::vector<std::unique_ptr<TaskFamily>>& AllTaskFamilies() {
  static const auto* const kFamilies = [] {
    auto* list = new std::vector<std::unique_ptr<TaskFamily>>;
#define ROW(name) list->push_back(Make##name());
#include "stage2_reasoning/tasks/family_list.inc"
#undef ROW
    return list;
  }();
  return *kFamilies;
}

std::vector<std::string> DefaultFamilyNames() {
  std::vector<std::string> names;
  for (const auto& family : AllTaskFamilies()) {
    if (family->by_default()) names.push_back(family->name());
  }
  return names;
}

}  // namespace trivium
