// `trivium demo`: the whole pipeline from nothing, small and real. Trains both stages, grades the result, swaps a world
// of facts, edits one fact, explains one answer. Torch-free header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/cli/console.h"

namespace trivium {

struct DemoOptions {
  double minutes = 10;   // scales the steps of both stages, and so decides the result; about what two cores take
  bool control = false;  // the same once more around a never-trained frozen LM
  uint64_t seed = 1;
  int64_t threads = 0;  // 0: all processors
  std::filesystem::path out = "runs/demo";
  std::vector<std::string> command_line;
  Console* console = nullptr;  // REQUIRES: not null
};

// Steps of training, the same on every machine.
struct DemoSteps {
  int64_t stage1 = 0, stage2 = 0;
};
DemoSteps StepsOf(double minutes);

// Runs everything in options.out, which is emptied first if an earlier demo made it, and returns the result object of
// DESIGN: "accuracy" rows, "frozen_lm_sha256", "stage1", "stage2", "edit", "trace", and "control" if asked for.
absl::StatusOr<nlohmann::json> RunDemo(const DemoOptions& options);

// The result object as a page for people (also written to out/summary.txt).
std::string RenderDemo(const nlohmann::json& result);

}  // namespace trivium
