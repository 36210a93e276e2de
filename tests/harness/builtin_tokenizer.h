// A tokenizer trained on the built-in corpus with the default configuration, shared by the tests of one program.
#pragma once

#include <stdexcept>

#include "core/text/tokenizer.h"
#include "stage1_language/corpus/corpus.h"

namespace trivium {

inline const Tokenizer& BuiltinTokenizer() {
  static const Tokenizer kTokenizer = [] {
    CorpusConfig config;
    config.documents = 2000;
    const auto corpus = LoadCorpus(config, SeedTree(1));
    if (!corpus.ok()) throw std::runtime_error(Message(corpus.status()));
    auto trained = Tokenizer::Train(TokenizerSentences(config, *corpus), {});
    if (!trained.ok()) throw std::runtime_error(Message(trained.status()));
    return *trained;
  }();
  return kTokenizer;
}

}  // namespace trivium
