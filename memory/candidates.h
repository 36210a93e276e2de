// The words that an answer may consist of: those of the question, of the facts and of the rows that were read, and a
// closed class (yes, no, unknown, ..). A word of any number of pieces is one candidate, and so is one never met before:
// an open vocabulary copied from what is at hand, as in CopyNet (Gu et al. 2016, arXiv 1603.06393), without a softmax
// over the frozen model's pieces. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "memory/row_encoder.h"

namespace trivium {

// As tensors, ready to be compared with answer slots. Word 0 is "", which ends an answer.
struct Candidates {
  std::vector<std::string> texts;
  at::Tensor vectors;  // [words, width], unit length
  at::Tensor present;  // [items or 1, words] bool: whether the item may say the word
  int64_t size() const { return static_cast<int64_t>(texts.size()); }
  std::unordered_map<std::string, int64_t> Numbers() const;  // the place of each word
};

// Words that every answer may use.
class ClosedClass {
 public:
  ClosedClass() = default;
  ClosedClass(const RowEncoder& encoder, const std::vector<std::string>& words);
  const std::vector<std::string>& texts() const { return texts_; }  // the end first
  const at::Tensor& vectors() const { return vectors_; }            // [words, width], unit length

 private:
  std::vector<std::string> texts_;
  at::Tensor vectors_;
};

// Collects the words of a batch, the closed class first; each is encoded once, however often it stands there.
class CandidateWords {
 public:
  // REQUIRES: encoder and closed outlive this.
  CandidateWords(const RowEncoder& encoder, const ClosedClass& closed, int64_t items);

  // Item `item` may say the word, or each word of the sentence.
  void Add(int64_t item, const std::string& word);
  void AddSentence(int64_t item, const std::string& sentence);
  // All words so far. Later additions do not change the result.
  Candidates Get();

 private:
  const RowEncoder* encoder_;
  int64_t items_, closed_;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, int64_t> number_;
  std::vector<std::pair<int64_t, int64_t>> members_;  // (item, word), some of them more than once
  at::Tensor vectors_;                                // of the first texts_
};

}  // namespace trivium
