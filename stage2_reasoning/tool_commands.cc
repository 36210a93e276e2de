// `trivium ask`, `verify` and `doctor`.
#include <cstdio>
#include <iostream>
#include <sstream>

#include "core/nn/torch_pch.h"

#include "core/base/file_io.h"
#include "core/nn/precision.h"
#include "core/train/machine.h"
#include "memory/fact_io.h"
#include "memory/mount_flags.h"
#include "memory/trace_html.h"
#include "stage2_reasoning/commands.h"
#include "stage2_reasoning/explain.h"

namespace trivium {
namespace {

// Answers one question and prints what --trace and --quiet ask for.
absl::StatusOr<Trace> AnswerOne(Invocation& inv, const Pipeline& pipeline, const std::string& question,
                                const AskOptions& options) {
  ExplainOptions explain;
  explain.support = inv.Has("why");
  ASSIGN_OR_RETURN(Trace trace, Explain(pipeline, question, options, explain));
  if (inv.Has("trace")) {
    inv.console.Print(RenderTrace(trace));
  } else {
    // A doubtful answer is never printed bare, whatever is left out below.
    const bool sure = trace.settled && trace.unmet.empty();
    inv.console.Print(sure ? trace.answer : trace.answer + "  (unsure: " + PercentText(trace.probability) + ")");
    inv.console.Note(RenderEvidence(trace));
  }
  std::istringstream doubts(RenderDoubts(trace));
  for (std::string doubt; !inv.common().quiet && std::getline(doubts, doubt);) inv.console.Warn(doubt);
  return trace;
}

// One question a line of standard input. A question that cannot be read does not end the conversation, but its exit
// code is given back at the end.
absl::Status AnswerLines(Invocation& inv, const Pipeline& pipeline, const AskOptions& options) {
  nlohmann::json answers = nlohmann::json::array();
  absl::Status first_error;
  int64_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const absl::StatusOr<Trace> trace = AnswerOne(inv, pipeline, line, options);
    if (trace.ok()) {
      answers.push_back(ToJson(*trace));
    } else {
      inv.console.Warn("question " + std::to_string(number) + ": " + Message(trace.status()));
      if (first_error.ok()) first_error = Annotate(trace.status(), "question " + std::to_string(number) + ": ");
    }
    if (!inv.console.Flush()) return OutOfResource("cannot write to standard output");
  }
  RETURN_IF_ERROR(inv.WriteResult({{"answers", answers}}));
  return first_error;
}

absl::Status RunAsk(Invocation& inv) {
  const bool from_input = inv.positionals.size() == 1;
  if (from_input && inv.Has("html")) return UsageError("--html shows one question: give it after the pipeline");
  AskOptions options;
  ASSIGN_OR_RETURN(options.halting, Halting::Parse(inv.Get("loops", kUsualLoops), kMostAutomaticLoops));
  SetUpTorch(inv.common().threads);
  ASSIGN_OR_RETURN(Pipeline pipeline, LoadPipeline(inv.positionals[0]));
  if (inv.Has("facts")) {
    ASSIGN_OR_RETURN(options.facts, ReadFacts(inv.Get("facts", "")));
  }
  RETURN_IF_ERROR(ApplyMountFlags(inv, pipeline.mounts));
  if (from_input) return AnswerLines(inv, pipeline, options);
  ASSIGN_OR_RETURN(const Trace trace, AnswerOne(inv, pipeline, inv.positionals[1], options));
  if (inv.Has("html")) {
    const std::string path = inv.Get("html", "");
    RETURN_IF_ERROR(WriteFileAtomic(path, RenderTracePage(trace)));
    inv.console.Note("wrote " + path);
  }
  return inv.WriteResult(ToJson(trace));
}

absl::Status RunVerify(Invocation& inv) {
  nlohmann::json found = nlohmann::json::array();
  for (const std::string& path : inv.positionals) {
    ASSIGN_OR_RETURN(const std::vector<std::string> lines, VerifyPath(path));
    for (const std::string& line : lines) {
      inv.console.Print("ok  " + line);
      found.push_back(line);
    }
  }
  return inv.WriteResult({{"ok", found}});
}

constexpr int64_t kProbedWidth = 256;

absl::Status RunDoctor(Invocation& inv) {
  const int64_t threads = SetUpTorch(inv.common().threads);
  nlohmann::json machine = DescribeMachine();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : machine.items())
    rows.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
  inv.console.Table({"what", "this machine"}, rows);
  ASSIGN_OR_RETURN(const std::string device, ChooseDevice(inv.common().device));
  const PrecisionTimes times = TimePrecisions(2048, kProbedWidth);
  ASSIGN_OR_RETURN(const Precision precision, ChoosePrecision("auto", kProbedWidth));
  char line[160];
  std::snprintf(line, sizeof(line), "\na matrix product of width %d takes %.2f ms in fp32 and %.2f ms in bf16",
                int(kProbedWidth), 1e3 * times.fp32, 1e3 * times.bf16);
  inv.console.Print(line);
  inv.console.Print("will be used for training: " + device + ", " + std::to_string(threads) + " threads, " +
                    PrecisionName(precision) +
                    " (stage 1 with train.precision=auto at that width; stage 2 in fp32). All else: cpu, fp32");
  machine["used"] = {{"device", device}, {"threads", threads}, {"precision", PrecisionName(precision)}};
  machine["matrix_product_ms"] = {{"fp32", 1e3 * times.fp32}, {"bf16", 1e3 * times.bf16}};
  return inv.WriteResult(machine);
}

}  // namespace

