// See data_commands.h.
#include "stage1_language/data_commands.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/file_io.h"
#include "core/config/config_loader.h"
#include "stage1_language/corpus/corpus_report.h"
#include "stage1_language/language_training.h"

namespace trivium {
namespace {

// The tokenizer that training would make, or the one of a sealed model.
absl::StatusOr<Tokenizer> ChooseTokenizer(const Invocation& call, const LanguageTrainingConfig& config,
                                          const Corpus& corpus) {
  if (!call.Has("tokenizer")) return Tokenizer::Train(TokenizerSentences(config.corpus, corpus), config.tokenizer);
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(call.Get("tokenizer", ""), kMaxTokenizerBytes));
  return Tokenizer::FromBytes(bytes);
}

absl::Status RunDescribe(Invocation& call) {
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  RETURN_IF_ERROR(call.LoadKeys(table));
  RETURN_IF_ERROR(config.Validate());
  ASSIGN_OR_RETURN(const Corpus corpus, LoadStage1Corpus(config));
  ASSIGN_OR_RETURN(const Tokenizer tokenizer, ChooseTokenizer(call, config, corpus));
  const CorpusReport report = DescribeCorpus(corpus, tokenizer);
  call.console.Print(Render(report));
  if (call.Has("zipf") && !call.common().dry_run) {
    RETURN_IF_ERROR(WriteFileAtomic(call.Get("zipf", ""), ZipfCsv(report)));
  }
  return call.WriteResult({{"corpus", ToJson(report)}});
}

}  // namespace

std::vector<Command> DataCommands() {
  return {
      {.name = "data describe",
       .summary = "counts, lengths, word frequencies and tokenizer coverage of a corpus",
       .help =
           "Reads the corpus that `trivium stage1 train` would read with the same config, trains its tokenizer (or\n"
           "reads one) and describes both. Words are what white space parts. --zipf writes rank,count,word lines.\n"
           "\n"
           "Examples:\n"
           "  trivium data describe\n"
           "  trivium data describe --config configs/stage1/tinystories.yaml --zipf zipf.csv --json corpus.json\n"
           "  trivium data describe --set corpus.source=my.jsonl.xz --tokenizer frozen_lm/tokenizer.model",
       .flags = {{.name = "tokenizer", .value_name = "FILE", .help = "a tokenizer.model instead of a new one"},
                 {.name = "zipf", .value_name = "FILE", .help = "write rank, count and word of every word as CSV"}},
       .run = RunDescribe}};
}

}  // namespace trivium
