// See eval_command.h: text, cloze prompts, minimal pairs and samples, for the sealed model and an untrained control.
#include "stage1_language/eval_command.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/config/config_loader.h"
#include "core/train/machine.h"
#include "stage1_language/language_training.h"
#include "stage1_language/measures/language_rows.h"
#include "stage1_language/measures/minimal_pairs.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage1_language/model/generation.h"

namespace trivium {
namespace {

constexpr int64_t kBuiltinPairsEach = 100;

// What is measured, the same for every model.
struct Texts {
  std::string source, setting;
  std::vector<std::string> documents;
};
struct Pairs {
  std::string source;
  std::vector<MinimalPair> items;
};
struct Cloze {
  std::string source;
  std::vector<ClozeItem> items;
};
struct Material {
  std::vector<Texts> texts;
  std::vector<Pairs> pairs;
  std::vector<Cloze> cloze;
};

// The language of generated text that the model was trained on; English if it is none.
std::string BuiltinLanguage(const FrozenLm& lm) {
  const auto config_text = lm.metadata().find("config");
  if (config_text == lm.metadata().end() || !config_text->is_string()) return "english";
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  const absl::Status loaded = LoadConfigText(table, config_text->get<std::string>(), "the manifest's config");
  return loaded.ok() && config.corpus.HasSource("constructed") ? "constructed" : "english";
}

// The documents that the model's own training left out, made or read again by the config in its manifest.
absl::StatusOr<std::vector<std::string>> HeldOutDocuments(const FrozenLm& lm) {
  const auto config_text = lm.metadata().find("config");
  if (config_text == lm.metadata().end() || !config_text->is_string()) {
    return UsageError("this model does not say what it was trained on; name a text with --text FILE");
  }
  LanguageTrainingConfig config;
  KeyTable table;
  AddKeys(table, config);
  const absl::Status loaded = LoadConfigText(table, config_text->get<std::string>(), "the manifest's config");
  if (!loaded.ok()) return BadArtifact(Message(loaded));
  ASSIGN_OR_RETURN(Corpus corpus, LoadStage1Corpus(config));
  const auto hash = lm.metadata().find("corpus_sha256");
  if (hash == lm.metadata().end() || *hash != corpus.sha256) {
    return UsageError("the corpus " + config.corpus.Name() +
                      " is no longer the one the model was trained on; "
                      "name a text with --text FILE");
  }
  if (corpus.held_out.empty()) {
    return UsageError("the model's training held no documents out; name a text with --text FILE");
  }
  return std::move(corpus.held_out);
}

absl::StatusOr<std::vector<std::string>> FileDocuments(const std::string& file, const std::string& field,
                                                       const FrozenLm& lm) {
  CorpusConfig config;
  config.spelled = lm.reads_words();
  config.lowercase = lm.spelling().lower_case;
  config.source = file;
  config.field = field;
  config.documents = 0;
  config.held_out = 0;
  config.deduplicate = false;
  ASSIGN_OR_RETURN(Corpus corpus, LoadCorpus(config, SeedTree(0)));
  return std::move(corpus.training);
}

template <class T>
void Limit(int64_t limit, std::vector<T>* items) {
  if (limit > 0 && items->size() > static_cast<size_t>(limit)) items->erase(items->begin() + limit, items->end());
}

void MakeLowerCase(Material* material) {
  const auto lower = [](std::string& text) { text = LowerCase(std::move(text)); };
  for (Texts& texts : material->texts) std::for_each(texts.documents.begin(), texts.documents.end(), lower);
  for (Pairs& pairs : material->pairs) {
    for (MinimalPair& pair : pairs.items) lower(pair.good), lower(pair.bad);
  }
  for (Cloze& cloze : material->cloze) {
    for (ClozeItem& item : cloze.items) lower(item.prompt), lower(item.target);
  }
}

absl::StatusOr<Material> LoadMaterial(const Invocation& call, const FrozenLm& lm) {
  ASSIGN_OR_RETURN(const int64_t limit, call.GetInt("documents", 0, 0));
  Material material;
  const std::vector<std::string> files = call.GetAll("text");
  if (files.empty()) {
    ASSIGN_OR_RETURN(std::vector<std::string> documents, HeldOutDocuments(lm));
    material.texts.push_back({"held-out documents", "held_out", std::move(documents)});
  }
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(std::vector<std::string> documents, FileDocuments(file, call.Get("field", "text"), lm));
    material.texts.push_back({file, "text", std::move(documents)});
  }
  for (const std::string& file : call.GetAll("cloze")) {
    ASSIGN_OR_RETURN(std::vector<ClozeItem> items, ReadCloze(file));
    for (ClozeItem& item : items) item = {lm.Typed(item.prompt), lm.Typed(item.target)};
    material.cloze.push_back({file, std::move(items)});
  }
  std::vector<std::string> pair_sources = call.GetAll("pairs");
  if (pair_sources.empty()) pair_sources.push_back(BuiltinLanguage(lm));
  for (const std::string& source : pair_sources) {
    if (source == "english" || source == "constructed") {
      const Language language = source == "english" ? Language::kEnglish : Language::kConstructed;
      const SeedTree seeds(call.common().seed.value_or(1));
      material.pairs.push_back({"built-in " + source, BuiltinPairs(language, seeds, kBuiltinPairsEach)});
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<MinimalPair> items, ReadPairs(source));
    Limit(limit, &items);
    for (MinimalPair& pair : items) pair.good = lm.Typed(pair.good), pair.bad = lm.Typed(pair.bad);
    material.pairs.push_back({source, std::move(items)});
  }
  for (Texts& texts : material.texts) Limit(limit, &texts.documents);
  for (Cloze& cloze : material.cloze) Limit(limit, &cloze.items);
  if (call.Has("lowercase")) MakeLowerCase(&material);
  return material;
}

// The model before its training: the same shape and tokenizer.
absl::StatusOr<std::shared_ptr<FrozenLm>> Untrained(const FrozenLm& lm, const SeedTree& seeds) {
  const LlamaConfig& shape = lm.model().config();
  LanguageConfig config;
  config.width = shape.width;
  config.layers = shape.layers;
  config.heads = shape.heads;
  config.kv_heads = shape.kv_heads;
  config.hidden = shape.hidden;
  config.max_tokens = shape.max_tokens;
  config.rope_theta = shape.rope_theta;
  config.norm_eps = shape.norm_eps;
  config.embeddings = shape.tied_embeddings ? "tied" : "fixed";
  return FrozenLm::Random(config, lm.tokenizer(), seeds);
}

struct Findings {
  std::vector<LanguageRow> rows;
  nlohmann::json language = nlohmann::json::array();  // bits per byte in full
};

absl::Status Measure(const FrozenLm& lm, const std::string& name, const Material& material, Findings* findings) {
  const auto add = [&](const std::vector<LanguageRow>& rows) {
    findings->rows.insert(findings->rows.end(), rows.begin(), rows.end());
  };
  for (const Texts& texts : material.texts) {
    ASSIGN_OR_RETURN(const BitsPerByte result, MeasureBitsPerByte(lm.model(), lm.tokenizer(), texts.documents));
    add(RowsOf(result, texts.source, name));
    nlohmann::json row = ToJson(result);
    row.update({{"setting", texts.setting}, {"source", texts.source}, {"model", name}});
    findings->language.push_back(row);
  }
  for (const Cloze& cloze : material.cloze) {
    ASSIGN_OR_RETURN(const std::vector<LanguageRow> rows,
                     MeasureCloze(lm.model(), lm.tokenizer(), cloze.items, cloze.source, name));
    add(rows);
  }
  for (const Pairs& pairs : material.pairs) {
    add(MeasurePairs(lm.model(), lm.tokenizer(), pairs.items, pairs.source, name));
  }
  return absl::OkStatus();
}

// Texts that the model makes up from nothing, each from a seed of its own.
absl::StatusOr<nlohmann::json> Samples(Invocation& call, const FrozenLm& lm) {
  nlohmann::json samples = nlohmann::json::array();
  ASSIGN_OR_RETURN(const int64_t count, call.GetInt("samples", 0, 0));
  const SeedTree seeds = SeedTree(call.common().seed.value_or(1)).Child("samples");
  for (int64_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const Generation text, Generate(lm.model(), lm.tokenizer(), "", GenerationConfig(),
                                                     seeds.Child(static_cast<uint64_t>(i))));
    call.console.Print("sample " + std::to_string(i + 1) + ":" + text.text);
    samples.push_back(text.text);
  }
  return samples;
}