std::vector<Command> ToolCommands() {
  return {
      {.name = "ask",
       .summary = "ask a pipeline questions and see which facts it used",
       .help =
           "Without a QUESTION, questions are read from standard input, one a line; the pipeline stays loaded.\n\n"
           "Facts come from the pipeline's own shards, from --facts (text, TSV or JSONL, one fact a line) and from --shard\n"
           "files. Words are lower-cased and punctuation is set apart, as the built-in language is written.\n\n"
           "The answer goes to standard output, and below it, to standard error, the facts it read with their share of the\n"
           "reading, and the contradictions among them; --quiet leaves that out. --trace shows, loop by loop, what was read\n"
           "with which weight, and the answer so far. --why asks again without each fact that was read (the 16 most\n"
           "read ones) and names those without which the answer is another.\n\n"
           "  trivium ask runs/demo/pipeline \"the boss of the friend of ann is who?\" --facts facts.txt --trace\n"
           "  trivium ask runs/demo/pipeline --shard people.shard < questions.txt\n",
       .flags = WithMountFlags(
           {{"facts", "FILE", "facts to read beside the pipeline's knowledge"},
            {"loops", "N|auto", "loops (default 12); auto: until the answer has settled, at most 32"},
            {"trace", "", "show every loop"},
            {"why", "", "find the facts that the answer needs, by asking again without each"},
            {"html", "FILE", "write the trace as a page: what was read in which loop, conflicts, support"}}),
       .min_positionals = 1,
       .max_positionals = 2,
       .positional_help = "PIPELINE [\"QUESTION\"]",
       .run = RunAsk},
      {.name = "verify",
       .summary = "check that an artefact is exactly what was written",
       .help =
           "Takes a pipeline, frozen language model, algorithm, checkpoint, run folder or shard and checks the size and SHA-256 of\n"
           "every file. Exit code 3 names the first file that is damaged, missing or extra.\n\n"
           "  trivium verify runs/demo/pipeline\n",
       .min_positionals = 1,
       .max_positionals = 64,
       .positional_help = "PATH...",
       .run = RunVerify},
      {.name = "doctor",
       .summary = "show what this machine has and what will be used",
       .help =
           "Processor, instruction sets, memory, LibTorch, CUDA and cuDNN, and the device, threads and precision that training\n"
           "would use.\n",
       .run = RunDoctor},
  };
}

}  // namespace trivium
