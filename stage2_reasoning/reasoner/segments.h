// The positions of the controller's state by name. Only torch .cc files include this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace trivium {

// A range of positions.
struct Segment {
  int64_t begin = 0, size = 0;
  int64_t end() const { return begin + size; }
  // Its part of a tensor that has all positions along `dimension`, as a view.
  at::Tensor Of(const at::Tensor& all, int64_t dimension = 1) const { return all.narrow(dimension, begin, size); }
};

// [answer slots ; scratch slots ; words of the question]. The slots come first, so that a loop may leave out the rest.
struct Segments {
  Segment answers;  // slot j says word j of the answer
  Segment scratch;  // of no word
  Segment words;    // padding at the end
  Segment slots;    // answers and scratch

  Segments() = default;
  Segments(int64_t answer_slots, int64_t scratch_slots, int64_t question_words)
      : answers{0, answer_slots},
        scratch{answer_slots, scratch_slots},
        words{answer_slots + scratch_slots, question_words},
        slots{0, answer_slots + scratch_slots} {}

  int64_t positions() const { return words.end(); }
  // What the words have, and `fill` at all other positions: [items, words, n] -> [items, positions, n].
  at::Tensor FromWords(const at::Tensor& of_words, double fill) const;
};

}  // namespace trivium
