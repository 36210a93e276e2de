// trivium stage1 train | freeze | generate; eval has a file of its own. See commands.h.
#include "stage1_language/commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "core/base/file_io.h"
#include "core/config/key_table.h"
#include "core/train/machine.h"
#include "core/train/trainer.h"
#include "core/train/training_command.h"
#include "stage1_language/eval_command.h"
#include "stage1_language/language_training.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage1_language/model/generation.h"

namespace trivium {
namespace {

constexpr char kDefaultRun[] = "runs/stage1";
constexpr uint64_t kMaxPromptBytes = 64 << 20;

std::string Fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string Describe(const BitsPerByte& result) {
  return Fixed(result.value, 4) + " bits per byte (95 %: " + Fixed(result.low, 4) + " to " + Fixed(result.high, 4) +
         "), perplexity " + Fixed(result.perplexity.value, 2) + " a token, " + Fixed(result.word_perplexity.value, 2) +
         " a word, " + std::to_string(result.documents) + " documents, " + std::to_string(result.bytes) + " bytes";
}

std::string DescribeTrainingKeys() {
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  return DescribeKeys(table);
}

absl::Status PrintPlan(Invocation& call, const LanguageTrainingConfig& config, const TrainOptions& options) {
  call.console.Note("timing a few steps; nothing is written");
  ASSIGN_OR_RETURN(const TrainPlan plan, PlanLanguageTraining(config, options));
  call.console.Print(RenderPlan(plan, config.train, "tokens"));
  return call.WriteResult({{"dry_run", ToJson(plan)}});
}

absl::Status RunTrain(Invocation& call) {
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  ASSIGN_OR_RETURN(const TrainOptions options, LoadTraining(call, kDefaultRun, table));
  RETURN_IF_ERROR(config.Validate());
  if (call.common().dry_run) return PrintPlan(call, config, options);

  ASSIGN_OR_RETURN(const LanguageTrainingResult result, TrainLanguageModel(config, options));
  call.console.Print("trained " + std::to_string(result.params) + " weights (" + std::to_string(result.trained_params) +
                     " of them by gradient) on " + Fixed(result.tokens / 1e6, 2) + " million tokens in " +
                     FormatDuration(result.seconds) + ": " + options.run_dir.string());
  if (result.held_out.documents > 0) call.console.Print("held out: " + Describe(result.held_out));
  call.console.Note("next: trivium stage1 freeze " + options.run_dir.string() + " --out frozen_lm");
  return call.WriteResult({{"stage1", ToJson(result)}});
}

absl::Status RunFreeze(Invocation& call) {
  const std::string out = call.Get("out", "");
  if (out.empty()) return UsageError("stage1 freeze needs --out DIR, the folder of the sealed model");
  const std::string run = call.positionals[0];
  if (call.common().dry_run) {
    call.console.Print("would seal the newest checkpoint of " + run + " as " + out + "; nothing was written");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const SealedRun sealed, SealRun(run, out, call.Get("weights", "auto")));
  for (const std::string& warning : sealed.warnings) call.console.Warn(warning);
  call.console.Print("sealed step " + std::to_string(sealed.step) + " (" +
                     (sealed.weights == "ema"      ? "averaged"
                      : sealed.weights == "random" ? "never-trained"
                                                   : "raw") +
                     " weights) as " + out + "\nsha256 " + sealed.sha256);
  call.console.Note("next: trivium stage2 train --lm " + out + ", or trivium stage1 generate " + out +
                    " \"the friend of\"");
  return call.WriteResult(
      {{"frozen_lm", {{"dir", out}, {"step", sealed.step}, {"weights", sealed.weights}, {"sha256", sealed.sha256}}}});
}

// The prompts in the order typed: the positional one, those of --prompt, the lines of --prompts.
absl::StatusOr<std::vector<std::string>> ReadPrompts(const Invocation& call) {
  std::vector<std::string> prompts(call.positionals.begin() + 1, call.positionals.end());
  for (const std::string& prompt : call.GetAll("prompt")) prompts.push_back(prompt);
  const std::string file = call.Get("prompts", "");
  if (!file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxPromptBytes));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      prompts.push_back(line);
    }
  }
  if (prompts.empty()) return UsageError("stage1 generate needs a prompt: \"PROMPT\", --prompt or --prompts FILE");
  return prompts;
}

nlohmann::json GenerationRow(const std::string& prompt, const Generation& generated) {
  return {{"prompt", prompt},
          {"text", generated.text},
          {"tokens", generated.ids.size()},
          {"ids", generated.ids},
          {"stop", generated.stop}};
}

absl::StatusOr<nlohmann::json> GenerateOne(Invocation& call, const FrozenLm& lm, const std::string& typed,
                                           const GenerationConfig& config, const SeedTree& seed) {
  bool begun = false;
  const auto stream = [&](const std::string& piece) {
    if (!begun) call.console.Stream(typed);
    begun = true;
    call.console.Stream(piece);
    return true;
  };
  ASSIGN_OR_RETURN(const Generation generated, Generate(lm.model(), lm.tokenizer(), typed, config, seed, stream));
  call.console.Print(begun ? "" : typed);
  nlohmann::json row = GenerationRow(typed, generated);
  row["frozen_lm_sha256"] = lm.sha256();
  return row;
}

