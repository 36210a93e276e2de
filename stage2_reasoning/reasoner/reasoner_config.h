// The shape of the reasoner: keys of the section "reasoner". Torch-free.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace trivium {

class KeyTable;

struct ReasonerConfig {
  int64_t width = 0;            // of the state; 0: the frozen model's width
  int64_t hidden = 0;           // inside the feed-forward part; 0: one and a half widths
  int64_t heads = 4;            // half windowed with rotary positions, half global without positions
  int64_t window = 4;           // reach of a windowed head, in words to either side
  int64_t scratch_slots = 2;    // extra positions of the state, for intermediate results
  bool whole_question = true;   // the scratch slots begin with the sum of the question's words
  int64_t answer_slots = 2;     // words of the longest answer
  int64_t kernel = 7;           // words seen by the short convolution over the question; odd
  int64_t match_reach = 8;      // distances, to either side, that the match profile tells apart
  double gate_bias = 1.0;       // before training the state takes sigmoid(gate_bias) of each update
  int64_t layer = -1;           // frozen hidden layer that keys and question use; -1: the middle one
  bool thinking_facts = false;  // an item's own facts have states of their own (controller.h)
  bool told_order = false;      // queries may prefer what was told later, or earlier (memory/reader.h)
  bool belief_scale = false;    // how much the confidence of facts counts is learned (memory/reader.h)
  bool recall_fit = false;      // slots know how well a fact begins as the question does (controller.cc, Recall)
  bool content_keys = false;    // keys of weighted content words and their meaning (memory/row_encoder.h)
  double order_decay = 0.8;     // weight of a word in a key's ordered part, per word of distance
  // Words that an answer may have though neither question nor facts have them.
  std::vector<std::string> closed_class = {"yes", "no", "unknown", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  absl::Status Validate() const;
};
void AddKeys(KeyTable& table, const std::string& prefix, ReasonerConfig& config);

// config.json of the algorithm folder, every value written out.
nlohmann::json ToJson(const ReasonerConfig& config);
// A key that is missing has its default, so that what an earlier version wrote can be read. BadArtifact naming the key
// for a mistyped or absurd value.
absl::StatusOr<ReasonerConfig> ReasonerConfigFromJson(const nlohmann::json& json);

}  // namespace trivium
