// A frozen model and a reasoner small enough to build in every test of stage 2.
#pragma once

#include "core/text/lexicon.h"
#include "stage1_language/corpus/corpus.h"
#include "stage1_language/model/frozen_lm.h"
#include "stage2_reasoning/reasoner/reasoner.h"
#include "stage2_reasoning/training/reasoner_training.h"

namespace trivium {

// A tokenizer of the whole built-in language around never-trained weights; made once.
inline const FrozenLm& TinyFrozenLm() {
  static const std::shared_ptr<FrozenLm> language = [] {
    CorpusConfig corpus_config;
    corpus_config.documents = 300;
    const Corpus corpus = LoadCorpus(corpus_config, SeedTree(1)).value();
    const Tokenizer tokenizer = Tokenizer::Train(TokenizerSentences(corpus_config, corpus), TokenizerConfig()).value();
    LanguageConfig config;
    config.width = 32;
    config.layers = 2;
    config.heads = 2;
    return FrozenLm::Random(config, tokenizer, SeedTree(3)).value();
  }();
  return *language;
}

inline ReasonerTrainingConfig TinyTraining(int64_t steps) {
  ReasonerTrainingConfig config;
  config.batch_items = 8;
  config.min_loops = 2;
  config.max_loops = 3;
  config.train.steps = steps;
  config.train.warmup_steps = 2;
  config.train.checkpoint_every = 3;
  return config;
}

inline Reasoner TinyReasoner() { return Reasoner(ReasonerConfig(), TinyFrozenLm(), SeedTree(1)); }

// A reasoner whose facts think, if they are to, and show it: their projections begin at zero, their gate shut. ordered:
// they know their place in the telling. recall: slots know how well facts begin as the question does.
inline Reasoner ThinkingReasoner(bool thinking, bool ordered = false, bool recall = false) {
  ReasonerConfig config;
  config.thinking_facts = thinking;
  config.told_order = ordered;
  config.recall_fit = recall;
  Reasoner reasoner(config, TinyFrozenLm(), SeedTree(1));
  Rng rng(5);
  torch::NoGradGuard no_grad;
  for (const auto& [name, weight] : reasoner.Parameters()) {
    if (name.find("thought_") != std::string::npos) weight.add_(NormalTensor(weight.sizes().vec(), 0.2, rng));
    if (name.find("shown.bias") != std::string::npos) weight.fill_(3.0);
  }
  return reasoner;
}

// Of the words of all sentences of `batch`, for each item.
inline Candidates AllWords(const Reasoner& reasoner, const ReasonerBatch& batch) {
  CandidateWords words = reasoner.Words(1);
  for (const auto& sentences : batch.sentences) {
    for (const std::string& sentence : sentences) words.AddSentence(0, sentence);
  }
  return words.Get();
}

inline std::vector<Item> RelationItems(int64_t count, int64_t depth = 2) {
  GenerateOptions options;
  options.depth = depth;
  options.names = &EnglishLexicon().training_names();
  return HeldOutItems(*FindTaskFamily("relations").value(), count, SeedTree(5), options);
}

}  // namespace trivium