absl::Status RunGenerate(Invocation& call) {
  GenerationConfig config;
  ASSIGN_OR_RETURN(config.max_new_tokens, call.GetInt("tokens", config.max_new_tokens, 1, 1 << 20));
  ASSIGN_OR_RETURN(config.temperature, call.GetDouble("temperature", config.temperature));
  ASSIGN_OR_RETURN(config.top_k, call.GetInt("top-k", config.top_k, 0));
  ASSIGN_OR_RETURN(config.top_p, call.GetDouble("top-p", config.top_p));
  config.cache = !call.Has("no-cache");
  RETURN_IF_ERROR(config.Validate());
  ASSIGN_OR_RETURN(std::vector<std::string> prompts, ReadPrompts(call));
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> lm, FrozenLm::Load(call.positionals[0]));
  for (std::string& prompt : prompts) prompt = lm->Typed(prompt);
  SetUpTorch(call.common().threads);
  const SeedTree seed(call.common().seed.value_or(1));
  if (prompts.size() == 1 && call.positionals.size() == 2) {
    ASSIGN_OR_RETURN(const nlohmann::json row, GenerateOne(call, *lm, prompts[0], config, seed));
    return call.WriteResult(row);
  }
  ASSIGN_OR_RETURN(const std::vector<Generation> generated,
                   GenerateBatch(lm->model(), lm->tokenizer(), prompts, config, seed));
  nlohmann::json rows = nlohmann::json::array();
  for (size_t i = 0; i < prompts.size(); ++i) {
    call.console.Print(prompts[i] + generated[i].text);
    rows.push_back(GenerationRow(prompts[i], generated[i]));
  }
  return call.WriteResult({{"generations", rows}, {"frozen_lm_sha256", lm->sha256()}});
}

Command TrainCommand() {
  return {
      .name = "stage1 train",
      .summary = "train a small language model on text",
      .help =
          "Reads a corpus (the built-in English subset, or corpus.source: one document a line, or .jsonl), trains a\n"
          "tokenizer and a Llama-layout model, and writes a run folder: config.yaml, tokenizer.model, metrics.jsonl,\n"
          "TensorBoard events, checkpoints/, README.md. A part of the documents is held out and measured at the end.\n"
          "Ctrl-C finishes the step, saves and exits with 130; --resume goes on from there, also after a crash, and\n"
          "ends with the same weights bit for bit at the same number of threads.\n"
          "\n"
          "Examples:\n"
          "  trivium stage1 train\n"
          "  trivium stage1 train --config configs/stage1/small.yaml --out runs/small --dry-run\n"
          "  trivium stage1 train --set corpus.source=my.txt --set corpus.documents=0 --out runs/mine\n"
          "  trivium stage1 train --resume --config runs/mine/config.yaml --out runs/mine\n"
          "Next: trivium stage1 freeze RUN --out DIR",
      .flags = {{.name = "out", .value_name = "DIR", .help = "run folder (default runs/stage1)"}},
      .uses_cuda = true,
      .run = RunTrain,
      .describe_keys = DescribeTrainingKeys};
}

Command FreezeCommand() {
  return {
      .name = "stage1 freeze",
      .summary = "seal a trained language model as a component for stage 2",
      .help =
          "Takes the newest checkpoint of a run that verifies and writes the sealed model: config.json,\n"
          "model.safetensors, tokenizer.model (Hugging Face Llama layout) and manifest.json with the SHA-256 of each.\n"
          "Nothing can train a sealed model, and a changed byte is noticed when it is loaded. An earlier sealed model\n"
          "in DIR is replaced in one step.\n"
          "\n"
          "Example:\n"
          "  trivium stage1 freeze runs/stage1 --out frozen_lm",
      .flags = {{.name = "out", .value_name = "DIR", .help = "folder of the sealed model"},
                {.name = "weights",
                 .value_name = "WHICH",
                 .help =
                     "auto (averaged weights if the run keeps them), ema, raw, or random: the never-trained control "
                     "of the run, with its shape and tokenizer"}},
      .min_positionals = 1,
      .max_positionals = 1,
      .positional_help = "RUN",
      .run = RunFreeze};
}

Command GenerateCommand() {
  return {
      .name = "stage1 generate",
      .summary = "let a sealed language model continue a text",
      .help =
          "Prints the prompt and what the model continues it with. Characters the tokenizer has never seen are read\n"
          "byte by byte. The same --seed gives the same text. Several prompts are continued side by side, each as it would\n"
          "be alone, and printed one a line when all are done.\n"
          "\n"
          "Examples:\n"
          "  trivium stage1 generate frozen_lm \"the friend of ann is\"\n"
          "  trivium stage1 generate frozen_lm --prompts prompts.txt --json texts.json\n"
          "  trivium stage1 generate frozen_lm \"if someone is\" --temperature 0 --tokens 20",
      .flags = {{.name = "prompt", .value_name = "TEXT", .help = "a prompt; may be repeated", .repeated = true},
                {.name = "prompts", .value_name = "FILE", .help = "prompts, one a line"},
                {.name = "tokens", .value_name = "N", .help = "new tokens at most (default 64)"},
                {.name = "temperature", .value_name = "T", .help = "0: always the likeliest token (default 0.8)"},
                {.name = "top-k", .value_name = "K", .help = "sample among the K likeliest (default 0: no limit)"},
                {.name = "top-p",
                 .value_name = "P",
                 .help = "sample among the likeliest that together reach P (default 1: no limit)"},
                {.name = "no-cache", .help = "read everything anew for each token: slower, the same text"}},
      .min_positionals = 1,
      .max_positionals = 2,
      .positional_help = "LM [\"PROMPT\"]",
      .run = RunGenerate};
}

}  // namespace

std::vector<Command> Stage1Commands() {
  return {TrainCommand(), FreezeCommand(), Stage1EvalCommand(), GenerateCommand()};
}

}  // namespace trivium