absl::Status RunEval(Invocation& call) {
  ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> lm, FrozenLm::Load(call.positionals[0]));
  SetUpTorch(call.common().threads);
  ASSIGN_OR_RETURN(const Material material, LoadMaterial(call, *lm));
  for (const Texts& texts : material.texts) {
    call.console.Note(texts.source + ": " + std::to_string(texts.documents.size()) + " documents");
  }
  Findings findings;
  RETURN_IF_ERROR(Measure(*lm, "trained", material, &findings));
  if (call.Has("untrained")) {
    ASSIGN_OR_RETURN(const std::shared_ptr<FrozenLm> control,
                     Untrained(*lm, SeedTree(call.common().seed.value_or(1)).Child("untrained")));
    RETURN_IF_ERROR(Measure(*control, "untrained", material, &findings));
  }
  call.console.Print(RenderLanguageTable(findings.rows));
  ASSIGN_OR_RETURN(const nlohmann::json samples, Samples(call, *lm));
  nlohmann::json rows = nlohmann::json::array();
  for (const LanguageRow& row : findings.rows) rows.push_back(ToJson(row));
  return call.WriteResult(
      {{"language", findings.language}, {"rows", rows}, {"samples", samples}, {"frozen_lm_sha256", lm->sha256()}});
}

}  // namespace

