// See reasoner_config.h: the key rows, and config.json through the same rows.
#include "stage2_reasoning/reasoner/reasoner_config.h"

#include <cstdlib>

#include "core/config/key_table.h"
#include "core/text/sentences.h"

namespace trivium {

absl::Status ReasonerConfig::Validate() const {
  if (heads < 2 || heads % 2 != 0) return UsageError("reasoner.heads must be even: half are windowed, half global");
  if (width % (2 * heads) != 0) {
    int64_t nearest = 2;
    for (int64_t h = 4; 2 * h <= width; h += 2) {
      if (width % (2 * h) == 0 && std::abs(h - heads) <= std::abs(nearest - heads)) nearest = h;
    }
    const std::string hint = width % 4 == 0 ? ": with this width reasoner.heads may be " + std::to_string(nearest) : "";
    return UsageError("reasoner.width, " + std::to_string(width) + ", must be a multiple of twice reasoner.heads, " +
                      std::to_string(heads) + hint);
  }
  if (kernel < 1 || kernel % 2 == 0) return UsageError("reasoner.kernel must be odd, so that it is centred on a word");
  if (answer_slots < 1) return UsageError("reasoner.answer_slots must be at least 1: an answer has a word");
  if (belief_scale && content_keys) {
    return UsageError(
        "reasoner.belief_scale and reasoner.content_keys exclude each other: both weigh rows, and one "
        "scale for both would make confidences of the words' weights");
  }
  for (const std::string& word : closed_class) {
    if (SplitWords(word).size() != 1)
      return UsageError("reasoner.closed_class holds '" + word + "', which is not one word");
  }
  return absl::OkStatus();
}

void AddKeys(KeyTable& table, const std::string& prefix, ReasonerConfig& config) {
  table.Add(prefix + "width", &config.width,
            {.help = "Width of the state; 0 takes the frozen model's.", .min = 0, .max = 4096});
  table.Add(prefix + "hidden", &config.hidden,
            {.help = "Width inside the feed-forward part; 0: one and a half widths.", .min = 0, .max = 16384});
  table.Add(prefix + "heads", &config.heads,
            {.help = "Attention heads, half windowed and half global.", .min = 2, .max = 64});
  table.Add(prefix + "window", &config.window,
            {.help = "How far a windowed head sees to either side.", .unit = "words", .min = 1, .max = 64});
  table.Add(prefix + "scratch_slots", &config.scratch_slots,
            {.help = "Extra positions of the state, for intermediate results.", .min = 0, .max = 64});
  table.Add(prefix + "answer_slots", &config.answer_slots,
            {.help = "Longest answer, in words.", .unit = "words", .min = 1, .max = 64});
  table.Add(prefix + "closed_class", &config.closed_class,
            {.help = "Words that an answer may use even where neither question nor facts contain them. Training adds "
                     "those of its families and of your own items."});
  table.Add(prefix + "kernel", &config.kernel,
            {.help = "Width of the short convolution over the question; odd.", .unit = "words", .min = 1, .max = 31});
  table.Add(
      prefix + "match_reach", &config.match_reach,
      {.help = "Largest distance, to either side, that matches of what was read with the question's words tell apart.",
       .unit = "words",
       .min = 1,
       .max = 64});
  table.Add(prefix + "gate_bias", &config.gate_bias,
            {.help = "Bias of the update gate before training.", .min = -10, .max = 10});
  table.Add(prefix + "layer", &config.layer,
            {.help = "Frozen hidden layer to use; -1: the middle one.", .min = -1, .max = 1000});
  table.Add(
      prefix + "thinking_facts", &config.thinking_facts,
      {.help =
           "Give each of an item's facts a state of its own, so that facts are combined before a query asks for them."});
  table.Add(prefix + "told_order", &config.told_order,
            {.help = "Let queries prefer the latest, or the earliest, of the facts that match."});
  table.Add(
      prefix + "belief_scale", &config.belief_scale,
      {.help = "Learn how much the confidence of facts counts: of two that contradict each other the more confident "
               "one is read, rather than a mixture."});
  table.Add(prefix + "recall_fit", &config.recall_fit,
            {.help = "Tell the answer how well any fact begins as the question does: a missing fact is then told from "
                     "one that differs in a single word."});
  table.Add(prefix + "content_keys", &config.content_keys,
            {.help = "Weight words by their surprisal under the frozen model, and put what its layers add to them into "
                     "the keys: for facts and questions in many wordings."});
  table.Add(
      prefix + "whole_question", &config.whole_question,
      {.help = "Start the scratch slots from the sum of the question's words: lookups and rules are learned earlier."});
  table.Add(
      prefix + "order_decay", &config.order_decay,
      {.help = "How much an earlier word counts in a key's ordered part, per word of distance.", .min = 0, .max = 1});
}

nlohmann::json ToJson(const ReasonerConfig& c) {
  return {{"width", c.width},
          {"hidden", c.hidden},
          {"heads", c.heads},
          {"window", c.window},
          {"scratch_slots", c.scratch_slots},
          {"answer_slots", c.answer_slots},
          {"kernel", c.kernel},
          {"match_reach", c.match_reach},
          {"gate_bias", c.gate_bias},
          {"layer", c.layer},
          {"thinking_facts", c.thinking_facts},
          {"told_order", c.told_order},
          {"belief_scale", c.belief_scale},
          {"recall_fit", c.recall_fit},
          {"content_keys", c.content_keys},
          {"whole_question", c.whole_question},
          {"order_decay", c.order_decay},
          {"closed_class", c.closed_class}};
}

absl::StatusOr<ReasonerConfig> ReasonerConfigFromJson(const nlohmann::json& json) {
  ReasonerConfig config;
  KeyTable table;
  AddKeys(table, "", config);
  for (const Key& key : table.keys()) {
    const auto bad = [&](const std::string& what) { return BadArtifact("config.json: \"" + key.path + "\" " + what); };
    const auto it = json.find(key.path);
    if (it == json.end()) continue;  // written before the key was: its default is what was done then
    if (auto* flag = std::get_if<bool*>(&key.target)) {
      if (!it->is_boolean()) return bad("is neither true nor false");
      **flag = it->get<bool>();
      continue;
    }
    if (auto* words = std::get_if<std::vector<std::string>*>(&key.target)) {
      if (!it->is_array()) return bad("is not a list of words");
      (*words)->clear();
      for (const nlohmann::json& word : *it) {
        if (!word.is_string()) return bad("must hold words only");
        (*words)->push_back(word.get<std::string>());
      }
      continue;
    }
    if (!it->is_number()) return bad("is not a number");
    const double value = it->get<double>();
    if (!(value >= key.info.min && value <= key.info.max)) return bad("is out of range");
    if (auto* target = std::get_if<int64_t*>(&key.target)) {
      if (!it->is_number_integer()) return bad("must be an integer");
      **target = it->get<int64_t>();
    } else if (auto* real = std::get_if<double*>(&key.target)) {
      **real = value;
    }
  }
  const absl::Status valid = config.Validate();
  if (!valid.ok()) return BadArtifact("config.json: " + Message(valid));
  return config;
}

}  // namespace trivium
