// A tokenizer and a model small enough to build in every test of stage 1.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"
#include "stage1_language/model/language_config.h"

namespace trivium {

inline const Tokenizer& TinyTokenizer() {
  static const Tokenizer tokenizer = [] {
    std::vector<std::string> sentences;
    for (int repeat = 0; repeat < 20; ++repeat) {
      for (const char* name : {"anna", "ben", "carla", "dora"}) {
        sentences.push_back(std::string(" the friend of ") + name + " is ben .");
        sentences.push_back(std::string(" who is the teacher of ") + name + " ?");
        sentences.push_back(std::string(" ") + name + " is taller than carla , she is 23 .");
      }
    }
    TokenizerConfig config;
    config.vocab_size = 400;
    auto trained = Tokenizer::Train(sentences, config);
    if (!trained.ok()) throw std::runtime_error(trained.status().ToString());
    return *trained;
  }();
  return tokenizer;
}

inline LanguageConfig TinyLanguageConfig() {
  LanguageConfig config;
  config.width = 16;
  config.layers = 2;
  config.heads = 2;
  config.hidden = 24;
  config.max_tokens = 32;
  return config;
}

}  // namespace trivium