Command Stage1EvalCommand() {
  return {
      .name = "stage1 eval",
      .summary = "measure a sealed language model: perplexity, expected words, grammar",
      .help =
          "Prints one table; every figure has a 95 % interval (texts: 1,000 bootstrap resamples of the documents, always\n"
          "the same; shares: Wilson).\n"
          "  text   bits per byte and perplexity per token and per word (what white space parts). Without --text: the\n"
          "         documents that training held out (a corpus file must still be there, unchanged). Every document is\n"
          "         read from its beginning and each of its tokens predicted once; bits per byte and perplexity per word\n"
          "         compare across tokenizers, perplexity per token does not.\n"
          "  cloze  {\"prompt\",\"target\"} a line. top-1: the first word of the greedy continuation is the target; top-5:\n"
          "         the target is among the five most probable words, found by a beam search over tokens to the end of the\n"
          "         word. A word is a run of letters and digits with inner apostrophes and hyphens.\n"
          "  pairs  {\"good\",\"bad\",\"uid\",\"term\"} a line, as in BLiMP: share of pairs whose good sentence has the higher\n"
          "         log-probability, summed over its tokens, its end not predicted; ties count half. 'english' and\n"
          "         'constructed' stand for pairs made from the built-in grammars, 100 of each paradigm; without\n"
          "         --pairs: those of the language that the model was trained on.\n"
          "--untrained adds the rows of a model of the same shape and tokenizer with random weights. --json writes\n"
          "{\"rows\":[{\"measure\",\"source\",\"part\",\"model\",\"n\",\"value\",\"low\",\"high\"}],\"language\":[...],\"samples\":[...]},\n"
          "pairs also by paradigm.\n"
          "\n"
          "Examples:\n"
          "  trivium stage1 eval frozen_lm --untrained\n"
          "  trivium stage1 eval frozen_lm --text a.txt --text b.jsonl --samples 3 --json eval.json\n"
          "  trivium stage1 eval frozen_lm --text stories.jsonl --cloze cloze.jsonl --pairs blimp.jsonl --lowercase",
      .flags = {{.name = "text",
                 .value_name = "FILE",
                 .help = "measure this file (one document a line, or .jsonl) instead",
                 .repeated = true},
                {.name = "field", .value_name = "NAME", .help = "field of .jsonl that holds the text (default text)"},
                {.name = "cloze", .value_name = "FILE", .help = "prompts and expected words, .jsonl", .repeated = true},
                {.name = "pairs",
                 .value_name = "FILE",
                 .help = "minimal pairs, .jsonl, or english or constructed",
                 .repeated = true},
                {.name = "documents",
                 .value_name = "N",
                 .help = "only the first N documents, prompts and pairs of each file (default all)"},
                {.name = "lowercase", .help = "lower-case A-Z everywhere, for a model trained on lower-case text"},
                {.name = "untrained", .help = "measure the same model with random weights beside it"},
                {.name = "samples", .value_name = "N", .help = "print N texts that the model makes up (default 0)"}},
      .min_positionals = 1,
      .max_positionals = 1,
      .positional_help = "LM",
      .run = RunEval};
}

}  // namespace trivium
