// What a corpus holds, in figures: documents, lengths, words and how often they come, and how a tokenizer cuts them.
// `trivium data describe` prints it. Torch-free.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"
#include "stage1_language/corpus/corpus.h"

namespace trivium {

struct Lengths {
  double mean = 0;
  int64_t min = 0, quarter = 0, median = 0, three_quarters = 0, p95 = 0, max = 0;
};

struct WordCount {
  std::string word;
  int64_t count = 0;
};

// Words are what white space parts. All figures are of the training documents but for the three of held-out ones.
struct CorpusReport {
  std::vector<CorpusSource> sources;
  std::string sha256;
  int64_t training = 0, held_out = 0;  // documents
  int64_t bytes = 0, words = 0, tokens = 0;
  Lengths words_per_document = {}, tokens_per_document = {};
  std::vector<WordCount> types = {};  // distinct words, most frequent first; equal counts in alphabetical order
  // -d log(count) / d log(rank) by least squares over ranks 1 to 1,000 (Zipf 1949); 0 for fewer than two types.
  double zipf_exponent = 0;

  int64_t vocab = 0, pieces_used = 0;  // of the tokenizer, and those that occur
  int64_t byte_pieces = 0;             // tokens that are single bytes of what no piece covers
  int64_t whole_words = 0;             // running words that are one piece

  int64_t held_out_words = 0;
  int64_t held_out_known = 0;            // running words of held-out documents that training documents hold, too
  int64_t held_out_documents_known = 0;  // held-out documents that are, word for word, training documents
};

CorpusReport DescribeCorpus(const Corpus& corpus, const Tokenizer& tokenizer);

// Everything but the list of types.
nlohmann::json ToJson(const CorpusReport& report);
// Lines for a person.
std::string Render(const CorpusReport& report);
// "rank,count,word" and a line for each type: what a Zipf plot is drawn from. Words with commas or quotes are quoted.
std::string ZipfCsv(const CorpusReport& report);

}  // namespace trivium
