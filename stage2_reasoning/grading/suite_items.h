// Which items the standard grading asks (grade_suite.h), made from families and renderings. Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/seed_tree.h"
#include "core/base/status.h"
#include "stage2_reasoning/tasks/rendering.h"
#include "stage2_reasoning/tasks/task.h"

namespace trivium {

// The depths of training, then the last of `drawn` deeper ones that training met now and then, then `extra` beyond; a
// family of one depth has no others.
std::vector<int64_t> GradedDepths(const TaskFamily& family, int64_t drawn, int64_t extra);

// As HeldOutItems, each over made-up names of its own that stand in no training item of any run; options.names is not
// used.
std::vector<Item> CoinedItems(const TaskFamily& family, int64_t count, const SeedTree& seeds, GenerateOptions options);

// Ways of wording that stage 2 has not met, by setting; none but in the reworded rendering.
std::vector<std::pair<std::string, Rendering>> NewWordings(const Rendering& rendering);

// Each item said in the rendering's words. Errors as Render.
absl::StatusOr<std::vector<Item>> RenderAll(const std::vector<Item>& items, const Rendering& rendering,
                                            const SeedTree& seeds);

// The items whose needed facts are known, without these facts or without any.
std::vector<Item> Withhold(const std::vector<Item>& items, bool only_needed);

}  // namespace trivium
