// trivium export | import. See commands.h.
#include <nlohmann/json.hpp>

#include "stage1_language/commands.h"
#include "stage1_language/interop/interop.h"

namespace trivium {
namespace {

absl::Status RunExport(Invocation& call) {
  const std::string sealed = call.positionals[0], format = call.Get("format", "hf"), out = call.Get("out", "");
  if (out.empty()) return UsageError("export needs --out PATH, a folder for hf or a file for gguf");
  if (format != "hf" && format != "gguf") return UsageError("--format is \"" + format + "\"; choose hf or gguf");
  if (call.common().dry_run) {
    call.console.Print("would write " + sealed + " as " + out + "; nothing was written");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(format == "hf" ? ExportHuggingFace(sealed, out) : ExportGguf(sealed, out));
  call.console.Print("wrote " + out);
  call.console.Note(format == "hf" ? "read it with transformers.AutoModelForCausalLM.from_pretrained(\"" + out + "\")"
                                   : "read it with llama.cpp: llama-cli -m " + out);
  return call.WriteResult({{"export", {{"format", format}, {"out", out}}}});
}

absl::Status RunImport(Invocation& call) {
  const std::string source = call.positionals[0], out = call.Get("out", "");
  if (out.empty()) return UsageError("import needs --out DIR, the folder of the sealed model");
  if (call.common().dry_run) {
    call.console.Print("would seal " + source + " as " + out + "; nothing was written");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ImportedModel imported, ImportModel(source, out));
  for (const std::string& note : imported.notes) call.console.Warn(note);
  call.console.Print("sealed " + std::to_string(imported.weights) + " weights from " + source + " as " + out +
                     "\nsha256 " + imported.sha256);
  call.console.Note("next: trivium stage2 train --lm " + out + ", or trivium stage1 generate " + out + " \"...\"");
  return call.WriteResult({{"frozen_lm",
                            {{"dir", out},
                             {"format", imported.format},
                             {"weights", imported.weights},
                             {"notes", imported.notes},
                             {"sha256", imported.sha256}}}});
}

}  // namespace

std::vector<Command> InteropCommands() {
  return {
      {.name = "export",
       .summary = "write a sealed language model for transformers or llama.cpp",
       .help =
           "hf: a folder with config.json, model.safetensors, tokenizer.model, tokenizer_config.json and\n"
           "generation_config.json, which transformers loads with equal logits. gguf: one file of float32 tensors for\n"
           "llama.cpp. Both hold the same weights bit for bit and give the same token ids; texts are read with one\n"
           "space in front, as Trivium writes them. Either comes back with trivium import.\n"
           "\n"
           "Examples:\n"
           "  trivium export frozen_lm --format hf --out my_model\n"
           "  trivium export frozen_lm --format gguf --out my_model.gguf",
       .flags = {{.name = "format", .value_name = "FORMAT", .help = "hf (default) or gguf"},
                 {.name = "out", .value_name = "PATH", .help = "a new folder, or a file (which is replaced)"}},
       .min_positionals = 1,
       .max_positionals = 1,
       .positional_help = "LM",
       .run = RunExport},
      {.name = "import",
       .summary = "seal a Llama from elsewhere as a component for stage 2",
       .help =
           "Reads a Hugging Face folder (config.json of LlamaForCausalLM, safetensors in one file or several, float32,\n"
           "bfloat16 or float16, and a SentencePiece tokenizer.model) or a GGUF file that is not quantised, and writes\n"
           "the sealed model. Grouped keys and values and tied embeddings are fine. Refused, by name: scaled rotary\n"
           "positions, biases, other activations, heads of another width, tokenizers without byte fallback or with\n"
           "added tokens.\n"
           "\n"
           "Examples:\n"
           "  trivium import tiny_llama/ --out lm\n"
           "  trivium import model-f16.gguf --out lm",
       .flags = {{.name = "out", .value_name = "DIR", .help = "folder of the sealed model"}},
       .min_positionals = 1,
       .max_positionals = 1,
       .positional_help = "PATH",
       .run = RunImport}};
}

}  // namespace trivium
